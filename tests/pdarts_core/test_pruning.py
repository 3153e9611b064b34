"""Pruning and the derivation of genotypes: the figures that decide, and the rules in general."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from pdarts_core.genotype import PRIMITIVES, DerivedGenotype, Genotype, count_skip_connects
from pdarts_core.pruning import (
    derive_cells,
    derive_genotypes,
    dropped_operations,
    edge_weights,
    prune,
    prune_last,
    recommend,
    weighted,
)
from pdarts_core.space.alphas import alpha_table, probabilities
from pdarts_core.space.cells import CONCAT, EDGES, CellPair, KeptOperations, all_operations
from pdarts_core.space.operations import NONE, SKIP_CONNECT

CASES = json.loads((Path(__file__).parent / "conformance" / "pruning.json").read_text())["cases"]
DROPS = (3, 2)


def rows(kept: KeptOperations, **shares: float) -> list[list[float]]:
    """Alphas that are 0 but for the named operations, the same on every edge."""
    return [[shares.get(operation, 0.0) for operation in operations] for operations in kept]


def with_operations(*operations: str) -> KeptOperations:
    return [list(operations) for _ in EDGES]


def random_kept(count: int) -> st.SearchStrategy[KeptOperations]:
    edge = st.sets(st.sampled_from(PRIMITIVES), min_size=count, max_size=count)
    return st.lists(
        edge.map(lambda chosen: sorted(chosen, key=PRIMITIVES.index)),
        min_size=len(EDGES),
        max_size=len(EDGES),
    )


def random_alphas(count: int, values: st.SearchStrategy[float]) -> st.SearchStrategy[Any]:
    row = st.lists(values, min_size=count, max_size=count)
    return st.lists(row, min_size=len(EDGES), max_size=len(EDGES))


FINITE = st.floats(-1e6, 1e6) | st.sampled_from([0.0, 1.0, -1e300, 1e300])


@pytest.mark.parametrize("case", CASES, ids=range(len(CASES)))
@pytest.mark.parametrize("cell", ["normal", "reduce"])
def test_pruning_agrees_with_the_published_search(case: dict[str, Any], cell: str) -> None:
    kept = all_operations()
    for stage, num_to_drop in zip(case["stages"], DROPS, strict=False):
        kept = prune(kept, stage[f"alphas_{cell}"], num_to_drop)
        assert kept == stage[f"kept_{cell}"]


@pytest.mark.parametrize("case", CASES, ids=range(len(CASES)))
def test_genotypes_agree_with_the_published_search(case: dict[str, Any]) -> None:
    kept, last = case["stages"][1], case["stages"][2]
    derived = derive_genotypes(
        kept["kept_normal"], kept["kept_reduce"], last["alphas_normal"], last["alphas_reduce"]
    )
    assert [document(limit, genotype) for limit, genotype in derived] == case["genotypes"]


def document(limit: int | None, genotype: Genotype) -> dict[str, Any]:
    return {
        "skip_limit": limit,
        "skip_connects": count_skip_connects(genotype.normal),
        "normal": [list(entry) for entry in genotype.normal],
        "normal_concat": genotype.normal_concat,
        "reduce": [list(entry) for entry in genotype.reduce],
        "reduce_concat": genotype.reduce_concat,
    }


def test_there_are_24_published_cases() -> None:
    assert len(CASES) == 24


@given(random_alphas(8, FINITE), st.integers(1, 7))
def test_pruning_keeps_the_most_probable_operations(
    alphas: list[list[float]], num_to_drop: int
) -> None:
    kept = prune(all_operations(), alphas, num_to_drop)
    for operations, row in zip(kept, alphas, strict=True):
        assert len(operations) == len(PRIMITIVES) - num_to_drop
        assert operations == sorted(operations, key=PRIMITIVES.index)
        strength = dict(zip(PRIMITIVES, row, strict=True))
        probable = sum(np.exp(value - max(row)) > 1e-3 for value in row)
        strongest = sorted(row, reverse=True)[: min(probable, len(operations))]
        assert sorted((strength[name] for name in operations), reverse=True)[
            : len(strongest)
        ] == pytest.approx(strongest, abs=1e-9)


def test_the_first_of_equally_probable_operations_is_dropped_first() -> None:
    kept = prune(all_operations(), rows(all_operations()), 3)
    assert kept == with_operations(*PRIMITIVES[3:])


def test_none_is_dropped_like_any_other_before_the_last_stage() -> None:
    kept = prune(all_operations(), rows(all_operations(), none=1.0), 7)
    assert kept == with_operations(NONE)


def test_the_last_stage_never_keeps_none() -> None:
    operations = with_operations(NONE, "avg_pool_3x3", "sep_conv_3x3")
    assert prune_last(operations, rows(operations, none=9.0, avg_pool_3x3=1.0)) == with_operations(
        "avg_pool_3x3"
    )


@given(
    random_kept(3),
    random_kept(3),
    random_alphas(3, FINITE),
    random_alphas(3, FINITE),
)
def test_any_alphas_give_whole_genotypes_for_every_skip_limit(
    kept_normal: KeptOperations,
    kept_reduce: KeptOperations,
    alphas_normal: list[list[float]],
    alphas_reduce: list[list[float]],
) -> None:
    derived = derive_genotypes(kept_normal, kept_reduce, alphas_normal, alphas_reduce)
    first, *restricted = derived
    assert first[0] is None
    unrestricted = count_skip_connects(first[1].normal)
    assert [limit for limit, _ in restricted] == list(range(unrestricted - 1, -1, -1))
    for limit, genotype in derived:
        assert_is_whole(genotype.normal, kept_normal)
        assert_is_whole(genotype.reduce, kept_reduce)
        assert genotype.reduce == first[1].reduce
        assert limit is None or count_skip_connects(genotype.normal) <= limit


def assert_is_whole(cell: list[tuple[str, int]], kept: KeptOperations) -> None:
    for position, node in enumerate(CONCAT):
        pair = cell[2 * position : 2 * position + 2]
        assert len({source for _, source in pair}) == 2
        for operation, source in pair:
            assert operation != NONE
            assert operation in kept[EDGES.index((source, node))]


@given(random_kept(3), random_alphas(3, FINITE))
def test_the_rule_serves_one_kind_of_cell_like_the_other(
    kept: KeptOperations, alphas: list[list[float]]
) -> None:
    derived = derive_genotypes(kept, kept, alphas, alphas)
    cells = list(derive_cells(kept, alphas))
    assert cells == [(limit, genotype.normal) for limit, genotype in derived]
    assert all(genotype.reduce == cells[0][1] for _, genotype in derived)


@given(random_kept(2), random_alphas(2, FINITE))
def test_a_limit_that_no_cell_can_hold_is_not_listed(
    kept: KeptOperations, alphas: list[list[float]]
) -> None:
    derived = derive_genotypes(kept, kept, alphas, alphas)
    for limit, genotype in derived:
        assert_is_whole(genotype.normal, kept)
        assert limit is None or count_skip_connects(genotype.normal) <= limit


def test_an_edge_without_another_operation_keeps_its_skip_connect() -> None:
    kept = with_operations(NONE, SKIP_CONNECT)
    derived = derive_genotypes(kept, kept, rows(kept), rows(kept))
    assert [(limit, count_skip_connects(g.normal)) for limit, g in derived] == [(None, 8)]


def test_of_equally_strong_edges_the_later_ones_stay() -> None:
    kept = with_operations("avg_pool_3x3", "sep_conv_3x3", "dil_conv_3x3")
    ((_, genotype),) = derive_genotypes(kept, kept, rows(kept), rows(kept))
    assert [source for _, source in genotype.normal] == [0, 1, 1, 2, 2, 3, 3, 4]


def test_the_weakest_skip_connect_goes_first_and_its_edge_keeps_the_next_best() -> None:
    kept = with_operations(SKIP_CONNECT, "sep_conv_3x3", "dil_conv_3x3")
    alphas = rows(kept, skip_connect=5.0, sep_conv_3x3=1.0)
    alphas[1][0] = 4.0
    derived = dict(derive_genotypes(kept, kept, alphas, alphas))
    assert derived[7].normal[:2] == [(SKIP_CONNECT, 0), ("sep_conv_3x3", 1)]


@pytest.mark.parametrize("convert", [np.array, torch.tensor, lambda v: torch.tensor(v).float()])
def test_arrays_and_tensors_serve_as_alphas(convert: Any) -> None:
    alphas = rows(all_operations(), sep_conv_3x3=1.0, none=2.0)
    assert prune(all_operations(), convert(alphas), 6) == with_operations(NONE, "sep_conv_3x3")


def test_parameters_that_require_gradients_serve_as_alphas() -> None:
    alphas = torch.nn.Parameter(torch.tensor(rows(all_operations(), none=2.0)))
    assert prune(all_operations(), alphas, 7) == with_operations(NONE)


@pytest.mark.parametrize(
    "alphas",
    [
        rows(all_operations())[1:],
        [row[1:] for row in rows(all_operations())],
        rows(all_operations(), none=float("nan")),
        rows(all_operations(), none=float("inf")),
    ],
    ids=["an edge missing", "an operation missing", "nan", "infinite"],
)
def test_alphas_that_do_not_fit_are_refused(alphas: list[list[float]]) -> None:
    with pytest.raises(ValueError, match="alpha"):
        prune(all_operations(), alphas, 3)


@pytest.mark.parametrize("num_to_drop", [-1, 8])
def test_an_edge_cannot_be_emptied_or_grow(num_to_drop: int) -> None:
    with pytest.raises(ValueError, match="cannot stay"):
        prune(all_operations(), rows(all_operations()), num_to_drop)


def test_an_edge_with_none_alone_has_no_genotype() -> None:
    kept = with_operations(NONE)
    with pytest.raises(ValueError, match="nothing but"):
        derive_genotypes(kept, kept, rows(kept), rows(kept))


def test_dropped_operations_are_reported_with_probability_and_margin() -> None:
    before = with_operations("max_pool_3x3", "skip_connect", "sep_conv_3x3")
    alphas = [[float(np.log(share)) for share in (0.1, 0.2, 0.7)] for _ in EDGES]
    after = prune(before, alphas, 2)
    dropped = dropped_operations(before, after, alphas)
    assert len(dropped) == 2 * len(EDGES)
    assert [d.edge for d in dropped[:2]] == [EDGES[0], EDGES[0]]
    assert [d.operation for d in dropped[:2]] == ["max_pool_3x3", "skip_connect"]
    assert [d.probability for d in dropped[:2]] == pytest.approx([0.1, 0.2])
    assert [d.margin for d in dropped[:2]] == pytest.approx([0.6, 0.5])


@given(random_kept(3), random_alphas(3, FINITE))
def test_the_probabilities_of_an_edge_add_up_to_one(
    kept: KeptOperations, alphas: list[list[float]]
) -> None:
    shares = probabilities(kept, alphas)
    assert [list(edge) for edge in shares] == kept
    assert [sum(edge.values()) for edge in shares] == pytest.approx([1.0] * len(EDGES))


def test_a_tie_has_no_margin() -> None:
    before = with_operations("max_pool_3x3", "skip_connect")
    after = prune(before, rows(before), 1)
    assert {d.margin for d in dropped_operations(before, after, rows(before))} == {0.0}


def test_a_genotypes_edge_weights_are_its_operations_shares() -> None:
    kept = CellPair(normal=all_operations(), reduce=all_operations())
    rising = [[0.1 * edge * place for place in range(len(PRIMITIVES))] for edge in range(1, 15)]
    falling = [row[::-1] for row in rising]
    alphas = CellPair(normal=alpha_table(rising), reduce=alpha_table(falling))
    _, genotype = derive_genotypes(kept.normal, kept.reduce, alphas.normal, alphas.reduce)[0]

    derived = weighted(None, genotype, kept, alphas)

    for kind, weights in derived.edge_weights.items():
        cell = genotype.normal if kind == "normal" else genotype.reduce
        assert weights == edge_weights(cell, getattr(kept, kind), getattr(alphas, kind))
    assert derived.edge_weights.normal != derived.edge_weights.reduce


def derived_with(*skips: int) -> list[DerivedGenotype]:
    """An unrestricted genotype with `skips[0]` skip-connects, and one for each later count."""
    limits = [None, *skips[1:]]
    return [
        DerivedGenotype(
            skip_limit=limit,
            genotype=Genotype(
                [(SKIP_CONNECT if i < count else "sep_conv_3x3", i % 2) for i in range(8)],
                list(CONCAT),
                [("sep_conv_3x3", i % 2) for i in range(8)],
                list(CONCAT),
            ),
            edge_weights=CellPair(normal=[], reduce=[]),
        )
        for limit, count in zip(limits, skips, strict=True)
    ]


@pytest.mark.parametrize(
    ("skips", "limit", "chosen"),
    [
        ((4, 3, 2, 1, 0), 2, 2),
        ((2, 1, 0), 2, None),
        ((1, 0), 2, None),
        ((8, 7, 6), 2, 6),
        ((3, 2, 1, 0), 8, None),
        ((3, 2, 1, 0), 0, 0),
    ],
)
def test_the_recommended_genotype_holds_at_the_limit(
    skips: tuple[int, ...], limit: int, chosen: int | None
) -> None:
    assert recommend(derived_with(*skips), limit).skip_limit == chosen


def test_genotypes_are_derived_without_torch() -> None:
    program = "import sys, pdarts_core.pruning; assert 'torch' not in sys.modules"
    subprocess.run([sys.executable, "-c", program], check=True)
