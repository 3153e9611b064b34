"""What single kernels take: the least that any does, and those that a step is made of."""

from collections.abc import Callable, Mapping
from functools import partial

import torch
import torch.nn.functional as F
from torch import Tensor

from benchmarks.gpu_day.bench import Bench
from benchmarks.gpu_day.report import Report

_SIZES = ((16, 32), (32, 16), (64, 8))
"""Channels and side of the maps of the paper's cells."""
_LAYOUTS = {"NHWC": torch.channels_last, "NCHW": torch.contiguous_format}


def time_kernels(bench: Bench, report: Report) -> None:
    """Report the least that a kernel takes, and what the operations on one map do."""
    one = torch.zeros(1, device=bench.device)
    report("launch", us=bench.microseconds(lambda: one.add_(1), 500))
    for channels, side in _sizes(bench):
        for name, call in _on_maps(bench, channels, side).items():
            taken = round(bench.microseconds(call), 2)
            report("map kernel", channels=channels, side=side, what=name, us=taken)


def time_depthwise(bench: Bench, report: Report) -> None:
    """Report what depthwise convolutions and their gradients take, by layout and by type."""
    for dtype in (torch.float32, torch.bfloat16)[: 1 if bench.small else 2]:
        for channels, side in _sizes(bench):
            for kernel, dilation in ((3, 1), (5, 1), (3, 2), (5, 2)):
                for layout in _LAYOUTS:
                    taken = _depthwise(bench, dtype, channels, side, kernel, dilation, layout)
                    report(
                        "depthwise",
                        dtype=str(dtype),
                        channels=channels,
                        side=side,
                        kernel=kernel,
                        dilation=dilation,
                        layout=layout,
                        us=taken,
                    )


def _sizes(bench: Bench) -> tuple[tuple[int, int], ...]:
    return ((4, 8),) if bench.small else _SIZES


def _on_maps(bench: Bench, channels: int, side: int) -> Mapping[str, Callable[[], Tensor]]:
    images, device = bench.config.batch_size, bench.device
    maps = torch.randn(images, channels, side, side, device=device)
    maps = maps.contiguous(memory_format=torch.channels_last)
    rows = maps.permute(0, 2, 3, 1).reshape(-1, channels)
    matrix, bias = (
        torch.randn(channels, channels, device=device),
        torch.randn(channels, device=device),
    )
    by_image, total = rows.view(images, -1, channels), torch.zeros_like(rows)
    many, matrices = torch.stack([rows] * 8), torch.stack([matrix] * 8)
    return {
        "relu": lambda: F.relu(maps),
        "mean over pixels": lambda: rows.mean(0),
        "covariance, image by image": lambda: torch.bmm(by_image.mT, by_image).sum(0),
        "covariance, one product": lambda: rows.T @ rows,
        "8 covariances, one product": lambda: torch.bmm(many.mT, many),
        "1×1 with bias": lambda: torch.addmm(bias, rows, matrix.T),
        "1×1 added up": lambda: total.addmm_(rows, matrix.T),
        "8 1×1, one product": lambda: torch.bmm(many, matrices),
        "max_pool": lambda: F.max_pool2d(maps, 3, 1, 1),
        "avg_pool": lambda: F.avg_pool2d(maps, 3, 1, 1, count_include_pad=False),
    }


def _depthwise(
    bench: Bench,
    dtype: torch.dtype,
    channels: int,
    side: int,
    kernel: int,
    dilation: int,
    layout: str,
) -> dict[str, float | str]:
    shape = (bench.config.batch_size, channels, side, side)
    x = torch.randn(shape, device=bench.device, dtype=dtype)
    x = x.contiguous(memory_format=_LAYOUTS[layout])
    weight = torch.randn(channels, 1, kernel, kernel, device=bench.device, dtype=dtype)
    padding, gradient = dilation * (kernel - 1) // 2, torch.randn_like(x)
    sides = [[1, 1], [padding, padding], [dilation, dilation]]

    def backward(mask: list[bool]) -> object:
        return torch.ops.aten.convolution_backward(
            gradient,
            x,
            weight,
            None,
            *sides,
            transposed=False,
            output_padding=[0, 0],
            groups=channels,
            output_mask=mask,
        )

    calls: dict[str, Callable[[], object]] = {
        "forward": lambda: F.conv2d(x, weight, None, 1, padding, dilation, channels),
        "images": partial(backward, [True, False, False]),
        "weights": partial(backward, [False, True, False]),
    }
    taken: dict[str, float | str] = {}
    for name, call in calls.items():
        try:
            taken[name] = round(bench.microseconds(call, 10), 1)
        except RuntimeError as error:
            taken[name] = str(error)[:80]
    return taken
