"""docs/operations.md names every setting, exit code and metric, and no other."""

import re
from pathlib import Path

import httpx
import pytest
from prometheus_client.parser import text_string_to_metric_families

import cli.client  # noqa: F401  its errors are such, too
from cli.errors import CliError
from store.settings import Settings

PAGE = (Path(__file__).parents[2] / "docs" / "operations.md").read_text()


def kinds_of(error: type[CliError]) -> set[type[CliError]]:
    return {error}.union(*(kinds_of(kind) for kind in error.__subclasses__()))


def test_every_setting_is_explained() -> None:
    rows = re.findall(r"^\| `PDARTS_(\w+)` \|", PAGE, re.MULTILINE)
    assert sorted(name.lower() for name in rows) == sorted(Settings.model_fields)


def test_the_defaults_are_those_of_the_software() -> None:
    rows = re.findall(r"^\| `PDARTS_(\w+)` \| `([\w.]+)` \|", PAGE, re.MULTILINE)
    told = {name.lower(): value for name, value in rows if name != "PUBLISHED_HOST"}
    assert len(told) >= 8
    for name, value in told.items():
        default = Settings.model_fields[name].default
        assert value == (f"{default:g}" if isinstance(default, float) else str(default)), name


def test_every_exit_code_is_explained() -> None:
    told = {int(code) for code in re.findall(r"^\| (\d+) \|", PAGE, re.MULTILINE)}
    assert told == {0, 2} | {error.exit_code for error in kinds_of(CliError)}


@pytest.mark.slow
def test_every_metric_is_explained(service_url: str) -> None:
    cells = re.findall(r"^\| (`pdarts_[^|]+) \|", PAGE, re.MULTILINE)
    told = [name for cell in cells for name in re.findall(r"`(\w+)`", cell)]
    families = text_string_to_metric_families(httpx.get(f"{service_url}/metrics").text)
    names = [f"{one.name}_total" if one.type == "counter" else one.name for one in families]
    of_the_library = re.compile(r"pdarts_api_process_|.*_created$")
    assert sorted(told) == sorted(name for name in names if not of_the_library.match(name))
