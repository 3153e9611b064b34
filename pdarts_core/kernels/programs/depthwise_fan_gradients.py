"""See pdarts_core.kernels.depthwise_fan: the gradients of what `depthwise_fan` computes.

Arguments that both have in common mean the same.
"""

import triton
import triton.language as tl

from pdarts_core.kernels.programs.depthwise_fan import rectified
from pdarts_core.kernels.programs.skip_sum import dropped


@triton.jit
def _block_of_input(sizes, pixels, block_pixels: tl.constexpr, block_channels: tl.constexpr):
    """Return a program's pixels and channels, and what the functions below call `here`.

    That is: channels; pixels' places in their images, whether each is one, and the output's first
    row of its image; and the output's height and width.
    """
    channels, height, width, out_height, out_width = sizes
    p = tl.program_id(0) * block_pixels + tl.arange(0, block_pixels)
    c = tl.program_id(1) * block_channels + tl.arange(0, block_channels)
    row = (p // (height * width)).to(tl.int64) * (out_height * out_width)
    h, w = (p // width) % height, p % width
    return p, c, (channels, c, h, w, p < pixels, row, out_height, out_width)


@triton.jit
def _reached(here, down, across, stride: tl.constexpr):
    """Return the outputs whose window has its middle there, and whether there is one."""
    _, _, _, _, is_pixel, row, out_height, out_width = here
    inside = is_pixel & (down >= 0) & (across >= 0)
    if stride > 1:
        inside = inside & (down % stride == 0) & (across % stride == 0)
    inside = inside & (down // stride < out_height) & (across // stride < out_width)
    return row + (down // stride) * out_width + across // stride, inside


@triton.jit
def _through_map(
    total,
    grads,
    grad_row,
    weights,
    here,
    stride: tl.constexpr,
    kernel: tl.constexpr,
    dilation: tl.constexpr,
):
    """Add what reaches pixels through one map; grads and weights point to its channels."""
    channels, c, h, w, _, _, _, _ = here
    is_channel = c < channels
    for i in range(kernel):
        down = h - (i - kernel // 2) * dilation
        for j in tl.static_range(kernel):
            across = w - (j - kernel // 2) * dilation
            row, inside = _reached(here, down, across, stride)
            mask = inside[:, None] & is_channel[None, :]
            g = tl.load(grads[None, :] + (row * grad_row)[:, None], mask=mask, other=0.0)
            k = tl.load(weights + i * kernel + j, mask=is_channel, other=0.0)
            total += g.to(total.dtype) * k[None, :]
    return total


@triton.jit
def _through_kind(
    total,
    grads,
    grad_row,
    places,
    weights,
    maps,
    here,
    stride: tl.constexpr,
    kernel: tl.constexpr,
    dilation: tl.constexpr,
):
    """Add what reaches pixels through all maps of one kind; places are theirs."""
    channels, c, _, _, _, _, _, _ = here
    for m in range(maps):
        of_map = grads + tl.load(places + m) * channels + c
        weight = weights + (m * channels + c) * (kernel * kernel)
        total = _through_map(total, of_map, grad_row, weight, here, stride, kernel, dilation)
    return total


@triton.jit
def _through_poolings(
    total,
    grads,
    grad_row,
    places,
    winners,
    maps_max,
    maps_average,
    sizes,
    here,
    stride: tl.constexpr,
):
    """Add what reaches pixels through the poolings; places are theirs."""
    _, height, width, _, _ = sizes
    channels, c, h, w, _, _, _, _ = here
    for i in range(3):
        down = h - i + 1
        for j in tl.static_range(3):
            across = w - j + 1
            row, inside = _reached(here, down, across, stride)
            row = row[:, None]
            mask = inside[:, None] & (c < channels)[None, :]
            at = grads + row * grad_row + c[None, :]
            of_winner = winners + row * channels + c[None, :]
            wins = tl.load(of_winner, mask=mask & (maps_max > 0), other=9) == i * 3 + j
            for m in range(maps_max):
                of_max = tl.load(at + tl.load(places + m) * channels, mask=mask, other=0.0)
                total += tl.where(wins, of_max.to(total.dtype), 0.0)
            rows = tl.minimum(down + 2, height) - tl.maximum(down - 1, 0)
            columns = tl.minimum(across + 2, width) - tl.maximum(across - 1, 0)
            pixels = tl.maximum(rows * columns, 1)[:, None]
            for m in range(maps_max, maps_max + maps_average):
                of_average = tl.load(at + tl.load(places + m) * channels, mask=mask, other=0.0)
                total += of_average.to(total.dtype) / pixels
    return total


@triton.jit
def _through_each(total, m, grads, grad_row, places, weights_3, weights_5, maps_3, here):
    """Add what reaches pixels of map m, which has a kernel of its own."""
    channels, c, _, _, _, _, _, _ = here
    of_map = grads + tl.load(places + m) * channels + c
    own = m * channels + c
    if m < maps_3:
        total = _through_map(total, of_map, grad_row, weights_3 + own * 9, here, 1, 3, 1)
    else:
        weight = weights_5 + (own - maps_3 * channels) * 25
        total = _through_map(total, of_map, grad_row, weight, here, 1, 5, 1)
    return total


@triton.jit
def _through_skips(
    total, x, skips, all_skips, nodes, of_nodes, shares, dropout, share_parts, p, c, channels, mask
):
    """Add what reaches pixels through skip-connects, and write the shares' part of them.

    `nodes` has the nodes that they lead to, and then their numbers among all of the cell.
    """
    node_grads, node_row = of_nodes
    bits, bits_size, threshold, scale = dropout
    row = p.to(tl.int64)[:, None]
    for k in range(skips):
        node, skip = tl.load(nodes + k), tl.load(nodes + skips + k)
        of_grad = node_grads + row * node_row + node * channels + c[None, :]
        g = tl.load(of_grad, mask=mask, other=0.0).to(total.dtype)
        element = skip.to(tl.int64) * bits_size + row * channels + c[None, :]
        g = dropped(g, bits, threshold, scale, element, mask)
        total += tl.load(shares + skip) * g
        if share_parts is not None:
            program = tl.program_id(0) * tl.num_programs(1) + tl.program_id(1)
            part = tl.sum(tl.sum(g * x, axis=1), axis=0)
            tl.store(share_parts + program * all_skips + skip, part)
    return total


@triton.jit
def _kernel_gradient(
    grads,
    grad_row,
    x,
    x_row,
    output,
    sizes,
    chunk,
    stride: tl.constexpr,
    kernel: tl.constexpr,
    dilation: tl.constexpr,
    block_pixels: tl.constexpr,
    block_channels: tl.constexpr,
):
    """Write one kernel's gradient [C, k, k], summed over a chunk of pixels.

    grads and x point to the map's first channel.
    """
    channels, height, width, out_width, out_pixels, pixels = sizes
    c = tl.program_id(1) * block_channels + tl.arange(0, block_channels)
    is_channel = c < channels
    block_taps: tl.constexpr = 16 if kernel == 3 else 32
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
        total += rectified(y.to(number)) * g[None, :, :]
    place = output + c[None, :] * (kernel * kernel) + t[:, None]
    mask = (t < kernel * kernel)[:, None] & is_channel[None, :]
    tl.store(place, tl.sum(total, axis=1), mask=mask)


@triton.jit
def _kernel_gradients(
    m,
    undilated,
    undilated_row,
    others,
    others_row,
    places,
    x,
    x_row,
    x_map,
    output,
    maps_3,
    maps_5,
    maps_dilated_3,
    sizes,
    chunk,
    stride: tl.constexpr,
    block_pixels: tl.constexpr,
    block_channels: tl.constexpr,
):
    """Write the gradient of one map's kernel, summed over a chunk of pixels.

    The output has, for each kind in turn, [maps, C, k, k].
    """
    channels, _, _, _, _, _ = sizes
    place = tl.load(places + m) * channels
    if m < maps_3:
        _kernel_gradient(
            undilated + place,
            undilated_row,
            x + m * x_map,
            x_row,
            output + m * channels * 9,
            sizes,
            chunk,
            stride,
            3,
            1,
            block_pixels,
            block_channels,
        )
    elif m < maps_3 + maps_5:
        output += maps_3 * channels * 9
        _kernel_gradient(
            undilated + place,
            undilated_row,
            x + m * x_map,
            x_row,
            output + (m - maps_3) * channels * 25,
            sizes,
            chunk,
            stride,
            5,
            1,
            block_pixels,
            block_channels,
        )
    elif m < maps_3 + maps_5 + maps_dilated_3:
        m -= maps_3 + maps_5
        output += (maps_3 * 9 + maps_5 * 25) * channels
        _kernel_gradient(
            others + place,
            others_row,
            x,
            x_row,
            output + m * channels * 9,
            sizes,
            chunk,
            stride,
            3,
            2,
            block_pixels,
            block_channels,
        )
    else:
        m -= maps_3 + maps_5
        output += (maps_3 * 9 + maps_5 * 25 + maps_dilated_3 * 9) * channels
        _kernel_gradient(
            others + place,
            others_row,
            x,
            x_row,
            output + (m - maps_dilated_3) * channels * 25,
            sizes,
            chunk,
            stride,
            5,
            2,
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
        "skips",
        "all_skips",
        "height",
        "width",
        "out_height",
        "out_width",
        "of_images",
        "parts",
    ],
    do_not_specialize_on_alignment=["places", "nodes"],
)
def gradients(
    grad_undilated,
    grad_others,
    winners,
    places,
    x,
    weights_3,
    weights_5,
    weights_dilated_3,
    weights_dilated_5,
    of_x,
    of_kernels,
    nodes,
    node_grads,
    shares,
    bits,
    threshold,
    scale,
    share_parts,
    maps_3,
    maps_5,
    maps_dilated_3,
    maps_dilated_5,
    maps_max,
    maps_average,
    skips,
    all_skips,
    channels,
    height,
    width,
    out_height,
    out_width,
    pixels,
    out_pixels,
    x_row,
    of_x_row,
    of_kernels_row,
    undilated_row,
    others_row,
    node_row,
    bits_size,
    of_images,
    parts,
    accumulates: tl.constexpr,
    stride: tl.constexpr,
    shared: tl.constexpr,
    block_pixels: tl.constexpr,
    block_pixels_of_kernels: tl.constexpr,
    block_channels: tl.constexpr,
):
    """Write the gradient of x in the first `of_images` layers of programs, then the kernels'.

    There are as many programs in each layer as the larger task needs; the others have nothing to
    do. What is there already of x's gradient stays, if it `accumulates`.
    """
    layer, place = tl.program_id(2), tl.program_id(0)
    if layer < of_images:
        if place * block_pixels < pixels:
            sizes = (channels, height, width, out_height, out_width)
            p, c, here = _block_of_input(sizes, pixels, block_pixels, block_channels)
            total = tl.zeros((block_pixels, block_channels), dtype=weights_3.dtype.element_ty)
            grads, row, at = grad_undilated, undilated_row, places
            if shared:
                total = _through_kind(total, grads, row, at, weights_3, maps_3, here, stride, 3, 1)
                at += maps_3
                total = _through_kind(total, grads, row, at, weights_5, maps_5, here, stride, 5, 1)
                at += maps_5
                grads, row, maps = grad_others, others_row, maps_dilated_3
                total = _through_kind(
                    total, grads, row, at, weights_dilated_3, maps, here, stride, 3, 2
                )
                at += maps_dilated_3
                maps = maps_dilated_5
                total = _through_kind(
                    total, grads, row, at, weights_dilated_5, maps, here, stride, 5, 2
                )
                at += maps_dilated_5
            else:
                total = _through_each(
                    total, layer, grads, row, at, weights_3, weights_5, maps_3, here
                )
            mask = (p < pixels)[:, None] & (c < channels)[None, :]
            own = layer * channels + c[None, :]
            y = tl.load(x + p.to(tl.int64)[:, None] * x_row + own, mask=mask, other=0.0)
            y = y.to(total.dtype)
            total = tl.where(y > 0, total, 0.0)
            if shared:
                if maps_max + maps_average > 0:
                    total = _through_poolings(
                        total,
                        grads,
                        row,
                        at,
                        winners,
                        maps_max,
                        maps_average,
                        sizes,
                        here,
                        stride,
                    )
                if nodes is not None:
                    total = _through_skips(
                        total,
                        y,
                        skips,
                        all_skips,
                        nodes,
                        (node_grads, node_row),
                        shares,
                        (bits, bits_size, threshold, scale),
                        share_parts,
                        p,
                        c,
                        channels,
                        mask,
                    )
            of_pixels = of_x + p.to(tl.int64)[:, None] * of_x_row + own
            if accumulates:
                total += tl.load(of_pixels, mask=mask, other=0.0).to(total.dtype)
            tl.store(of_pixels, total, mask=mask)
    elif place < parts:
        _kernel_gradients(
            layer - of_images,
            grad_undilated,
            undilated_row,
            grad_others,
            others_row,
            places,
            x,
            x_row,
            0 if shared else channels,
            of_kernels + place.to(tl.int64) * of_kernels_row,
            maps_3,
            maps_5,
            maps_dilated_3,
            (channels, height, width, out_width, out_height * out_width, out_pixels),
            tl.cdiv(out_pixels, parts),
            stride,
            block_pixels_of_kernels,
            block_channels,
        )
