"""Random generators, each for one purpose and all from a search's seed."""

import hashlib

import torch

CPU = torch.device("cpu")


def make_generator(seed: int, *purpose: str | int, device: torch.device = CPU) -> torch.Generator:
    """Return a generator whose numbers depend on the seed and on what they are for.

    So drawing more or fewer numbers for one purpose does not affect the others.
    """
    digest = hashlib.sha256(repr((seed, *purpose)).encode()).digest()
    generator = torch.Generator(device)
    generator.manual_seed(int.from_bytes(digest[:8], "big") >> 1)
    return generator
