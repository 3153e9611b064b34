"""Random generators: each for one purpose, all from a search's seed."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, fields

import torch
from torch import Tensor

CPU = torch.device("cpu")


def make_generator(seed: int, *purpose: str | int, device: torch.device = CPU) -> torch.Generator:
    """Return a generator whose numbers depend on the seed and on what they are for.

    So drawing more or fewer numbers for one purpose does not affect the others.
    """
    digest = hashlib.sha256(repr((seed, *purpose)).encode()).digest()
    generator = torch.Generator(device)
    generator.manual_seed(int.from_bytes(digest[:8], "big") >> 1)
    return generator


@dataclass(frozen=True, kw_only=True, eq=False)
class StageGenerators:
    """The generators of one stage, independent of what the stages before it drew."""

    initialization: torch.Generator
    weights_order: torch.Generator
    alphas_order: torch.Generator
    augmentation: torch.Generator
    dropout: torch.Generator

    @classmethod
    def of(cls, seed: int, stage: int, device: torch.device) -> "StageGenerators":
        """Make them: on the device those that training steps draw from, the others on the CPU."""
        devices = {
            "initialization": CPU,
            "weights_order": CPU,
            "alphas_order": CPU,
            "augmentation": device,
            "dropout": device,
        }
        return cls(
            **{
                purpose: make_generator(seed, "stage", stage, purpose, device=place)
                for purpose, place in devices.items()
            }
        )

    def states(self) -> dict[str, Tensor]:
        """Return a copy of each generator's state, by its name."""
        return {field.name: getattr(self, field.name).get_state() for field in fields(self)}

    def restore(self, states: Mapping[str, Tensor]) -> None:
        """Continue from saved states."""
        for field in fields(self):
            getattr(self, field.name).set_state(states[field.name])
