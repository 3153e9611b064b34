"""What a search has produced so far."""

from collections.abc import Collection, Sequence

from sqlalchemy import func, select
from sqlalchemy.orm import Session, defer

from api.http.errors import NotFound
from store.tables import Epoch, Search, Stage

_MORE_THAN_EPOCHS = 100_000
"""A stage has fewer, so that stage and epoch make one number to sort by."""


def list_stages(session: Session, search: Search) -> Sequence[Stage]:
    """Return the stages that have begun."""
    rows = select(Stage).where(Stage.search_id == search.id).order_by(Stage.stage)
    return session.scalars(rows).all()


def find_stage(session: Session, search: Search, number: int) -> Stage:
    """Return a stage, counted from 1.

    Raises:
        NotFound: the search has no such stage, or has not come to it.
    """
    stages = len(search.job.spec["stages"])
    if not 1 <= number <= stages:
        raise NotFound(f"there is no stage {number}; the search has {stages}")
    stage = session.get(Stage, (search.id, number))
    if stage is None:
        raise NotFound(f"stage {number} has not started yet")
    return stage


def last_epoch(session: Session, stage: Stage) -> Epoch | None:
    """Return the newest epoch of a stage; None before the first has ended."""
    rows = select(Epoch).where(Epoch.search_id == stage.search_id, Epoch.stage == stage.stage)
    return session.scalars(rows.order_by(Epoch.epoch.desc()).limit(1)).first()


def last_measured(session: Session, search_ids: Collection[str]) -> dict[str, Epoch]:
    """Return the newest epoch of each search that measured the second half, without alphas."""
    is_measured = Epoch.search_id.in_(search_ids) & Epoch.valid_accuracy.is_not(None)
    place = Epoch.stage * _MORE_THAN_EPOCHS + Epoch.epoch
    newest = (
        select(Epoch.search_id, func.max(place).label("place"))
        .where(is_measured)
        .group_by(Epoch.search_id)
        .subquery()
    )
    rows = select(Epoch).join(
        newest, (Epoch.search_id == newest.c.search_id) & (place == newest.c.place)
    )
    without_alphas = defer(Epoch.alphas_normal), defer(Epoch.alphas_reduce)
    found = session.scalars(rows.where(is_measured).options(*without_alphas))
    return {epoch.search_id: epoch for epoch in found}


def list_epochs(
    session: Session,
    search: Search,
    *,
    stage: int | None = None,
    after: tuple[int, int] | None = None,
    limit: int | None = None,
) -> Sequence[Epoch]:
    """Return the epochs of a stage, or of all, without their alphas.

    Args:
        session: that reads.
        search: whose epochs.
        stage: only those of this stage.
        after: only those after this stage and epoch.
        limit: so many at most.
    """
    rows = select(Epoch).where(Epoch.search_id == search.id)
    if stage is not None:
        rows = rows.where(Epoch.stage == stage)
    if after is not None:
        last_stage, last_epoch = after
        later = (Epoch.stage == last_stage) & (Epoch.epoch > last_epoch)
        rows = rows.where((Epoch.stage > last_stage) | later)
    without_alphas = defer(Epoch.alphas_normal), defer(Epoch.alphas_reduce)
    rows = rows.order_by(Epoch.stage, Epoch.epoch).limit(limit).options(*without_alphas)
    return session.scalars(rows).all()


def list_alphas(session: Session, stage: Stage, epoch: int | None) -> Sequence[Epoch]:
    """Return the epochs of a stage with their alphas, or one of them."""
    rows = select(Epoch).where(Epoch.search_id == stage.search_id, Epoch.stage == stage.stage)
    if epoch is not None:
        rows = rows.where(Epoch.epoch == epoch)
    return session.scalars(rows.order_by(Epoch.epoch)).all()
