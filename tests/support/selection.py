"""Which tests run, and on which of the two databases, unless TEST_EVERYTHING asks for all.

Where a folder's tests alternate, each of them runs on one of the two databases, chosen by its name;
with TEST_EVERYTHING=1, as `make test-all` sets it, on both. Tests marked `both_databases` always
do: those whose behaviour rests on how the database locks, plans or sorts. Of the cases of a test
marked `sampled`, one runs; a test marked `slow` does not, unless it is asked for by its name.
"""

import os
import zlib
from collections import defaultdict
from collections.abc import Iterable, Sequence
from pathlib import Path

import pytest

ALTERNATING = ("api", "faults", "kinds", "worker")
"""Folders whose tests run on one database each."""
SYSTEMS = ("sqlite", "postgresql")
_PARAMETERS = ("database_url", "service_database_url", "finished")
"""Of fixtures that are there once for each database."""
_TESTS = Path(__file__).parents[1]


def is_everything_wanted() -> bool:
    return bool(os.environ.get("TEST_EVERYTHING"))


def repetitions_in(items: Sequence[pytest.Item]) -> list[pytest.Item]:
    """Return the tests that run on the other database as well, and need not."""
    systems = {item: _system_of(item) for item in items if _alternates(item)}
    told = {(item.nodeid, system): item for item, system in systems.items() if system}
    return [told[test] for test in left_out(told)]


def postponed_in(items: Sequence[pytest.Item]) -> list[pytest.Item]:
    """Return the slow tests, and all but one case of those that are sampled."""
    sampled = [item.nodeid for item in items if item.get_closest_marker("sampled")]
    left = set(all_but_one_case(sampled))
    return [item for item in items if item.get_closest_marker("slow") or item.nodeid in left]


def all_but_one_case(names: Iterable[str]) -> list[str]:
    """Return the names without one of each test, which its name chooses.

    Args:
        names: of tests, with what tells their cases apart in brackets.
    """
    cases: defaultdict[str, list[str]] = defaultdict(list)
    for name in names:
        cases[name.partition("[")[0]].append(name)
    kept = {sorted(found)[_number_of(test) % len(found)] for test, found in cases.items()}
    return [name for found in cases.values() for name in found if name not in kept]


def left_out(tests: Iterable[tuple[str, str]]) -> list[tuple[str, str]]:
    """Return one of each two names that differ in their databases alone.

    Args:
        tests: names and the databases that they tell.
    """
    alike: defaultdict[str, dict[str, str]] = defaultdict(dict)
    for name, system in tests:
        alike[name.replace(system, "*", 1)][system] = name
    pairs = ((name, found) for name, found in alike.items() if len(found) == len(SYSTEMS))
    others = ((_other_than_chosen(name), found) for name, found in pairs)
    return [(found[system], system) for system, found in others]


def _other_than_chosen(name: str) -> str:
    """Tell by a test's name which database it is not run on; the same in each process."""
    return SYSTEMS[_number_of(name) % 2]


def _number_of(name: str) -> int:
    return zlib.crc32(name.encode())


def _alternates(item: pytest.Item) -> bool:
    folder = item.path.relative_to(_TESTS).parts[0] if _TESTS in item.path.parents else ""
    return folder in ALTERNATING and item.get_closest_marker("both_databases") is None


def _system_of(item: pytest.Item) -> str | None:
    """Return the database that a test's name tells, if it runs once on each."""
    parameters = getattr(item, "callspec", None)
    if parameters is None:
        return None
    named = [parameters.params[name] for name in _PARAMETERS if name in parameters.params]
    return str(named[0]) if named and named[0] in SYSTEMS else None
