"""Files of weights that owners send. Every query is bounded by the caller."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.orm import Session, undefer

from api.http.errors import NotFound, RequestInFlight, TooManyWeights, WeightsInUse
from api.resources.security import Caller
from api.resources.weights_reader import ReadWeights
from pdarts_core.tensors.layout import Recognised
from store.ids import IdKind, new_id
from store.locks import lock_owner
from store.states import FINAL_STATES
from store.tables import Evaluation, Job, WeightsRow

_STATISTICS = (".running_mean", ".running_var")
_HEAD = "auxiliary_head."
_SUFFIXES = {"safetensors": "safetensors", "torch": "pt"}


@dataclass(frozen=True, kw_only=True)
class NewWeights:
    """A file that nobody has sent before, and what it holds."""

    id: str
    sha256: str
    bytes: int
    read: ReadWeights
    recognised: Recognised

    @property
    def key(self) -> str:
        """Where the file goes, among the artifacts."""
        return f"{self.id}/{self.sha256}.{_SUFFIXES[self.read.form]}"


@dataclass(frozen=True, kw_only=True)
class SentWeights:
    """A file that came with a request."""

    name: str | None
    sha256: str
    new: NewWeights | None
    """What will be kept of it; None for a file that its owner had sent before."""


def new_weights(sha256: str, size: int, read: ReadWeights, recognised: Recognised) -> NewWeights:
    """Return a file under a new id."""
    weights_id = new_id(IdKind.WEIGHTS)
    return NewWeights(id=weights_id, sha256=sha256, bytes=size, read=read, recognised=recognised)


def key_of(session: Session, caller: Caller, sha256: str) -> str | None:
    """Return where a file is, among the artifacts; None if the caller has not sent it before."""
    same = _same(session, caller, sha256)
    return None if same is None else same.key


def count_bytes(session: Session, caller: Caller) -> int:
    """Return how many bytes the caller's files take."""
    taken = select(func.sum(WeightsRow.bytes)).where(WeightsRow.owner == caller.owner)
    return int(session.scalar(taken) or 0)


def check_room(session: Session, caller: Caller, more: int, most: int) -> None:
    """Refuse a file that the caller has no room for; 0 means no limit.

    Raises:
        TooManyWeights: names the figures.
    """
    if not most:
        return
    taken = count_bytes(session, caller)
    if taken + more > most:
        raise TooManyWeights(
            f"your files of weights take {taken:,} bytes of at most {most:,}, and this one "
            f"{more:,} more; delete some first"
        )


def add(
    session: Session, caller: Caller, sent: SentWeights, most_bytes: int
) -> tuple[WeightsRow, bool]:
    """Write a file's row, unless the caller has sent it before; and tell whether it is new.

    Raises:
        TooManyWeights: the caller has no room for it.
        RequestInFlight: it was there when it came, and was deleted meanwhile.
    """
    lock_owner(session, caller.owner)
    earlier = _same(session, caller, sent.sha256)
    if earlier is not None:
        return earlier, False
    new = sent.new
    if new is None:
        raise RequestInFlight(
            "the file was there, and was just deleted; send it again", headers={"Retry-After": "1"}
        )
    check_room(session, caller, new.bytes, most_bytes)
    found = new.recognised
    row = WeightsRow(
        id=new.id,
        owner=caller.owner,
        name=sent.name,
        key=new.key,
        sha256=new.sha256,
        bytes=new.bytes,
        form=new.read.form,
        layout=found.layout,
        parameters=_parameters(new.read),
        tensors=len(new.read.shapes),
        stem=found.stem,
        init_channels=found.init_channels,
        layers=found.layers,
        num_classes=found.num_classes,
        auxiliary=found.auxiliary,
        shapes={name: list(shape) for name, shape in new.read.shapes.items()},
    )
    session.add(row)
    session.flush()
    session.refresh(row)
    return row, True


def list_weights(
    session: Session, caller: Caller, *, after: str | None, limit: int
) -> Sequence[WeightsRow]:
    """Return the caller's, the newest first, from after the one with this id."""
    mine = select(WeightsRow).where(WeightsRow.owner == caller.owner)
    if after is not None:
        mine = mine.where(WeightsRow.id < after)
    return session.scalars(mine.order_by(WeightsRow.id.desc()).limit(limit)).all()


def find(session: Session, caller: Caller, weights_id: str, *, to_use: bool = False) -> WeightsRow:
    """Return one of the caller's.

    Args:
        session: a reading or a writing one.
        caller: whose it is.
        weights_id: which.
        to_use: whether its shapes are wanted too, and it must stay until the transaction has ended.

    Raises:
        NotFound: there is none with this id.
    """
    mine = select(WeightsRow).where(WeightsRow.owner == caller.owner, WeightsRow.id == weights_id)
    if to_use:
        lock_owner(session, caller.owner)
        mine = mine.options(undefer(WeightsRow.shapes))
    row = session.scalar(mine)
    if row is None:
        raise NotFound(f"there are no weights {weights_id}")
    return row


def remove(session: Session, caller: Caller, weights_id: str) -> None:
    """Delete one.

    Raises:
        NotFound: there is none with this id.
        WeightsInUse: an evaluation that has not ended begins with it.
    """
    lock_owner(session, caller.owner)
    row = find(session, caller, weights_id)
    users = (
        select(Job.id)
        .join(Evaluation, Evaluation.id == Job.id)
        .where(Evaluation.weights_id == weights_id, Job.state.not_in(FINAL_STATES))
    )
    user = session.scalar(users.limit(1))
    if user is not None:
        raise WeightsInUse(f"{user} begins with them, and has not ended; cancel it first")
    session.delete(row)


def _same(session: Session, caller: Caller, sha256: str) -> WeightsRow | None:
    mine = select(WeightsRow).where(WeightsRow.owner == caller.owner, WeightsRow.sha256 == sha256)
    row: WeightsRow | None = session.scalar(mine)
    return row


def _parameters(read: ReadWeights) -> int:
    """Count what training changes, without the auxiliary head, as published tables do."""
    return sum(
        math.prod(shape)
        for name, shape in read.shapes.items()
        if not name.endswith(_STATISTICS) and _HEAD not in name
    )
