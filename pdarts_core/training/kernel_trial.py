"""Whether kernels of our own compute what PyTorch does, tried on the device that will run them.

A kernel that does not work says so; one that is wrong says nothing, and its search would look like
any other.
"""

from collections.abc import Mapping, Sequence

import torch
from torch import Tensor

from pdarts_core.config_fields import Precision
from pdarts_core.kernels.choice import use_kernels
from pdarts_core.kernels.launching import KernelFailed
from pdarts_core.training.cuda_graphs import Recordable, taken_back

_MOST_APART: Mapping[Precision, float] = {"auto": 0.05, "float32": 0.05, "tf32": 0.3, "bf16": 0.3}
"""By how much gradients may differ, as a share of their length. Kernels of our own multiply in full
float32 whatever the precision is: where PyTorch does not, only gross errors stand out."""
_PART = 4
"""The trial takes one of so many images: the form in PyTorch needs more memory."""


def refuse_wrong_kernels(
    steps: Mapping[str, Recordable], generators: Sequence[torch.Generator], precision: Precision
) -> None:
    """Take each step in both forms, compare the gradients, and undo it.

    With several processes, all come to the same answer: gradients are sums over all of them.

    Args:
        steps: by the name of what each trains; their network uses kernels of our own, and goes on
            to.
        generators: those of the device that the steps draw from.
        precision: in which the steps multiply.

    Raises:
        KernelFailed: a kernel does not work, or a gradient differs by more than rounding explains.
    """
    for name, (step, indices) in steps.items():
        few = indices[: max(2, len(indices) // _PART)]
        use_kernels(step.network, wanted=False)
        expected = _gradient(Recordable(step, few), generators)
        use_kernels(step.network, wanted=True)
        found = _gradient(Recordable(step, few), generators)
        apart, length = float((found - expected).norm()), float(expected.norm())
        # Not a number is no agreement either.
        if not apart <= _MOST_APART[precision] * length:
            raise KernelFailed(
                f"the gradient of the {name} is {apart:.2g} away from PyTorch's, whose length is "
                f"{length:.2g}"
            )


def _gradient(trial: Recordable, generators: Sequence[torch.Generator]) -> Tensor:
    step, indices = trial
    with taken_back(step, generators):
        step(indices)
        parts = [p.grad.reshape(-1) for p in step.trained if p.grad is not None]
        return torch.cat(parts).double()
