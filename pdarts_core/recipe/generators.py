"""The random generators of an evaluation: each for one purpose, all from its seed."""

from collections.abc import Mapping
from dataclasses import dataclass, fields

import torch
from torch import Tensor

from pdarts_core.stages.generators import CPU, make_generator


@dataclass(frozen=True, kw_only=True, eq=False)
class Generators:
    """On the device those that fill tensors there, the others on the CPU."""

    initialization: torch.Generator
    order: torch.Generator
    mixup: torch.Generator
    color_order: torch.Generator
    augmentation: torch.Generator
    drop_path: torch.Generator

    @classmethod
    def of(cls, seed: int, device: torch.device) -> "Generators":
        """Make them."""
        on_cpu = ("initialization", "order", "mixup", "color_order")
        return cls(
            **{
                item.name: make_generator(
                    seed, "evaluation", item.name, device=CPU if item.name in on_cpu else device
                )
                for item in fields(cls)
            }
        )

    def states(self) -> dict[str, Tensor]:
        """Return a copy of each generator's state, by its name."""
        return {item.name: getattr(self, item.name).get_state() for item in fields(self)}

    def restore(self, states: Mapping[str, Tensor]) -> None:
        """Continue from saved states."""
        for item in fields(self):
            getattr(self, item.name).set_state(states[item.name])
