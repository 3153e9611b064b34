"""Drawn cells: complete, readable by everyone, and with nothing on top of anything else."""

import re
import subprocess
import sys
from itertools import combinations

import pytest

from pdarts_core.drawing import draw_dot, draw_svg, draw_text
from pdarts_core.drawing.styles import LINE_STYLES
from pdarts_core.genotype import PRIMITIVES, GeneEntry, Genotype, GenotypeError
from pdarts_core.space.cells import CELL_KINDS, CONCAT, CellKind
from tests.support.genotypes import RELEASED, random_genotype
from tests.support.selection import is_everything_wanted
from tests.support.svg_geometry import Drawing, Line

GENOTYPES = 300 if is_everything_wanted() else 90
"""How many are drawn and measured."""

EXAMPLE = RELEASED._replace(reduce=[("max_pool_3x3", 0), ("sep_conv_5x5", 1)] * 4)
OUTPUT = 6
CLEARANCE = 3.0
LANES = {3: 0, 11: 1, 26: 2, 41: 3, 56: 4, 71: 5}
"""The terminal's columns that belong to states."""

Edge = tuple[int, int, str | None]


def edges_of(cell: list[GeneEntry], concat: list[int]) -> list[Edge]:
    operations: list[Edge] = [
        (source, CONCAT[position // 2], operation)
        for position, (operation, source) in enumerate(cell)
    ]
    return operations + [(node, OUTPUT, None) for node in concat]


def edges_in_order(genotype: Genotype) -> list[list[Edge]]:
    return [
        edges_of(genotype.normal, genotype.normal_concat),
        edges_of(genotype.reduce, genotype.reduce_concat),
    ]


class TestSvg:
    def test_every_connection_state_and_label_is_there(self) -> None:
        drawing = Drawing(draw_svg(EXAMPLE))
        for cell, edges in enumerate(edges_in_order(EXAMPLE)):
            lines = [line for line in drawing.lines if line.cell == cell]
            assert [(line.source, line.target, line.operation) for line in lines] == edges
            states = [state.text.name for state in drawing.states if state.cell == cell]
            assert sorted(states) == ["0", "1", "2", "3", "ck", "ck−1", "ck−2"]
            labels = [label for label in drawing.labels if label.cell == cell]
            assert sorted(label.text.name for label in labels) == sorted(
                operation for _, _, operation in edges if operation
            )

    @pytest.mark.parametrize("first_seed", range(0, GENOTYPES, 30))
    @pytest.mark.sampled
    def test_nothing_overlaps_in_any_genotype(self, first_seed: int) -> None:
        for seed in range(first_seed, first_seed + 30):
            check_geometry(Drawing(draw_svg(random_genotype(seed))))

    @pytest.mark.parametrize("cell", CELL_KINDS)
    def test_nothing_overlaps_where_one_cell_stands_alone(self, cell: CellKind) -> None:
        for seed in range(20):
            check_geometry(Drawing(draw_svg(random_genotype(seed), cell=cell)))

    def test_geometry_check_sees_cells_drawn_over_each_other(self) -> None:
        svg = draw_svg(EXAMPLE)
        first, second = re.findall(r"translate\([^)]*\)", svg)
        with pytest.raises(AssertionError):
            check_geometry(Drawing(svg.replace(second, first)))

    def test_geometry_check_sees_a_line_across_a_label(self) -> None:
        svg = draw_svg(EXAMPLE, cell="normal")
        place = re.search(r"M[\d.]+ [\d.]+C[^HC]*", svg)
        assert place is not None
        for label in Drawing(svg).labels[1:]:
            x, y = label.frame.left - 20, label.frame.top - 58 + 10
            with pytest.raises(AssertionError):
                check_geometry(Drawing(svg.replace(place[0], f"M{x} {y}H{x + 20}{place[0]}", 1)))

    def test_same_genotype_gives_the_same_text(self) -> None:
        script = (
            "from pdarts_core.drawing import draw_svg; from tests.support.genotypes import "
            "random_genotype; print(draw_svg(random_genotype(5)), end='')"
        )
        for hash_seed in ("1", "2"):
            drawn = subprocess.run(
                [sys.executable, "-c", script],
                env={"PYTHONHASHSEED": hash_seed, "PYTHONIOENCODING": "utf-8"},
                capture_output=True,
                encoding="utf-8",
                check=True,
            ).stdout
            assert drawn == draw_svg(random_genotype(5))

    @pytest.mark.parametrize(
        ("cell", "title"),
        [
            ("normal", "Normal cell"),
            ("reduce", "Reduction cell"),
            (None, "Normal cell and Reduction cell"),
        ],
    )
    def test_screen_reader_finds_name_and_description(
        self, cell: CellKind | None, title: str
    ) -> None:
        root = Drawing(draw_svg(EXAMPLE, cell=cell)).root
        assert root.attrib["role"] == "img"
        name, description = root[0], root[1]
        assert (name.tag.rpartition("}")[2], name.text) == ("title", title)
        assert description.tag.endswith("desc")
        if cell != "reduce":
            assert "Node 0 adds skip_connect of c_{k-2} and dil_conv_3x3 of c_{k-1}." in str(
                description.text
            )
            assert "c_{k} concatenates 0, 1, 2, 3." in str(description.text)

    def test_legend_names_the_operations_that_occur(self) -> None:
        drawing = Drawing(draw_svg(EXAMPLE, cell="reduce"))
        title, *legend = [text.name for text in drawing.loose_texts]
        assert title == "Reduction cell"
        assert legend == ["max_pool_3x3", "sep_conv_5x5", "concatenation"]

    def test_dark_page_is_served_without_being_asked_for(self) -> None:
        svg = draw_svg(EXAMPLE)
        assert "prefers-color-scheme:dark" in svg
        assert svg.count("<style>") == 1

    def test_document_leads_nowhere_and_runs_nothing(self) -> None:
        svg = draw_svg(EXAMPLE).replace('xmlns="http://www.w3.org/2000/svg"', "")
        assert not re.search(r"https?:|href|url\(|<script|<image|@import", svg)


class TestStyles:
    def test_every_operation_has_a_colour_of_its_own_and_a_line_of_its_own(self) -> None:
        assert set(LINE_STYLES) == set(PRIMITIVES[1:])
        assert len({style.paint.light for style in LINE_STYLES.values()}) == len(LINE_STYLES)
        lines = {(style.pattern, style.width) for style in LINE_STYLES.values()}
        assert len(lines) == len(LINE_STYLES)


class TestDot:
    def test_both_cells_are_clusters_with_all_their_edges(self) -> None:
        for seed in range(20):
            genotype = random_genotype(seed)
            dot = draw_dot(genotype)
            found = {
                kind: [
                    (int(source), int(target), label or None)
                    for source, target, label in re.findall(
                        rf'{kind}_(\d) -> {kind}_(\d) \[(?:label="(\w+)", )?color=', dot
                    )
                ]
                for kind in ("normal", "reduce")
            }
            assert [found["normal"], found["reduce"]] == edges_in_order(genotype)
            assert dot.count("subgraph cluster_") == 2
            assert dot.count("{") - dot.count("c_{k") == dot.count("}") - dot.count("c_{k")

    def test_one_cell_alone(self) -> None:
        assert "Normal cell" not in draw_dot(EXAMPLE, cell="reduce")


class TestText:
    def test_example(self) -> None:
        assert draw_text(EXAMPLE, cell="normal").splitlines() == [
            "Normal cell",
            "c_{k-2} c_{k-1}",
            "   ├───────┼─skip_connect▶┐",
            "   │       ├─dil_conv_3x3▶┤",
            "   │       │              0",
            "   ├───────┼──────────────┼─skip_connect▶┐",
            "   │       ├──────────────┼─sep_conv_3x3▶┤",
            "   │       │              │              1",
            "   │       └──────────────┼──────────────┼─sep_conv_3x3▶┐",
            "   │                      │              ├─sep_conv_3x3▶┤",
            "   │                      │              │              2",
            "   └──────────────────────┼──────────────┼──────────────┼─sep_conv_3x3▶┐",
            "                          │              │              ├─dil_conv_5x5▶┤",
            "                          │              │              │              3",
            "                          └──────────────┴──────────────┴──────────────┴▶ c_{k}",
        ]

    def test_every_genotype_can_be_read_back_and_fits_the_terminal(self) -> None:
        for seed in range(200):
            genotype = random_genotype(seed)
            text = draw_text(genotype)
            assert max(map(len, text.splitlines())) <= 80
            normal, reduction = text.split("\n\n")
            assert [read_back(normal), read_back(reduction)] == edges_in_order(genotype)


@pytest.mark.parametrize("draw", [draw_svg, draw_dot, draw_text])
class TestBadInput:
    def test_none_is_no_operation_of_a_genotype(self, draw: type) -> None:
        bad = EXAMPLE._replace(normal=[("none", 0), *EXAMPLE.normal[1:]])
        with pytest.raises(GenotypeError, match=r"normal\[0\]"):
            draw(bad)

    def test_name_of_an_operation_cannot_smuggle_anything_in(self, draw: type) -> None:
        bad = EXAMPLE._replace(reduce=[("<script>", 0), *EXAMPLE.reduce[1:]])
        with pytest.raises(GenotypeError, match="unknown operation"):
            draw(bad)

    def test_unknown_cell(self, draw: type) -> None:
        with pytest.raises(ValueError, match="normal, reduce"):
            draw(EXAMPLE, cell="middle")


def test_drawing_loads_no_torch() -> None:
    script = "import sys, pdarts_core.drawing; sys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", script], check=False).returncode == 0


