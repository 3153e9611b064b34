"""Finds the weights that an evaluation begins with, and says what of them does not fit."""

from collections.abc import Iterator

from sqlalchemy.orm import Session

from api.http.errors import InvalidRequest, NotFound
from api.http.problem import BadField, to_pointer
from api.resources.security import Caller
from api.services import weights
from api.services.evaluation_specs import CompleteEvaluation, Source
from pdarts_core.tensors.fit import PublishedWeightsError, fit
from pdarts_core.tensors.shapes import network_tensors
from store.tables import WeightsRow


def find_weights(
    session: Session, caller: Caller, complete: CompleteEvaluation, source: Source
) -> WeightsRow | None:
    """Return the weights that a spec names; None if it names none.

    In a transaction that writes, they cannot be deleted until it has ended.

    Raises:
        InvalidRequest: the caller has no such weights, or they do not fit the network.
    """
    weights_id = complete.spec.weights
    if weights_id is None:
        return None
    try:
        row = weights.find(session, caller, weights_id, to_use=True)
    except NotFound as error:
        raise InvalidRequest.at(["weights"], error.detail) from error
    differing = list(_differing(row, complete))
    if differing:
        raise InvalidRequest(differing[0].detail, errors=differing)
    config = complete.spec.config
    own = network_tensors(
        source.genotype,
        init_channels=config.init_channels,
        num_classes=complete.dataset.classes,
        layers=config.layers,
        stem=config.stem,
        auxiliary=config.auxiliary_weight > 0,
    )
    try:
        fit(own, {name: tuple(shape) for name, shape in row.shapes.items()})
    except PublishedWeightsError as error:
        detail = f"the weights are not those of this genotype's network: {error}"
        raise InvalidRequest.at(["weights"], detail) from error
    return row


def _differing(row: WeightsRow, complete: CompleteEvaluation) -> Iterator[BadField]:
    """Yield what of the network's size is another one than that of the weights."""
    config = complete.spec.config
    for name in ("stem", "layers", "init_channels"):
        has, asked = getattr(row, name), getattr(config, name)
        if has != asked:
            detail = f"the weights are of a network with {name} {has}, but here it is {asked}"
            yield BadField(pointer=to_pointer([name]), detail=detail)
    if row.num_classes != complete.dataset.classes:
        detail = (
            f"the weights tell {row.num_classes} classes apart, but data set "
            f"{complete.dataset.name!r} has {complete.dataset.classes}"
        )
        yield BadField(pointer=to_pointer(["dataset"]), detail=detail)
