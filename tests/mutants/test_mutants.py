"""Every mutant fits the source as it is; that tests notice them, `make mutants` shows."""

import ast
from pathlib import Path

import pytest

from tests.mutants.catalogue import MUTANTS
from tests.mutants.mutant import Mutant

ROOT = Path(__file__).parents[2]


def by_name(mutant: Mutant) -> str:
    return mutant.name


@pytest.mark.parametrize("mutant", MUTANTS, ids=by_name)
def test_it_changes_the_source_into_a_program(mutant: Mutant) -> None:
    mutated = mutant.mutate(ROOT)
    assert ast.dump(ast.parse(mutated)) != ast.dump(ast.parse((ROOT / mutant.file).read_text()))


@pytest.mark.parametrize("mutant", MUTANTS, ids=by_name)
def test_its_test_is_there(mutant: Mutant) -> None:
    file, *classes, function = mutant.test.split("::")
    body = ast.parse((ROOT / file).read_text()).body
    for name in classes:
        (found,) = [part for part in body if isinstance(part, ast.ClassDef) and part.name == name]
        body = found.body
    functions = [part.name for part in body if isinstance(part, ast.FunctionDef)]
    assert function.partition("[")[0] in functions


def test_no_two_are_named_alike() -> None:
    assert len({mutant.name for mutant in MUTANTS}) == len(MUTANTS)
