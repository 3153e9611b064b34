"""What tests cost in processor time, by file and by test: `make costs TESTS=tests/store`.

Counted is what the test's process and all that descend from it have used, fixtures included: the
first test that asks for a shared service pays for it. Not for several test processes at once, which
share the launcher of programs.
"""

import os
from collections import defaultdict
from dataclasses import dataclass, field
from pathlib import Path

import pytest

_TICKS_PER_SECOND = os.sysconf("SC_CLK_TCK")
_SHOWN = 40


@dataclass
class _Costs:
    before: float = 0.0
    by_test: dict[str, float] = field(default_factory=dict)


_costs = _Costs()


def pytest_runtest_logstart() -> None:
    _costs.before = _seconds_so_far()


def pytest_runtest_logfinish(nodeid: str) -> None:
    _costs.by_test[nodeid] = _seconds_so_far() - _costs.before


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    by_file: defaultdict[str, float] = defaultdict(float)
    for name, seconds in _costs.by_test.items():
        by_file[name.partition("::")[0]] += seconds
    for title, costs in (("by file", by_file), ("by test", _costs.by_test)):
        terminalreporter.section(f"seconds of processor time, {title}")
        dearest = sorted(costs.items(), key=lambda cost: -cost[1])[:_SHOWN]
        for name, seconds in dearest:
            terminalreporter.write_line(f"{seconds:8.2f} {name}")
    terminalreporter.write_line(f"{sum(by_file.values()):8.2f} in all")


def _seconds_so_far() -> float:
    """Return what this process and its descendants have used, with those that have ended."""
    used: dict[int, float] = {}
    children: dict[int, list[int]] = {}
    for process in Path("/proc").glob("[0-9]*"):
        try:
            fields = (process / "stat").read_text().rpartition(")")[2].split()
        except OSError:
            continue  # just ended
        used[int(process.name)] = sum(map(int, fields[11:15])) / _TICKS_PER_SECOND
        children.setdefault(int(fields[1]), []).append(int(process.name))
    found = [os.getpid()]
    for pid in found:
        found += children.get(pid, [])
    return sum(used.get(pid, 0.0) for pid in found)
