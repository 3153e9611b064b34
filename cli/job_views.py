"""How jobs are shown, kind by kind."""

from collections.abc import Mapping
from typing import Any

from cli import evaluations, searches
from cli.job_view import JobView
from store.kinds import EVALUATION, SEARCH, Kind

_VIEWS: Mapping[Kind, JobView[Any, Any, Any]] = {
    SEARCH: searches.VIEW,
    EVALUATION: evaluations.VIEW,
}


def view_of(kind: Kind) -> JobView[Any, Any, Any]:
    """Return what the command line says of a kind alone."""
    return _VIEWS[kind]
