"""Traces, as a real collector has them from real processes."""

import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.api_process import api_process
from tests.support.collector import CollectedSpan, collecting
from tests.support.jobs import make_spec, single_stage
from tests.support.processes import WorkerProcess, running
from tests.support.servers import RedisServer, wait_until

_PATIENCE_SECONDS = 120.0


@pytest.mark.slow
@pytest.mark.parametrize("module", ["api.server", "worker.process"])
def test_nothing_of_it_is_imported_while_it_is_off(module: str) -> None:
    # The client of Redis looks at the interface alone by itself, where that is installed.
    code = (
        f"import sys, {module}; "
        "print([m for m in sys.modules if m.startswith(('opentelemetry.instr', "
        "'opentelemetry.exporter'))])"
    )
    assert subprocess.check_output([sys.executable, "-c", code], text=True) == "[]\n"


@pytest.mark.timeout(300)
@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_a_request_its_statements_its_message_and_the_attempt_are_one_trace(
    tmp_path: Path, database_url: str, redis_server: RedisServer
) -> None:
    with collecting() as collector:
        # The recovery, which rings without a request, is not to be faster than the request's ring.
        traced = {"OTEL_EXPORTER_OTLP_ENDPOINT": collector.url, "OTEL_BSP_SCHEDULE_DELAY": "200"}
        traced |= {"PDARTS_RECOVERY_SECONDS": "30", "PDARTS_LEASE_SECONDS": "90"}
        worker = WorkerProcess(
            tmp_path, database_url=database_url, redis_url=redis_server.url, environment=traced
        )
        with api_process(tmp_path, database_url, redis_server.url) as api, running(worker):
            api.start(environment=traced)
            spec = make_spec(stages=single_stage(1), train_architecture=False)
            assert api.client.post("/searches", json=spec).status_code == 202
            wait_until(lambda: is_whole(collector.spans), "its trace", _PATIENCE_SECONDS)
    assert not any("livez" in span.name for span in collector.spans)


def is_whole(spans: list[CollectedSpan]) -> bool:
    """Whether a trace has a request, its statements, its message and what that started."""
    posts = {span.trace_id for span in spans if span.name.startswith("POST ")}
    parts = {(s.service, s.name.split()[0].partition("/")[0]) for s in spans if s.trace_id in posts}
    return {
        ("pdarts-api", "POST"),
        ("pdarts-api", "INSERT"),
        ("pdarts-api", "apply_async"),
        ("pdarts-worker", "run"),
    } <= parts
