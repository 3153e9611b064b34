"""The kinds of job: one entry each, which says how it differs from the others.

Rooms that know more about a kind keep their half of the entry under the same name: what a worker
runs is in worker.kinds. Code that needs to know something about a job looks up its kind here and
asks the entry; nothing compares kinds.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from store.ids import IdKind, is_id
from store.wording import with_article


@dataclass(frozen=True, kw_only=True, eq=False)
class Kind:
    """What all rooms know about a kind of job."""

    name: str
    """As stored in `jobs.kind`."""
    noun: str
    """What people call one of them."""
    plural: str
    """What people, paths and metrics call several of them."""
    id_prefix: str
    """What the ids of its jobs begin with."""
    id_field: str
    """What log lines and webhooks call the id."""
    webhook_events: Mapping[str, str] = field(default_factory=dict)
    """What webhooks are sent, by the type of event."""
    told_members: tuple[str, ...] = ()
    """The members of an event's data that webhooks may include; a traceback is not among them."""

    @property
    def a_noun(self) -> str:
        """The noun with its article."""
        return with_article(self.noun)


_kinds: dict[str, Kind] = {}
KINDS: Mapping[str, Kind] = MappingProxyType(_kinds)
"""All kinds, by their names."""


def register(kind: Kind) -> Kind:
    """Add a kind, and return it.

    Raises:
        ValueError: another one has its name or the prefix of its ids.
    """
    for other in _kinds.values():
        if kind.name == other.name or kind.id_prefix == other.id_prefix:
            raise ValueError(f"{kind.name} and {other.name} cannot be told apart")
    _kinds[kind.name] = kind
    return kind


def kind_of_id(text: str) -> Kind | None:
    """Return the kind of job that an id belongs to; None if it is not a job's."""
    return next((kind for kind in KINDS.values() if is_id(text, kind.id_prefix)), None)


def webhook_events() -> list[str]:
    """Return everything that webhooks can be sent about jobs."""
    return [event for kind in KINDS.values() for event in kind.webhook_events.values()]


SEARCH = register(
    Kind(
        name="search",
        noun="search",
        plural="searches",
        id_prefix=IdKind.SEARCH,
        id_field="search_id",
        webhook_events={
            "succeeded": "search.succeeded",
            "failed": "search.failed",
            "cancelled": "search.cancelled",
            "paused": "search.paused",
            "operations_pruned": "stage.pruned",
            "collapsed": "stage.collapsed",
        },
        told_members=(
            "code",
            "stage",
            "dropped",
            "kept",
            "least_margin",
            "signal",
            "skip_connects",
            "ends_stage",
        ),
    )
)

CHECK = register(
    Kind(
        name="check",
        noun="check",
        plural="checks",
        id_prefix=IdKind.CHECK,
        id_field="check_id",
        webhook_events={"succeeded": "check.succeeded", "failed": "check.failed"},
        told_members=("code", "dataset", "digest", "errors", "warnings"),
    )
)

EVALUATION = register(
    Kind(
        name="evaluation",
        noun="evaluation",
        plural="evaluations",
        id_prefix=IdKind.EVALUATION,
        id_field="evaluation_id",
        webhook_events={
            "succeeded": "evaluation.succeeded",
            "failed": "evaluation.failed",
            "cancelled": "evaluation.cancelled",
            "paused": "evaluation.paused",
        },
        told_members=("code", "source", "accuracy", "images", "low", "high"),
    )
)
