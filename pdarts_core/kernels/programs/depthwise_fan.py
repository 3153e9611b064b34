"""See pdarts_core.kernels.depthwise_fan.

Four kinds of kernels take part in each launch: 3 and 5 wide, undilated (first output) and with
dilation 2 (second output). Of each kind there are `maps_…` kernels, which may be 0; `weights_…` has
them as [maps, C, k, k]. Poolings are over 3×3 pixels, and are written `maps_max` and `maps_average`
times, which may be 0. `places` says of each map, kind by kind, which one of its output it is.
"""

import triton
import triton.language as tl

# `do_not_specialize` names what differs from source to source and from size to size: kernels would
# be compiled for each.


@triton.jit
def rectified(x):
    """Return x where it is not negative; NaN stays."""
    return tl.where(x < 0, 0.0, x)


@triton.jit
def _block_of_output(
    sizes, stride: tl.constexpr, block_pixels: tl.constexpr, block_channels: tl.constexpr
):
    """Return a program's pixels and channels, and where in x the middle of each window is."""
    _, height, width, out_width, out_pixels, _ = sizes
    p = tl.program_id(0) * block_pixels + tl.arange(0, block_pixels)
    c = tl.program_id(1) * block_channels + tl.arange(0, block_channels)
    place = p % out_pixels
    down, across = (place // out_width) * stride, (place % out_width) * stride
    image = (p // out_pixels).to(tl.int64) * (height * width)
    return p, c, down, across, image


@triton.jit
def _convolve_kind(
    weights,
    maps,
    first,
    places,
    kernel: tl.constexpr,
    dilation: tl.constexpr,
    x,
    x_row,
    output,
    output_row,
    sizes,
    stride: tl.constexpr,
    shared: tl.constexpr,
    block_maps: tl.constexpr,
    block_pixels: tl.constexpr,
    block_channels: tl.constexpr,
):
    """Write the maps of one kind, whose places begin at number `first`.

    Unless they share x, their images begin there as well.
    """
    channels, height, width, _, _, pixels = sizes
    p, c, down, across, image = _block_of_output(sizes, stride, block_pixels, block_channels)
    is_channel = c < channels
    number = weights.dtype.element_ty
    for begin in range(0, maps, block_maps):
        m = begin + tl.arange(0, block_maps)
        is_kernel = (m < maps)[:, None] & is_channel[None, :]
        of_kernel = weights + (m[:, None] * channels + c[None, :]) * (kernel * kernel)
        total = tl.zeros((block_maps, block_pixels, block_channels), dtype=number)
        for i in range(kernel):
            h = down + (i - kernel // 2) * dilation
            for j in tl.static_range(kernel):
                w = across + (j - kernel // 2) * dilation
                inside = (p < pixels) & (h >= 0) & (h < height) & (w >= 0) & (w < width)
                row = (image + h * width + w) * x_row
                k = tl.load(of_kernel + i * kernel + j, mask=is_kernel, other=0.0)
                if shared:
                    mask = inside[:, None] & is_channel[None, :]
                    y = tl.load(x + row[:, None] + c[None, :], mask=mask, other=0.0)
                    total += rectified(y.to(number))[None, :, :] * k[:, None, :]
                else:
                    mask = inside[None, :, None] & is_kernel[:, None, :]
                    own = ((first + m) * channels)[:, None, None] + c[None, None, :]
                    y = tl.load(x + row[None, :, None] + own, mask=mask, other=0.0)
                    total += rectified(y.to(number)) * k[:, None, :]
        place = tl.load(places + first + m, mask=m < maps, other=0)
        own = (place * channels)[:, None, None] + c[None, None, :]
        mask = (p < pixels)[None, :, None] & is_kernel[:, None, :]
        tl.store(output + p.to(tl.int64)[None, :, None] * output_row + own, total, mask=mask)


@triton.jit
def _pool(
    winners,
    maps_max,
    maps_average,
    places,
    weights,
    x,
    x_row,
    output,
    output_row,
    sizes,
    stride: tl.constexpr,
    block_pixels: tl.constexpr,
    block_channels: tl.constexpr,
):
    """Write both poolings, and which of its 9 pixels each maximum is."""
    channels, height, width, _, _, pixels = sizes
    p, c, down, across, image = _block_of_output(sizes, stride, block_pixels, block_channels)
    mask = (p < pixels)[:, None] & (c < channels)[None, :]
    number = weights.dtype.element_ty
    best = tl.full((block_pixels, block_channels), float("-inf"), dtype=number)
    winner = tl.zeros((block_pixels, block_channels), dtype=tl.int32)
    total = tl.zeros((block_pixels, block_channels), dtype=number)
    count = tl.zeros((block_pixels,), dtype=tl.int32)
    for i in range(3):
        h = down + i - 1
        for j in tl.static_range(3):
            w = across + j - 1
            inside = (h >= 0) & (h < height) & (w >= 0) & (w < width)
            here = mask & inside[:, None]
            row = (image + h * width + w) * x_row
            y = tl.load(x + row[:, None] + c[None, :], mask=here, other=0.0).to(number)
            wins = here & ((y > best) | (y != y))  # noqa: PLR0124  NaN is the largest, as in PyTorch
            best = tl.where(wins, y, best)
            winner = tl.where(wins, i * 3 + j, winner)
            total += y
            count += inside.to(tl.int32)
    at = output + p.to(tl.int64)[:, None] * output_row + c[None, :]
    for m in range(maps_max):
        tl.store(at + tl.load(places + m) * channels, best, mask=mask)
    of_winner = winners + p.to(tl.int64)[:, None] * channels + c[None, :]
    tl.store(of_winner, winner, mask=mask & (maps_max > 0))
    mean = total / tl.maximum(count, 1)[:, None]
    for m in range(maps_max, maps_max + maps_average):
        tl.store(at + tl.load(places + m) * channels, mean, mask=mask)


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
        "out_width",
        "out_pixels",
    ],
    do_not_specialize_on_alignment=["places"],
)
def run_fan(
    x,
    weights_3,
    weights_5,
    weights_dilated_3,
    weights_dilated_5,
    undilated,
    others,
    winners,
    places,
    maps_3,
    maps_5,
    maps_dilated_3,
    maps_dilated_5,
    maps_max,
    maps_average,
    channels,
    height,
    width,
    out_width,
    out_pixels,
    pixels,
    x_row,
    undilated_row,
    others_row,
    stride: tl.constexpr,
    shared: tl.constexpr,
    block_maps: tl.constexpr,
    block_pixels: tl.constexpr,
    block_channels: tl.constexpr,
):
    """Convolve rectified x with all kernels of one kind, or pool x: each has its own programs."""
    sizes = (channels, height, width, out_width, out_pixels, pixels)
    kind = tl.program_id(2)
    if kind == 0:
        _convolve_kind(
            weights_3,
            maps_3,
            0,
            places,
            3,
            1,
            x,
            x_row,
            undilated,
            undilated_row,
            sizes,
            stride,
            shared,
            block_maps,
            block_pixels,
            block_channels,
        )
    elif kind == 1:
        _convolve_kind(
            weights_5,
            maps_5,
            maps_3,
            places,
            5,
            1,
            x,
            x_row,
            undilated,
            undilated_row,
            sizes,
            stride,
            shared,
            block_maps,
            block_pixels,
            block_channels,
        )
    elif kind == 2:
        _convolve_kind(
            weights_dilated_3,
            maps_dilated_3,
            maps_3 + maps_5,
            places,
            3,
            2,
            x,
            x_row,
            others,
            others_row,
            sizes,
            stride,
            shared,
            block_maps,
            block_pixels,
            block_channels,
        )
    elif kind == 3:
        _convolve_kind(
            weights_dilated_5,
            maps_dilated_5,
            maps_3 + maps_5 + maps_dilated_3,
            places,
            5,
            2,
            x,
            x_row,
            others,
            others_row,
            sizes,
            stride,
            shared,
            block_maps,
            block_pixels,
            block_channels,
        )
    else:
        _pool(
            winners,
            maps_max,
            maps_average,
            places + maps_3 + maps_5 + maps_dilated_3 + maps_dilated_5,
            weights_3,
            x,
            x_row,
            others,
            others_row,
            sizes,
            stride,
            block_pixels,
            block_channels,
        )
