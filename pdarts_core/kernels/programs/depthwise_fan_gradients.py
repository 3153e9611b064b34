"""See pdarts_core.kernels.depthwise_fan: the gradients of what `depthwise_fan` computes.

Arguments that both have in common mean the same.
"""

import triton
import triton.language as tl

from pdarts_core.kernels.programs.depthwise_fan import rectified


@triton.jit
def _through_map(
    total,
    grads,
    weights,
    row_of_image,
    h,
    w,
    is_pixel,
    is_channel,
    out_height,
    out_width,
    grad_row,
    stride: tl.constexpr,
    kernel: tl.constexpr,
    dilation: tl.constexpr,
):
    """Add what reaches pixels (h, w) through one map; grads and weights point to its channels."""
    for i in range(kernel):
        down = h - (i - kernel // 2) * dilation
        for j in tl.static_range(kernel):
            across = w - (j - kernel // 2) * dilation
            inside = is_pixel & (down >= 0) & (across >= 0)
            if stride > 1:
                inside = inside & (down % stride == 0) & (across % stride == 0)
            inside = inside & (down // stride < out_height) & (across // stride < out_width)
            row = row_of_image + (down // stride) * out_width + across // stride
            mask = inside[:, None] & is_channel[None, :]
            g = tl.load(grads[None, :] + (row * grad_row)[:, None], mask=mask, other=0.0)
            k = tl.load(weights + i * kernel + j, mask=is_channel, other=0.0)
            total += g.to(total.dtype) * k[None, :]
    return total


@triton.jit
def _through_poolings(
    grads,
    winners,
    maps_max,
    maps_average,
    channels,
    c,
    row_of_image,
    h,
    w,
    is_pixel,
    height,
    width,
    out_height,
    out_width,
    grad_row,
    stride: tl.constexpr,
    total,
):
    """Add what reaches pixels (h, w) through the poolings."""
    for i in range(3):
        down = h - i + 1
        for j in tl.static_range(3):
            across = w - j + 1
            inside = is_pixel & (down >= 0) & (across >= 0)
            if stride > 1:
                inside = inside & (down % stride == 0) & (across % stride == 0)
            inside = inside & (down // stride < out_height) & (across // stride < out_width)
            row = (row_of_image + (down // stride) * out_width + across // stride)[:, None]
            mask = inside[:, None] & (c < channels)[None, :]
            is_max, is_average = mask & (maps_max > 0), mask & (maps_average > 0)
            winner = tl.load(winners + row * channels + c[None, :], mask=is_max, other=9)
            of_max = tl.load(grads + row * grad_row + c[None, :], mask=is_max, other=0.0)
            total += tl.where(winner == i * 3 + j, of_max, 0.0).to(total.dtype)
            at = grads + row * grad_row + maps_max * channels + c[None, :]
            of_average = tl.load(at, mask=is_average, other=0.0).to(total.dtype)
            rows = tl.minimum(down + 2, height) - tl.maximum(down - 1, 0)
            columns = tl.minimum(across + 2, width) - tl.maximum(across - 1, 0)
            total += of_average / tl.maximum(rows * columns, 1)[:, None]
    return total


@triton.jit
def _through_shared(
    grad_undilated,
    grad_dilated,
    grad_pooled,
    winners,
    x,
    weights_3,
    weights_5,
    weights_dilated_3,
    weights_dilated_5,
    output,
    maps_3,
    maps_5,
    maps_dilated_3,
    maps_dilated_5,
    maps_max,
    maps_average,
    channels,
    height,
    width,
    out_height,
    out_width,
    pixels,
    x_row,
    output_row,
    undilated_row,
    dilated_row,
    pooled_row,
    stride: tl.constexpr,
    block_pixels: tl.constexpr,
    block_channels: tl.constexpr,
):
    """Write the gradient of an x that all kernels and poolings share."""
    p = tl.program_id(0) * block_pixels + tl.arange(0, block_pixels)
    c = tl.program_id(1) * block_channels + tl.arange(0, block_channels)
    is_pixel, is_channel = p < pixels, c < channels
    image = p // (height * width)
    h, w = (p // width) % height, p % width
    row = image.to(tl.int64) * (out_height * out_width)
    total = tl.zeros((block_pixels, block_channels), dtype=weights_3.dtype.element_ty)
    for m in range(maps_3):
        total = _through_map(
            total,
            grad_undilated + m * channels + c,
            weights_3 + (m * channels + c) * 9,
            row,
            h,
            w,
            is_pixel,
            is_channel,
            out_height,
            out_width,
            undilated_row,
            stride,
            3,
            1,
        )
    for m in range(maps_5):
        total = _through_map(
            total,
            grad_undilated + (maps_3 + m) * channels + c,
            weights_5 + (m * channels + c) * 25,
            row,
            h,
            w,
            is_pixel,
            is_channel,
            out_height,
            out_width,
            undilated_row,
            stride,
            5,
            1,
        )
    for m in range(maps_dilated_3):
        total = _through_map(
            total,
            grad_dilated + m * channels + c,
            weights_dilated_3 + (m * channels + c) * 9,
            row,
            h,
            w,
            is_pixel,
            is_channel,
            out_height,
            out_width,
            dilated_row,
            stride,
            3,
            2,
        )
    for m in range(maps_dilated_5):
        total = _through_map(
            total,
            grad_dilated + (maps_dilated_3 + m) * channels + c,
            weights_dilated_5 + (m * channels + c) * 25,
            row,
            h,
            w,
            is_pixel,
            is_channel,
            out_height,
            out_width,
            dilated_row,
            stride,
            5,
            2,
        )
    mask = is_pixel[:, None] & is_channel[None, :]
    y = tl.load(x + p.to(tl.int64)[:, None] * x_row + c[None, :], mask=mask, other=0.0)
    total = tl.where(y > 0, total, 0.0)
    if maps_max + maps_average > 0:
        total = _through_poolings(
            grad_pooled,
            winners,
            maps_max,
            maps_average,
            channels,
            c,
            row,
            h,
            w,
            is_pixel,
            height,
            width,
            out_height,
            out_width,
            pooled_row,
            stride,
            total,
        )
    place = output + p.to(tl.int64)[:, None] * output_row + c[None, :]
    tl.store(place, total, mask=mask)


@triton.jit
def _through_each(
    m,
    grads,
    x,
    weights_3,
    weights_5,
    output,
    maps_3,
    channels,
    height,
    width,
    pixels,
    grad_row,
    x_row,
    output_row,
    block_pixels: tl.constexpr,
    block_channels: tl.constexpr,
):
    """Write the gradient of one map of x, each of which has a kernel of its own."""
    p = tl.program_id(0) * block_pixels + tl.arange(0, block_pixels)
    c = tl.program_id(1) * block_channels + tl.arange(0, block_channels)
    is_pixel, is_channel = p < pixels, c < channels
    image = p // (height * width)
    h, w = (p // width) % height, p % width
    row = image.to(tl.int64) * (height * width)
    total = tl.zeros((block_pixels, block_channels), dtype=weights_3.dtype.element_ty)
    own = grads + m * channels + c
    if m < maps_3:
        total = _through_map(
            total,
            own,
            weights_3 + (m * channels + c) * 9,
            row,
            h,
            w,
            is_pixel,
            is_channel,
            height,
            width,
            grad_row,
            1,
            3,
            1,
        )
    else:
        total = _through_map(
            total,
            own,
            weights_5 + ((m - maps_3) * channels + c) * 25,
            row,
            h,
            w,
            is_pixel,
            is_channel,
            height,
            width,
            grad_row,
            1,
            5,
            1,
        )
    mask = is_pixel[:, None] & is_channel[None, :]
    at = m * channels + c[None, :]
    y = tl.load(x + p.to(tl.int64)[:, None] * x_row + at, mask=mask, other=0.0)
    place = output + p.to(tl.int64)[:, None] * output_row + at
    tl.store(place, tl.where(y > 0, total, 0.0), mask=mask)


@triton.jit
def _kernel_gradient(
    grads,
    x,
    output,
    channels,
    height,
    width,
    out_width,
    out_pixels,
    pixels,
    chunk,
    grad_row,
    x_row,
    stride: tl.constexpr,
    kernel: tl.constexpr,
    dilation: tl.constexpr,
    block_taps: tl.constexpr,
    block_pixels: tl.constexpr,
    block_channels: tl.constexpr,
):
    """Write one kernel's gradient [C, k, k], summed over a chunk of pixels.

    grads and x point to the map's first channel.
    """
    c = tl.program_id(1) * block_channels + tl.arange(0, block_channels)
    is_channel = c < channels
    t = tl.arange(0, block_taps)
    down = (t // kernel - kernel // 2) * dilation
    across = (t % kernel - kernel // 2) * dilation
    number = output.dtype.element_ty
    total = tl.zeros((block_taps, block_pixels, block_channels), dtype=number)
    end = tl.minimum((tl.program_id(0) + 1) * chunk, pixels)
    for first in range(tl.program_id(0) * chunk, end, block_pixels):
        p = first + tl.arange(0, block_pixels)
        is_pixel = p < end
        place = p % out_pixels
        h = (place // out_width * stride)[None, :] + down[:, None]
        w = (place % out_width * stride)[None, :] + across[:, None]
        inside = is_pixel[None, :] & (t < kernel * kernel)[:, None]
        inside = inside & (h >= 0) & (h < height) & (w >= 0) & (w < width)
        image = (p // out_pixels).to(tl.int64) * (height * width)
        row = (image[None, :] + h * width + w) * x_row
        mask = inside[:, :, None] & is_channel[None, None, :]
        y = tl.load(x + row[:, :, None] + c[None, None, :], mask=mask, other=0.0)
        mask = is_pixel[:, None] & is_channel[None, :]
        of_grad = grads + p.to(tl.int64)[:, None] * grad_row + c[None, :]
        g = tl.load(of_grad, mask=mask, other=0.0).to(number)
        total += rectified(y).to(number) * g[None, :, :]
    place = output + c[None, :] * (kernel * kernel) + t[:, None]
    mask = (t < kernel * kernel)[:, None] & is_channel[None, :]
    tl.store(place, tl.sum(total, axis=1), mask=mask)


@triton.jit
def _kernel_gradients(
    m,
    grad_undilated,
    grad_dilated,
    x,
    output,
    maps_3,
    maps_5,
    maps_dilated_3,
    channels,
    height,
    width,
    out_width,
    out_pixels,
    pixels,
    chunk,
    numbers,
    undilated_row,
    dilated_row,
    x_row,
    x_map,
    stride: tl.constexpr,
    block_pixels: tl.constexpr,
    block_channels: tl.constexpr,
):
    """Write the gradient of one map's kernel, summed over a chunk of pixels.

    The output is [chunks, numbers]: for each kind in turn, [maps, C, k, k].
    """
    output += tl.program_id(0) * numbers
    if m < maps_3:
        _kernel_gradient(
            grad_undilated + m * channels,
            x + m * x_map,
            output + m * channels * 9,
            channels,
            height,
            width,
            out_width,
            out_pixels,
            pixels,
            chunk,
            undilated_row,
            x_row,
            stride,
            3,
            1,
            16,
            block_pixels,
            block_channels,
        )
    elif m < maps_3 + maps_5:
        output += maps_3 * channels * 9
        _kernel_gradient(
            grad_undilated + m * channels,
            x + m * x_map,
            output + (m - maps_3) * channels * 25,
            channels,
            height,
            width,
            out_width,
            out_pixels,
            pixels,
            chunk,
            undilated_row,
            x_row,
            stride,
            5,
            1,
            32,
            block_pixels,
            block_channels,
        )
    elif m < maps_3 + maps_5 + maps_dilated_3:
        m -= maps_3 + maps_5
        output += (maps_3 * 9 + maps_5 * 25) * channels
        _kernel_gradient(
            grad_dilated + m * channels,
            x,
            output + m * channels * 9,
            channels,
            height,
            width,
            out_width,
            out_pixels,
            pixels,
            chunk,
            dilated_row,
            x_row,
            stride,
            3,
            2,
            16,
            block_pixels,
            block_channels,
        )
    else:
        m -= maps_3 + maps_5
        output += (maps_3 * 9 + maps_5 * 25 + maps_dilated_3 * 9) * channels
        output += (m - maps_dilated_3) * channels * 25
        _kernel_gradient(
            grad_dilated + m * channels,
            x,
            output,
            channels,
            height,
            width,
            out_width,
            out_pixels,
            pixels,
            chunk,
            dilated_row,
            x_row,
            stride,
            5,
            2,
            32,
            block_pixels,
            block_channels,
        )


@triton.jit(
    do_not_specialize=[
        "maps_3",
        "maps_5",
        "maps_dilated_3",
        "maps_dilated_5",
        "maps_max",
        "maps_average",
        "height",
        "width",
        "out_height",
        "out_width",
        "of_images",
        "parts",
    ]
)
def gradients(
    grad_undilated,
    grad_dilated,
    grad_pooled,
    winners,
    x,
    weights_3,
    weights_5,
    weights_dilated_3,
    weights_dilated_5,
    of_x,
    of_kernels,
    maps_3,
    maps_5,
    maps_dilated_3,
    maps_dilated_5,
    maps_max,
    maps_average,
    channels,
    height,
    width,
    out_height,
    out_width,
    pixels,
    out_pixels,
    x_row,
    undilated_row,
    dilated_row,
    pooled_row,
    of_images,
    parts,
    numbers,
    stride: tl.constexpr,
    shared: tl.constexpr,
    block_pixels: tl.constexpr,
    block_pixels_of_kernels: tl.constexpr,
    block_channels: tl.constexpr,
):
    """Write the gradient of x in the first `of_images` layers of programs, then the kernels'.

    There are as many programs in each layer as the larger task needs; the others have nothing to
    do.
    """
    layer, place = tl.program_id(2), tl.program_id(0)
    if layer < of_images:
        if place * block_pixels < pixels:
            if shared:
                _through_shared(
                    grad_undilated,
                    grad_dilated,
                    grad_pooled,
                    winners,
                    x,
                    weights_3,
                    weights_5,
                    weights_dilated_3,
                    weights_dilated_5,
                    of_x,
                    maps_3,
                    maps_5,
                    maps_dilated_3,
                    maps_dilated_5,
                    maps_max,
                    maps_average,
                    channels,
                    height,
                    width,
                    out_height,
                    out_width,
                    pixels,
                    x_row,
                    channels,
                    undilated_row,
                    dilated_row,
                    pooled_row,
                    stride,
                    block_pixels,
                    block_channels,
                )
            else:
                _through_each(
                    layer,
                    grad_undilated,
                    x,
                    weights_3,
                    weights_5,
                    of_x,
                    maps_3,
                    channels,
                    height,
                    width,
                    pixels,
                    undilated_row,
                    x_row,
                    (maps_3 + maps_5) * channels,
                    block_pixels,
                    block_channels,
                )
    elif place < parts:
        _kernel_gradients(
            layer - of_images,
            grad_undilated,
            grad_dilated,
            x,
            of_kernels,
            maps_3,
            maps_5,
            maps_dilated_3,
            channels,
            height,
            width,
            out_width,
            out_height * out_width,
            out_pixels,
            tl.cdiv(out_pixels, parts),
            numbers,
            undilated_row,
            dilated_row,
            x_row,
            0 if shared else channels,
            stride,
            block_pixels_of_kernels,
            block_channels,
        )
