"""The data set as a search takes it."""

from dataclasses import replace
from typing import Any

import pytest
import torch

from pdarts_core.images.dataset import ImageDataset, channel_statistics
from tests.support.searches import make_dataset, make_images


def test_statistics_are_those_of_the_pixels_between_0_and_1() -> None:
    images = make_images(50)
    images[:, 1] //= 3
    mean, std = channel_statistics(images)
    pixels = images.double() / 255
    assert mean == pytest.approx(pixels.mean((0, 2, 3)).tolist())
    assert std == pytest.approx(pixels.std((0, 2, 3), correction=0).tolist())


def test_a_channel_that_never_changes_can_still_be_divided_by() -> None:
    _, std = channel_statistics(torch.full((4, 3, 8, 8), 7, dtype=torch.uint8))
    assert min(std) > 0


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"images": make_images(24).float()}, "uint8"),
        ({"images": make_images(24)[:, :1]}, "3, H, W"),
        ({"images": make_images(23)}, "one for each"),
        ({"labels": torch.zeros(24)}, "int64"),
        ({"labels": torch.full((24,), 3)}, "between 0 and 2"),
        ({"labels": torch.full((24,), -1)}, "between 0 and 2"),
        ({"std": (1.0, 0.0, 1.0)}, "std"),
        ({"images": make_images(0), "labels": torch.zeros(0).long()}, "no images"),
    ],
)
def test_parts_that_do_not_fit_are_refused(changes: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        replace(make_dataset(), **changes)


def test_the_fingerprint_is_that_of_the_content() -> None:
    assert make_dataset().fingerprint() == make_dataset().fingerprint()


@pytest.mark.parametrize(
    "change",
    [
        lambda d: replace(d, images=d.images.flip(3)),
        lambda d: replace(d, labels=d.labels.flip(0)),
        lambda d: replace(d, images=d.images.view(-1, 3, 4, 16)),
        lambda d: replace(d, class_names=("a", "b", "c")),
        lambda d: replace(d, mean=(0.0, 0.0, 0.0)),
        lambda d: replace(d, std=(1.0, 1.0, 1.0)),
    ],
)
def test_the_fingerprint_notices_every_change_that_a_search_sees(change: Any) -> None:
    dataset: ImageDataset = make_dataset()
    assert change(dataset).fingerprint() != dataset.fingerprint()


def test_statistics_of_many_images_take_little_memory() -> None:
    images = torch.randint(256, (3000, 3, 64, 64), dtype=torch.uint8)
    activities = [torch.profiler.ProfilerActivity.CPU]

    with torch.profiler.profile(activities=activities, profile_memory=True) as profile:
        mean, std = channel_statistics(images)

    taken = max(event.cpu_memory_usage for event in profile.events())
    assert 0 < taken < images.nbytes / 2
    pixels = images.double() / 255
    assert mean == pytest.approx(pixels.mean((0, 2, 3)).tolist())
    assert std == pytest.approx(pixels.std((0, 2, 3), correction=0).tolist())
