import json
from collections import namedtuple

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pdarts_core.genotype import (
    PRIMITIVES,
    Genotype,
    GenotypeError,
    from_dict,
    from_python,
    to_dict,
    to_python,
)
from pdarts_core.space.cells import CONCAT, EDGES


def cells() -> st.SearchStrategy[list[tuple[str, int]]]:
    operation = st.sampled_from(PRIMITIVES[1:])
    inputs = [st.tuples(operation, st.integers(0, node - 1)) for node in CONCAT for _ in range(2)]
    return st.tuples(*inputs).map(list)


def genotypes() -> st.SearchStrategy[Genotype]:
    return st.builds(
        Genotype,
        normal=cells(),
        normal_concat=st.just(list(CONCAT)),
        reduce=cells(),
        reduce_concat=st.just(list(CONCAT)),
    )


EXAMPLE = Genotype(
    normal=[("skip_connect", 0), ("sep_conv_3x3", 1)] * 4,
    normal_concat=[2, 3, 4, 5],
    reduce=[("max_pool_3x3", 0), ("dil_conv_5x5", 1)] * 4,
    reduce_concat=[2, 3, 4, 5],
)
LONG_INTEGER = "0x" + "f" * 4000
"""As text; Python writes no integer of so many digits in decimal."""


@given(genotypes())
def test_json_gives_the_genotype_back(genotype: Genotype) -> None:
    assert from_dict(json.loads(json.dumps(to_dict(genotype)))) == genotype


@given(genotypes())
def test_python_text_gives_the_genotype_back(genotype: Genotype) -> None:
    assert from_python(to_python(genotype)) == genotype


def test_python_text_runs_where_the_darts_family_defines_its_tuple() -> None:
    names = {"Genotype": namedtuple("Genotype", "normal normal_concat reduce reduce_concat")}
    built = eval(to_python(EXAMPLE), names)  # noqa: S307  the text is this project's own
    assert tuple(built) == tuple(EXAMPLE)


def test_a_range_stands_for_its_states() -> None:
    text = to_python(EXAMPLE).replace("[2, 3, 4, 5]", "range(2, 6)")
    assert from_python(text) == EXAMPLE


@pytest.mark.parametrize(
    "text",
    [
        "",
        "Genotype(",
        "print('hello')",
        "Genotype()",
        "__import__('os').system('true')",
        "Genotype(normal=__import__('os'), normal_concat=[2], reduce=[], reduce_concat=[2])",
        to_python(EXAMPLE).replace("[2, 3, 4, 5]", "range(10**12)"),
        to_python(EXAMPLE).replace("skip_connect", "none"),
        to_python(EXAMPLE).replace("('sep_conv_3x3', 1)", "('sep_conv_3x3', 5)"),
        to_python(EXAMPLE).replace("[2, 3, 4, 5]", "range(int(1e999))"),
        to_python(EXAMPLE).replace("[2, 3, 4, 5]", "range(1e999)"),
        to_python(EXAMPLE).replace("[2, 3, 4, 5]", "range(2, 6, 0)"),
        to_python(EXAMPLE).replace("[2, 3, 4, 5]", "[" + "9" * 5000 + "]"),
        to_python(EXAMPLE).replace("'skip_connect'", LONG_INTEGER, 1),
        to_python(EXAMPLE).replace("'skip_connect'", f"[{LONG_INTEGER}]", 1),
        to_python(EXAMPLE).replace("[2, 3, 4, 5]", f"[{LONG_INTEGER}]"),
        to_python(EXAMPLE)[:-1] + ", normal=[])",
        to_python(EXAMPLE)[:-1] + ", **{})",
        to_python(EXAMPLE) + "\n" + to_python(EXAMPLE),
        "import os",
        "x = y = 1",
        "\0",
        "(" * 500,
        "1+" * 4000 + "1",
        "-" * 9000 + "1",
        "not " * 2000 + "1",
        "a" + ".a" * 4000,
        "lambda: " * 1000 + "1",
        "Genotype(normal=" + "{1:" * 99 + "1" + "}" * 99 + ")",
        to_python(EXAMPLE) + " " * 10_000 + "#",
    ],
    ids=lambda text: text[:20] + text[-20:],
)
def test_other_text_is_refused(text: str) -> None:
    with pytest.raises(GenotypeError):
        from_python(text)


def test_a_name_may_be_given_to_it() -> None:
    assert from_python(f"DIGITS = {to_python(EXAMPLE)}\n") == EXAMPLE


@pytest.mark.parametrize(
    ("change", "path"),
    [
        ({"normal": [["skip_connect", 0]] * 7}, ("normal",)),
        ({"reduce": [["skip_connect", 0]] * 7 + [3]}, ("reduce", 7)),
        ({"normal": [["skip_connect", 0]] * 7 + [["none", 0]]}, ("normal", 7, 0)),
        ({"normal": [["skip_connect", 0]] * 7 + [["skip_connect", 5]]}, ("normal", 7, 1)),
        ({"normal_concat": [2, 6]}, ("normal_concat", 1)),
        ({"reduce_concat": [2, 2]}, ("reduce_concat",)),
        ({"extra": 1}, ()),
    ],
)
def test_an_error_leads_to_where_the_document_is_wrong(
    change: dict[str, object], path: tuple[str | int, ...]
) -> None:
    with pytest.raises(GenotypeError) as error:
        from_dict(to_dict(EXAMPLE) | change)
    assert error.value.path == path


@pytest.mark.parametrize(
    "change",
    [
        {"normal": []},
        {"normal": [["skip_connect", True]] * 8},
        {"normal": None},
        {"normal_concat": [1]},
        {"normal_concat": [2, 2]},
        {"extra": 1},
    ],
)
def test_other_documents_are_refused(change: dict[str, object]) -> None:
    with pytest.raises(GenotypeError):
        from_dict(to_dict(EXAMPLE) | change)


def test_a_cell_has_14_edges_in_the_order_of_its_nodes() -> None:
    assert len(EDGES) == 14
    assert [edge.source for edge in EDGES[:5]] == [0, 1, 0, 1, 2]
