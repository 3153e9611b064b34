"""Whether searches that differ in nothing but their seed find the same cells.

    python -m benchmarks.seeds --dataset digits --preset quick --seeds 2 3 4 5 6 [--out found.jsonl]

Two genotypes agree on an entry if both have the same operation on the same edge. How many of a
cell's 8 entries two searches agree on, in the mean over all pairs, is held against as many cells
drawn at random (before the limit on skip-connects, which draws do not have either): `p` is the
share of such draws whose pairs agree on as many or more.

With --out, each result is added to a file as a line, and searches that are in it are not run again.
"""

import argparse
import json
import random
import statistics
import sys
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from itertools import combinations
from pathlib import Path

import torch

from benchmarks.hardware import describe_machine
from benchmarks.image_sets import load_images
from pdarts_core.config import PRESETS, SearchConfig
from pdarts_core.genotype import PRIMITIVES
from pdarts_core.images.dataset import ImageDataset
from pdarts_core.search import run_search
from pdarts_core.space.cells import CONCAT, EDGES, NUM_INPUTS
from pdarts_core.stages.events import GenotypesDerived

DRAWS = 20_000
"""How often as many genotypes are drawn at random."""

Cell = frozenset[tuple[int, str, int]]
"""A cell's entries: the node that reads, the operation, and what is read."""


@dataclass(frozen=True, kw_only=True)
class Found:
    """What a search found."""

    seed: int
    verdict: str
    decided: int
    undecided: int
    normal: list[tuple[str, int]]
    reduce: list[tuple[str, int]]

    @property
    def cells(self) -> tuple[Cell, Cell]:
        """The entries of both cells."""
        return entries(self.normal), entries(self.reduce)


def entries(cell: Sequence[tuple[str, int]]) -> Cell:
    """Return the entries of a cell as they are compared."""
    return frozenset(
        (CONCAT[place // NUM_INPUTS], operation, source)
        for place, (operation, source) in enumerate(cell)
    )


def search(config: SearchConfig, dataset: ImageDataset) -> Found:
    """Run a search, and tell what it found."""
    for event in run_search(config, dataset, device="cpu"):
        if isinstance(event, GenotypesDerived) and event.signal:
            found = event.genotypes[0].genotype
            return Found(
                seed=config.seed,
                verdict=event.signal.verdict,
                decided=event.signal.decided,
                undecided=event.signal.undecided,
                normal=list(found.normal),
                reduce=list(found.reduce),
            )
    raise AssertionError("the search did not end")


def run(
    config: SearchConfig, dataset: ImageDataset, seeds: Sequence[int], kept: Path | None
) -> Iterator[Found]:
    """Run the searches that are not in the file, and yield all."""
    lines = kept.read_text().splitlines() if kept is not None and kept.exists() else []
    known = {found.seed: found for found in (Found(**json.loads(line)) for line in lines)}
    for seed in seeds:
        found = known.get(seed) or search(replace(config, seed=seed), dataset)
        if kept is not None and seed not in known:
            with kept.open("a") as file:
                file.write(json.dumps(asdict(found)) + "\n")
        yield found


def draw_cell(chance: random.Random) -> Cell:
    """Return a cell drawn at random: two inputs a node, an operation on each."""
    drawn = []
    for node in CONCAT:
        sources = [start for start, end in EDGES if end == node]
        drawn += [
            (node, chance.choice(PRIMITIVES[1:]), source)
            for source in chance.sample(sources, NUM_INPUTS)
        ]
    return frozenset(drawn)


def agreement(cells: Sequence[Cell]) -> float:
    """Return how many entries two of the cells have in common, in the mean over all pairs."""
    return statistics.fmean(len(one & other) for one, other in combinations(cells, 2))


@dataclass(frozen=True, kw_only=True)
class Comparison:
    """Searches against as many genotypes drawn at random."""

    searches: float
    """Entries of a cell that two of them agree on, in the mean over all pairs."""
    random: float
    """The same for what was drawn."""
    p: float
    """The share of the draws that agree as much as the searches, or more."""


def compare(cells: Sequence[Cell], *, draws: int = DRAWS, seed: int = 0) -> Comparison:
    """Hold the agreement of cells against that of as many drawn at random, again and again."""
    chance = random.Random(seed)  # noqa: S311  no secret
    reached = agreement(cells)
    drawn = [agreement([draw_cell(chance) for _ in cells]) for _ in range(draws)]
    # The searches themselves are one of the draws that agree as much.
    as_much = 1 + sum(one >= reached for one in drawn)
    return Comparison(
        searches=reached, random=statistics.fmean(drawn), p=as_much / (1 + len(drawn))
    )


def show(found: Sequence[Found]) -> None:
    """Print what each search found, and how far they agree."""
    print("| seed | verdict | decided | normal cell | reduction cell |")
    print("| ---: | --- | ---: | --- | --- |")
    for one in found:
        cells = (
            " ".join(f"{name}←{source}" for name, source in c) for c in (one.normal, one.reduce)
        )
        total = one.decided + one.undecided
        print(f"| {one.seed} | {one.verdict} | {one.decided} of {total} | {' | '.join(cells)} |")
    print("\n| cell | entries of 8 that two agree on | drawn at random | p |")
    print("| --- | ---: | ---: | ---: |")
    for name, kind in (("normal", 0), ("reduction", 1)):
        result = compare([one.cells[kind] for one in found])
        print(f"| {name} | {result.searches:.2f} | {result.random:.2f} | {result.p:.3f} |")


def main() -> int:
    """Run what is asked for and print two tables."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--dataset", default="digits")
    parser.add_argument("--data-dir", type=Path, default=Path("data"))
    parser.add_argument("--image-size", type=int)
    parser.add_argument("--preset", default="quick", choices=PRESETS)
    parser.add_argument("--seeds", type=int, nargs="+", default=[2, 3, 4, 5, 6])
    parser.add_argument("--out", type=Path)
    options = parser.parse_args()
    if len(options.seeds) < 2:
        parser.error("agreement takes two seeds or more")
    torch.set_num_threads(1)
    print(describe_machine())
    dataset = load_images(
        options.dataset, data_dir=options.data_dir, image_size=options.image_size, max_images=None
    )
    show(list(run(PRESETS[options.preset], dataset, options.seeds, options.out)))
    return 0


if __name__ == "__main__":
    sys.exit(main())