def read_back(text: str) -> list[Edge]:
    """Read the connections of a cell from its lanes."""
    rows = [(row, re.search(r"([├└])[─┼]*(\w+)▶[┐┤]$", row)) for row in text.splitlines()]
    edges: list[Edge] = [
        (LANES[found.start()], LANES[len(row) - 1], found[2]) for row, found in rows if found
    ]
    last = text.splitlines()[-1]
    assert last.endswith("▶ c_{k}")
    return edges + [
        (LANES[column], OUTPUT, None) for column, sign in enumerate(last) if sign in "└┴"
    ]


def check_geometry(drawing: Drawing) -> None:
    """Check that labels, states, texts and lines keep clear of each other, on the page."""
    texts = [(framed.frame, framed.text) for framed in drawing.labels]
    texts += [(framed.frame, framed.text) for framed in drawing.states]
    for frame, text in texts:
        assert frame.contains(text), (frame, text)
    frames = [frame for frame, _ in texts]
    boxes = frames + drawing.loose_texts
    for box in boxes:
        assert drawing.page.contains(box), box
    for one, other in combinations(boxes, 2):
        assert not one.overlaps(other, clearance=CLEARANCE), (one, other)
    for line in drawing.lines:
        check_line(line, drawing)
    for label in drawing.labels:
        assert sum(label.frame.is_touched(line.points) for line in drawing.lines) == 1, label


def check_line(line: Line, drawing: Drawing) -> None:
    """Check that a line touches nothing on its way but its own label."""
    for state in drawing.states:
        is_end = state.cell == line.cell and state.number in (line.source, line.target)
        clearance = -1.0 if is_end else CLEARANCE
        assert not state.frame.is_touched(line.points, clearance=clearance), (line, state)
    for text in drawing.loose_texts:
        assert not text.is_touched(line.points, clearance=CLEARANCE), (line, text)
    touched = [
        (label.cell, label.source, label.target, label.operation)
        for label in drawing.labels
        if label.frame.is_touched(line.points, clearance=CLEARANCE)
    ]
    own = (line.cell, line.source, line.target, line.operation)
    assert touched == ([own] if line.operation else []), line
