"""What the count of kernels counts."""

import torch

from benchmarks.kernel_count import KernelCounter
from pdarts_core.kernels.pixel_products import pixel_squares


def test_views_are_no_kernels_and_what_computes_is_one_with_all_that_it_reads_and_writes() -> None:
    x = torch.empty(4, 8, device="meta")
    with KernelCounter() as counter:
        rectified = torch.relu(x.view(8, 4).T[:2])
        rectified.add_(1)
    assert counter.calls == {"aten::relu": 1, "aten::add_": 1}
    assert counter.bytes == 2 * 2 * rectified.nbytes


def test_convolutions_keep_channels_last() -> None:
    images = torch.empty(2, 8, 4, 4, device="meta").contiguous(memory_format=torch.channels_last)
    with KernelCounter() as counter:
        out = torch.conv2d(images, torch.empty(8, 1, 3, 3, device="meta"), padding=1, groups=8)
    assert out.is_contiguous(memory_format=torch.channels_last)
    assert counter.calls == {"aten::convolution": 1}


def test_a_kernel_of_our_own_is_one_with_all_that_it_reads_and_writes() -> None:
    rows = torch.empty(20, 6, device="meta")
    with KernelCounter() as counter:
        sums = pixel_squares(rows, 3)
    assert counter.calls == {"pdarts::pixel_products": 1}
    assert counter.bytes == rows.nbytes + sums.products.nbytes + sums.totals.nbytes
