"""Loss and hits are added up as if all images had been seen at once."""

import pytest
import torch
from torch.nn.functional import cross_entropy

from pdarts_core.training.metrics import Tally

CPU = torch.device("cpu")


def counted(logits: torch.Tensor, labels: torch.Tensor, sizes: list[int]) -> Tally:
    tally = Tally(CPU)
    for part, target in zip(torch.split(logits, sizes), torch.split(labels, sizes), strict=True):
        tally.add(cross_entropy(part, target), part, target)
    return tally


@pytest.mark.parametrize("sizes", [[12], [4, 4, 4], [5, 7]])
def test_means_do_not_depend_on_the_batches(sizes: list[int]) -> None:
    logits = torch.randn(12, 10, generator=torch.Generator().manual_seed(0))
    labels = torch.arange(12) % 10
    scores = counted(logits, labels, sizes).take()
    ranks = (logits > logits.gather(1, labels[:, None])).sum(1)
    assert scores.loss == pytest.approx(cross_entropy(logits, labels).item(), rel=1e-5)
    assert scores.accuracy == pytest.approx((ranks == 0).float().mean().item())
    assert scores.top5 == pytest.approx((ranks < 5).float().mean().item())
    assert 0 < scores.accuracy < scores.top5 < 1
    assert scores.images == 12


def test_of_fewer_than_five_classes_all_are_among_the_first_five() -> None:
    scores = counted(torch.randn(6, 3), torch.tensor([0, 1, 2, 0, 1, 2]), [6]).take()
    assert scores.top5 == 1


def test_taking_begins_anew() -> None:
    tally = counted(torch.randn(6, 3), torch.zeros(6, dtype=torch.int64), [6])
    tally.take()
    empty = tally.take()
    assert (empty.loss, empty.accuracy, empty.top5, empty.images) == (0, 0, 0, 0)


def test_a_loss_that_is_no_number_is_kept() -> None:
    tally = Tally(CPU)
    tally.add(torch.tensor(float("nan")), torch.zeros(2, 3), torch.zeros(2, dtype=torch.int64))
    assert tally.take().loss != tally.take().loss
