"""A job's spec: one class for every kind, which requests, rows and answers are derived from."""

from dataclasses import dataclass, field, replace
from typing import Any, Self

import pytest

from pdarts_core.config import PRESETS, SearchConfig, StageConfig
from store.job_spec import JobSpec, fill_in, rules_of, spec_fields

QUICK = JobSpec(
    config=PRESETS["quick"], dataset="digits", preset="quick", max_images=100, metadata={"a": [1]}
)


@dataclass(frozen=True, kw_only=True)
class CountConfig:
    """A config of another kind."""

    numbers: int = field(default=3, metadata={"description": "How far to count", "ge": 1})

    backwards: bool = field(
        default=True, metadata={"description": "Count from above", "before": False}
    )

    def to_dict(self) -> dict[str, Any]:
        return {"numbers": self.numbers, "backwards": self.backwards}

    @classmethod
    def from_dict(cls, values: Any) -> Self:
        return cls(**values)


def test_it_is_flat_in_json() -> None:
    document = QUICK.to_document()
    assert document["dataset"] == "digits"
    assert document["batch_size"] == 64
    assert document["stages"][0]["layers"] == 3


def test_what_is_written_is_read_back() -> None:
    assert JobSpec.from_document(SearchConfig, QUICK.to_document()) == QUICK


def test_what_an_older_version_did_not_write_takes_its_default() -> None:
    document = QUICK.to_document()
    for name in ("halve_batches", "priority", "device"):
        del document[name]
    assert JobSpec.from_row(SearchConfig, document) == QUICK


def test_a_row_without_a_preset_is_read() -> None:
    row = QUICK.to_document()
    del row["preset"]
    assert JobSpec.from_row(SearchConfig, row) == replace(QUICK, preset="")


def test_what_a_newer_version_wrote_is_left_out() -> None:
    document = QUICK.to_document() | {"of_tomorrow": 4}
    stages = [{**stage, "rewind": 2} for stage in document["stages"]]
    assert JobSpec.from_row(SearchConfig, document | {"stages": stages}) == QUICK


def test_an_old_row_may_have_stages_that_train_no_alphas() -> None:
    """They are refused in requests now, but what was accepted goes on."""
    untrained = StageConfig(num_to_keep=1, epochs=2, warmup_epochs=2)
    config = replace(QUICK.config, stages=(untrained,), crop_padding=4)
    row = replace(QUICK, config=config).to_document()
    del row["train_architecture"]
    del row["stop_on_collapse"]
    del row["crop_padding"], row["flip"]
    assert JobSpec.from_row(SearchConfig, row).config == config


def test_a_younger_field_reads_as_what_was_computed_before_it() -> None:
    """Otherwise the checkpoint of a search in mid-course would no longer belong to it."""
    row = JobSpec(config=CountConfig(), dataset="digits", preset="short").to_document()
    del row["backwards"]
    assert JobSpec.from_row(CountConfig, row).config.backwards is False
    assert fill_in(row, CountConfig)["backwards"] is False


@dataclass(frozen=True, kw_only=True)
class CountSpec(JobSpec[CountConfig]):
    """A spec with more than every job has."""

    aloud: bool = field(default=True, metadata={"description": "Say it", "before": False})


def test_the_own_fields_of_a_kind_read_from_older_rows_too() -> None:
    spec = CountSpec(config=CountConfig(), dataset="digits", preset="short")
    row = spec.to_document()
    del row["aloud"]
    assert CountSpec.from_row(CountConfig, row).aloud is False
    assert fill_in(row, CountConfig, CountSpec) == row | {"aloud": False}


def test_a_younger_field_of_a_request_takes_its_default() -> None:
    asked = {"dataset": "digits", "preset": "short", "numbers": 3}
    assert JobSpec.from_document(CountConfig, asked).config.backwards is True


def test_a_document_of_an_older_version_is_shown_with_every_field() -> None:
    document = QUICK.to_document()
    older = {**document, "stages": [dict(stage) for stage in document["stages"]]}
    del older["halve_batches"], older["image_size"], older["stages"][1]["add_width"]
    assert fill_in(older, SearchConfig) == document


def test_its_digest_is_that_of_earlier_versions() -> None:
    first = (StageConfig(layers=3, num_to_keep=5, epochs=5, warmup_epochs=2),)
    second = (StageConfig(layers=4, num_to_keep=3, dropout_rate=0.1, epochs=5, warmup_epochs=2),)
    third = (StageConfig(layers=5, num_to_keep=1, dropout_rate=0.2, epochs=5, warmup_epochs=2),)
    config = replace(
        QUICK.config,
        stages=first + second + third,
        learning_rate=0.05,
        arch_learning_rate=6e-4,
        crop_padding=4,
    )
    digest = replace(QUICK, config=config).sha256
    assert digest == "0b4c36b2c29f374dfe04d4babf8be2f5ed744250c9748bd1d43334df3ddb7384"


@dataclass(frozen=True, kw_only=True)
class EarlierCountConfig:
    """The config as it was before it got its younger field."""

    numbers: int = 3

    def to_dict(self) -> dict[str, Any]:
        return {"numbers": self.numbers}

    @classmethod
    def from_dict(cls, values: Any) -> Self:
        return cls(**values)


def test_a_younger_field_leaves_the_digests_of_what_could_be_asked_before() -> None:
    earlier = JobSpec(config=EarlierCountConfig(), dataset="digits", preset="short")
    same = JobSpec(config=CountConfig(backwards=False), dataset="digits", preset="short")
    other = JobSpec(config=CountConfig(backwards=True), dataset="digits", preset="short")
    assert same.sha256 == earlier.sha256
    assert other.sha256 != earlier.sha256


def test_what_people_call_it_is_no_part_of_its_digest() -> None:
    other = JobSpec(
        config=QUICK.config, dataset="digits", preset="none", max_images=100, name="x", priority=5
    )
    assert other.sha256 == QUICK.sha256


def test_the_device_is() -> None:
    other = JobSpec(
        config=QUICK.config, dataset="digits", preset="quick", max_images=100, device="cpu"
    )
    assert other.sha256 != QUICK.sha256


@pytest.mark.parametrize("config", [SearchConfig, CountConfig])
def test_every_field_of_every_kind_is_described(config: type) -> None:
    described = [bool(item.about["description"]) for item in spec_fields(config)]
    assert len(described) > 8
    assert all(described)


def test_a_stage_is_described() -> None:
    assert all("description" in item.about for item in spec_fields(StageConfig))


def test_another_kind_of_job_has_the_same_spec_around_its_own_config() -> None:
    spec = JobSpec(config=CountConfig(), dataset="digits", preset="short")
    document = spec.to_document()
    assert document["numbers"] == 3
    assert JobSpec.from_document(CountConfig, document) == spec


def test_its_own_fields_have_bounds() -> None:
    assert rules_of("priority") == {"ge": -100, "le": 100}
    assert rules_of("name") == {"min_length": 1, "max_length": 200}
