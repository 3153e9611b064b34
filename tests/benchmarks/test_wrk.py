"""Load by wrk."""

import pytest

from benchmarks import serving
from benchmarks.wrk import Load, read_load

SAID = """Running 3s test @ http://127.0.0.1:8000/v1/presets
  1 threads and 8 connections
{"requests": 300, "microseconds": 3000000, "errors": 0, "p50": 1500.0, "p99": 20250.0}"""


def test_figures_are_of_seconds_and_milliseconds() -> None:
    assert read_load(SAID) == Load(requests=300, errors=0, throughput=100.0, p50=1.5, p99=20.25)


def test_a_machine_without_wrk_is_told_what_to_install(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("PATH", "/nowhere")
    assert serving.main([]) == 1
    assert "apt-get install wrk" in capsys.readouterr().err
