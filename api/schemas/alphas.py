"""The alphas of a stage through its epochs."""

from collections.abc import Sequence

from api.http.bodies import Body, described
from api.schemas.stages import Switches
from pdarts_core.genotype import count_skip_connects
from pdarts_core.pruning import derive_cells
from store.tables import Epoch, Stage


class EpochAlphas(Body):
    """The alphas at the end of an epoch, before the softmax: 14 edges × the operations alive."""

    epoch: int = described("Epoch of the stage, counted from 1")
    normal: list[list[float]] = described("Alphas of the normal cell")
    reduce: list[list[float]] = described("Alphas of the reduction cell")
    skip_connects: int = described(
        "Skip-connects in the normal cell of the unrestricted genotype that these alphas give"
    )


class StageAlphas(Body):
    """The alphas of a stage."""

    stage: int = described("Counted from 1")
    kept_normal: Switches = described("The operations that the columns of `normal` stand for")
    kept_reduce: Switches = described("The operations that the columns of `reduce` stand for")
    data: list[EpochAlphas] = described("The epochs that have finished, in order")


def stage_alphas(stage: Stage, epochs: Sequence[Epoch]) -> StageAlphas:
    """Return what clients are shown of the alphas of a stage."""
    return StageAlphas(
        stage=stage.stage,
        kept_normal=stage.kept_normal,
        kept_reduce=stage.kept_reduce,
        data=[_epoch_alphas(stage, epoch) for epoch in epochs],
    )


def _epoch_alphas(stage: Stage, epoch: Epoch) -> EpochAlphas:
    _, unrestricted = next(derive_cells(stage.kept_normal, epoch.alphas_normal))
    return EpochAlphas(
        epoch=epoch.epoch,
        normal=[list(row) for row in epoch.alphas_normal],
        reduce=[list(row) for row in epoch.alphas_reduce],
        skip_connects=count_skip_connects(unrestricted),
    )
