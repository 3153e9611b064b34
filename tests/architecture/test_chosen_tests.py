"""What `make test` leaves to `make test-all`: the other database, and cases of the same kind."""

from tests.support.selection import SYSTEMS, all_but_one_case, left_out

NAMES = [f"tests/faults/test_it.py::test_{number}" for number in range(50)]
TWICE = [(f"{name}[{system}-1]", system) for name in NAMES for system in SYSTEMS]


def test_each_runs_on_one_of_the_two() -> None:
    left = left_out(TWICE)
    assert {name.partition("[")[0] for name, _ in left} == set(NAMES)
    assert len(left) == len(NAMES)


def test_each_database_has_its_share() -> None:
    systems = [system for _, system in left_out(TWICE)]
    assert all(systems.count(system) > len(NAMES) / 4 for system in SYSTEMS)


def test_what_is_there_for_one_database_alone_runs() -> None:
    """Because the test is made for it, or because it was asked for by its name."""
    assert left_out([test for test in TWICE if test[1] == "postgresql"]) == []


def test_the_same_are_chosen_whatever_else_runs() -> None:
    assert set(left_out(TWICE[::-1])) == set(left_out(TWICE))
    assert set(left_out(TWICE[:10])) == set(left_out(TWICE)) & set(TWICE[:10])


def test_of_cases_that_are_sampled_one_runs() -> None:
    cases = [f"{name}[{case}]" for name in NAMES for case in "abc"]
    left = set(all_but_one_case(cases))
    assert left == set(all_but_one_case(cases[::-1]))
    run = [name for name in cases if name not in left]
    assert [name.partition("[")[0] for name in run] == NAMES
    assert {name[-2] for name in run} == set("abc")
