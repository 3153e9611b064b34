"""The kinds of job that this software can run."""

from collections.abc import Mapping
from types import MappingProxyType

from store.kinds import EVALUATION, KINDS, SEARCH
from worker.kinds.evaluation.rank import follow as follow_evaluation
from worker.kinds.evaluation.results import RESULTS as EVALUATION_RESULTS
from worker.kinds.evaluation.work import EvaluationWork
from worker.kinds.failures import failure_of
from worker.kinds.light import LIGHT_KINDS
from worker.kinds.search.rank import follow as follow_search
from worker.kinds.search.work import SearchWork
from worker.work import WorkerKind

_kinds: dict[str, WorkerKind] = {}
WORKER_KINDS: Mapping[str, WorkerKind] = MappingProxyType(_kinds)
"""All of them, by their names."""


def register(kind: WorkerKind) -> WorkerKind:
    """Add what a worker does for a kind of job, and return it.

    Raises:
        ValueError: no other room knows this kind, or it is registered already.
    """
    if kind.kind.name not in KINDS or kind.kind.name in _kinds:
        raise ValueError(f"{kind.kind.name} is unknown, or registered twice")
    _kinds[kind.kind.name] = kind
    return kind


register(WorkerKind(kind=SEARCH, prepare=SearchWork, failure_of=failure_of, follow=follow_search))
for _kind in LIGHT_KINDS.values():
    register(_kind)
register(
    WorkerKind(
        kind=EVALUATION,
        prepare=EvaluationWork,
        failure_of=failure_of,
        follow=follow_evaluation,
        results=EVALUATION_RESULTS,
    )
)
