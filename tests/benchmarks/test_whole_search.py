"""A timed search that is stopped and started again."""

import itertools
from collections.abc import Iterator
from pathlib import Path

import pytest
import torch
from PIL import Image

from benchmarks.image_sets import load_images
from benchmarks.whole_search import SearchFolder, follow, make_config, stage_times
from pdarts_core.config import PRESETS
from pdarts_core.search import run_search
from pdarts_core.stages.events import EpochFinished, SearchEvent
from tests.support.searches import make_config as make_tiny_config
from tests.support.searches import make_dataset

EVENTS_BEFORE_STOP = 14
"""The search stops in its second stage, in the middle of an epoch."""


def finished_epochs(events: Iterator[SearchEvent], folder: SearchFolder) -> Iterator[EpochFinished]:
    """Keep the first epoch of each stage as a search does, and yield every one."""
    for event in events:
        if isinstance(event, EpochFinished):
            if event.epoch == 1:
                folder.add_epoch(event)
                folder.write_checkpoint(event.snapshot())
            yield event


@pytest.mark.slow
def test_it_goes_on_from_its_folder_to_the_same_genotypes(tmp_path: Path) -> None:
    config, dataset = make_tiny_config(), make_dataset()
    whole, parts = SearchFolder(tmp_path / "whole"), SearchFolder(tmp_path / "parts")
    expected = follow(run_search(config, dataset, device="cpu"), whole)
    stopped = itertools.islice(run_search(config, dataset, device="cpu"), EVENTS_BEFORE_STOP)
    list(finished_epochs(stopped, parts))
    found = parts.read_checkpoint()
    assert found is not None
    final = follow(run_search(config, dataset, device="cpu", checkpoint=found), parts)
    assert final.genotypes == expected.genotypes
    for folder in (whole, parts):
        told = [(epoch["stage"], epoch["epoch"]) for epoch in folder.epochs()]
        assert told == list(itertools.product(range(1, len(config.stages) + 1), (1, 2)))


def test_epochs_that_no_checkpoint_knows_are_forgotten(tmp_path: Path) -> None:
    folder = SearchFolder(tmp_path)
    events = run_search(make_tiny_config(), make_dataset(), device="cpu")
    first, second = itertools.islice(finished_epochs(events, folder), 2)
    assert (first.epoch, second.epoch) == (1, 2)
    folder.add_epoch(second)
    folder.read_checkpoint()
    assert [epoch["epoch"] for epoch in folder.epochs()] == [1]


def test_minutes_are_those_of_a_stages_epochs() -> None:
    epoch = {
        "train_accuracy": 0.5,
        "valid_accuracy": None,
        "images_per_second": 1.0,
        "memory_bytes": None,
    }
    epochs = [epoch | {"stage": stage, "seconds": 30.0} for stage in (1, 1, 2)]
    assert [(time.stage, time.epochs, time.minutes) for time in stage_times(epochs)] == [
        (1, 2, 1.0),
        (2, 1, 0.5),
    ]


def test_stages_are_changed_field_by_field() -> None:
    config = make_config("quick", {"batch_size": 8, "stages": [{"epochs": 3}, {}, {}]})
    quick = PRESETS["quick"]
    assert config.batch_size == 8
    assert [stage.epochs for stage in config.stages] == [3, 5, 5]
    assert [stage.layers for stage in config.stages] == [s.layers for s in quick.stages]


def test_a_folder_of_images_is_read_in_balance(tmp_path: Path) -> None:
    for label, shade in (("dark", 10), ("light", 200)):
        folder = tmp_path / "train" / label
        folder.mkdir(parents=True)
        for number in range(3):
            Image.new("RGB", (10, 8), (shade,) * 3).save(folder / f"{number}.png")
    dataset = load_images(str(tmp_path), data_dir=tmp_path, image_size=8, max_images=4)
    assert dataset.images.shape == (4, 3, 8, 8)
    assert dataset.labels.tolist() == [0, 0, 1, 1]
    assert dataset.class_names == ("dark", "light")
    assert torch.equal(dataset.images[2], torch.full((3, 8, 8), 200, dtype=torch.uint8))
