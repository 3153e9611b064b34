"""Genotypes of every shape."""

from collections.abc import Iterator

import numpy as np

from pdarts_core.genotype import PRIMITIVES, GeneEntry, Genotype
from pdarts_core.space.cells import CONCAT, INPUTS_PER_NODE


def random_genotype(seed: int) -> Genotype:
    """Return a valid genotype; every fourth has parallel edges or leaves nodes out at the end."""
    generator = np.random.default_rng(seed)
    strange = seed % 4 == 0

    def cell() -> Iterator[GeneEntry]:
        for node in CONCAT:
            for source in generator.choice(node, INPUTS_PER_NODE, replace=strange):
                yield str(generator.choice(PRIMITIVES[1:])), int(source)

    def concat() -> list[int]:
        count = generator.integers(1, len(CONCAT), endpoint=True) if strange else len(CONCAT)
        return sorted(generator.choice(CONCAT, count, replace=False).tolist())

    return Genotype(list(cell()), concat(), list(cell()), concat())
