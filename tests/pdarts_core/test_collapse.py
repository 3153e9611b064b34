"""A cell that turns into skip-connects is told of, and ends its stage if the search says so."""

from collections.abc import Iterator
from dataclasses import replace

import pytest
import torch

from pdarts_core.pruning import COLLAPSED_SKIP_CONNECTS
from pdarts_core.search import run_search
from pdarts_core.space.operations import OPERATIONS, SKIP_CONNECT
from pdarts_core.stages import stage_training
from pdarts_core.stages.checkpoint import Checkpoint
from pdarts_core.stages.events import EpochFinished, OperationsPruned, SearchEvent
from tests.support.searches import THREE_STAGES, make_config, make_dataset, without_timing

STAGES = (replace(THREE_STAGES[-1], epochs=7, warmup_epochs=1),)


@pytest.fixture
def _skips_lead(monkeypatch: pytest.MonkeyPatch) -> None:
    """Draw alphas in favour of skip-connects, as they drift in a collapse."""
    make_network = stage_training.make_network

    def drifted(*args: object, **kwargs: object) -> object:
        network = make_network(*args, **kwargs)  # type: ignore[arg-type]
        with torch.no_grad():
            for alphas in network.architecture_parameters():
                alphas[:, list(OPERATIONS).index(SKIP_CONNECT)] += 0.5
        return network

    monkeypatch.setattr(stage_training, "make_network", drifted)


def events(*, stop: bool, checkpoint: Checkpoint | None = None) -> Iterator[SearchEvent]:
    config = make_config(stages=STAGES, stop_on_collapse=stop)
    return run_search(config, make_dataset(), device="cpu", checkpoint=checkpoint)


def epochs_of(found: list[SearchEvent]) -> list[EpochFinished]:
    return [event for event in found if isinstance(event, EpochFinished)]


def split_at_collapse() -> tuple[list[SearchEvent], list[SearchEvent]]:
    """Run a search to its collapse, and another one on from there."""
    before: list[SearchEvent] = []
    for event in events(stop=True):
        before.append(event)
        if isinstance(event, EpochFinished) and event.collapse:
            return before, list(events(stop=True, checkpoint=event.snapshot()))
    raise AssertionError("the search did not collapse")


@pytest.mark.usefixtures("_skips_lead")
class TestACollapse:
    def test_is_told_of_once_and_the_stage_goes_on(self) -> None:
        told = [epoch.collapse for epoch in epochs_of(list(events(stop=False)))]
        assert len(told) == 7
        first, *others = told[1:]
        assert first is not None
        assert first.skip_connects >= COLLAPSED_SKIP_CONNECTS
        assert not first.ends_stage
        assert (told[0], others) == (None, [None] * 5)

    def test_ends_the_stage_after_a_measurement_if_the_search_says_so(self) -> None:
        found = list(events(stop=True))
        epochs = epochs_of(found)
        last = epochs[-1]
        assert last.epoch == 2
        assert last.collapse is not None
        assert last.collapse.ends_stage
        assert last.metrics.valid_accuracy is not None
        assert sum(isinstance(event, OperationsPruned) for event in found) == 1

    @pytest.mark.slow
    def test_ends_a_stage_that_is_continued_in_the_same_way(self) -> None:
        before, rest = split_at_collapse()
        whole = list(map(without_timing, events(stop=True)))
        assert whole == [*map(without_timing, before), *map(without_timing, rest)]


@pytest.mark.slow
def test_a_search_without_a_collapse_tells_of_none() -> None:
    config = make_config()
    found = list(run_search(config, make_dataset(), device="cpu"))
    assert not any(epoch.collapse for epoch in epochs_of(found))
