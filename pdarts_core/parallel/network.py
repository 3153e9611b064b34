"""How a network learns that it sees only a part of each batch."""

from typing import Protocol, runtime_checkable

from torch import nn

from pdarts_core.parallel.batch_share import BatchShare
from pdarts_core.parallel.shared_norm import SharedBatchNorm2d


@runtime_checkable
class Shares(Protocol):
    """A module that has to know which part of a batch it sees."""

    batch_share: BatchShare


def share_batches(network: nn.Module, share: BatchShare) -> None:
    """Make a network compute on a process' part of each batch what it would on the whole.

    Parameters and statistics stay the same tensors, under the same names.
    """
    if share.is_alone:
        return
    for module in list(network.modules()):
        if isinstance(module, Shares):
            module.batch_share = share
        for name, child in module.named_children():
            if isinstance(child, nn.BatchNorm2d):
                setattr(module, name, SharedBatchNorm2d(child, share))
