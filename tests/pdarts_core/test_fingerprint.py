"""Which searches go on from a checkpoint: those that compute the same, however they are spelled."""

from dataclasses import dataclass, field, replace
from typing import Any

from pdarts_core.config import SearchConfig
from pdarts_core.stages.fingerprint import fingerprint, first_fingerprint
from tests.support.searches import make_config, make_dataset


@dataclass(frozen=True, kw_only=True)
class LaterConfig(SearchConfig):
    """A configuration of a time to come, with a field more."""

    smoothing: float = field(default=0.1, metadata={"before": 0.0})


def later(smoothing: float, **changes: Any) -> LaterConfig:
    return LaterConfig(**vars(make_config(**changes)), smoothing=smoothing)


def test_it_tells_searches_apart() -> None:
    mark = fingerprint(make_config(), make_dataset())
    assert mark == fingerprint(make_config(), make_dataset())
    assert mark != fingerprint(make_config(seed=3), make_dataset())
    assert mark != fingerprint(make_config(), make_dataset(seed=1))


def test_it_tells_stages_apart() -> None:
    config = make_config()
    first, *others = config.stages
    longer = replace(config, stages=(replace(first, epochs=first.epochs + 1), *others))
    assert fingerprint(longer, make_dataset()) != fingerprint(config, make_dataset())


def test_a_number_counts_and_not_its_spelling() -> None:
    whole, point = make_config(grad_clip=5), make_config(grad_clip=5.0)
    assert fingerprint(whole, make_dataset()) == fingerprint(point, make_dataset())


def test_a_new_field_counts_once_it_differs_from_what_was_before() -> None:
    mark = fingerprint(make_config(), make_dataset())
    assert fingerprint(later(0.0), make_dataset()) == mark
    assert fingerprint(later(0.1), make_dataset()) != mark


def test_the_first_fingerprint_is_of_what_could_be_asked_for_then() -> None:
    first = first_fingerprint(make_config(crop_padding=4), make_dataset())
    assert first_fingerprint(later(0.0, crop_padding=4), make_dataset()) == first
    assert first_fingerprint(later(0.1, crop_padding=4), make_dataset()) is None


def test_the_first_fingerprint_tells_searches_apart() -> None:
    config = make_config(crop_padding=4)
    first = first_fingerprint(config, make_dataset())
    assert first != first_fingerprint(replace(config, seed=3), make_dataset())
    assert first != first_fingerprint(config, make_dataset(seed=1))
