import json
import math
from dataclasses import replace

import pytest

from pdarts_core.config import PRESETS, SearchConfig, StageConfig
from pdarts_core.config_fields import ConfigError


@pytest.mark.parametrize("name", PRESETS)
def test_a_configuration_survives_json(name: str) -> None:
    config = PRESETS[name]
    assert SearchConfig.from_dict(json.loads(json.dumps(config.to_dict()))) == config


def test_the_paper_deepens_the_network_and_narrows_the_choice() -> None:
    stages = PRESETS["paper-cifar10"].stages
    assert [stage.layers for stage in stages] == [5, 11, 17]
    assert [stage.num_to_keep for stage in stages] == [5, 3, 1]
    assert [stage.dropout_rate for stage in stages] == [0.0, 0.4, 0.7]


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("batch_size", 1),
        ("learning_rate", 0.0),
        ("learning_rate", math.nan),
        ("learning_rate", math.inf),
        ("momentum", 1.0),
        ("max_skip_connects", 9),
        ("precision", "float8"),
    ],
)
def test_a_value_out_of_bounds_is_named(field: str, value: object) -> None:
    with pytest.raises(ConfigError) as caught:
        SearchConfig.from_dict({field: value})
    assert caught.value.path == (field,)


@pytest.mark.parametrize(
    ("position", "change", "field"),
    [
        (0, {"num_to_keep": 3}, "num_to_keep"),
        (2, {"num_to_keep": 2}, "num_to_keep"),
        (1, {"warmup_epochs": 26}, "warmup_epochs"),
        (1, {"layers": 2}, "layers"),
    ],
    ids=["the next stage keeps as many", "two stay at the end", "warmup too long", "too shallow"],
)
def test_stages_must_fit_together(position: int, change: dict[str, int], field: str) -> None:
    stages = list(SearchConfig().stages)
    stages[position] = replace(stages[position], **change)
    with pytest.raises(ConfigError) as caught:
        SearchConfig(stages=tuple(stages))
    assert caught.value.path[-1] == field


def test_a_search_has_a_stage() -> None:
    with pytest.raises(ConfigError, match="stages"):
        SearchConfig(stages=())


def test_an_unknown_field_is_refused_where_it_stands() -> None:
    with pytest.raises(ConfigError) as caught:
        SearchConfig.from_dict({"stages": [{"num_to_keep": 1, "depth": 5}]})
    assert caught.value.path == ("stages", 0, "depth")


def test_one_stage_alone_is_a_search() -> None:
    config = SearchConfig(stages=(StageConfig(num_to_keep=1),))

    assert [stage.epochs for stage in config.stages] == [25]
