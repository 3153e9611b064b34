"""Genotypes of every shape, and P-DARTS' own."""

import json
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from pdarts_core.genotype import PRIMITIVES, GeneEntry, Genotype, from_dict
from pdarts_core.space.cells import CONCAT, INPUTS_PER_NODE

_PUBLISHED = Path(__file__).parents[1] / "pdarts_core" / "conformance" / "networks.json"


def _released() -> Genotype:
    networks = json.loads(_PUBLISHED.read_text())["networks"]
    (genotype,) = (one["genotype"] for one in networks if one["genotype_name"] == "PDARTS")
    return from_dict(genotype)


RELEASED = _released()
"""Found on CIFAR-10, and released with the published code."""
RELEASED_PARAMETERS = {"cifar": 3_433_798, "imagenet": 4_944_352}
"""Of its networks as they were published, by their stem: without the auxiliary head."""


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
