"""The commands that are the same for every kind of job, from show to logs."""

from typing import Annotated

import typer

from cli.options import JsonOption
from store.kinds import Kind

_MOVES = {
    "cancel": "Cancel {jobs}: at once if they are waiting, within seconds if they are running.",
    "pause": "Pause {jobs} and save a checkpoint.",
    "resume": "Queue paused {jobs} again. They continue from their last checkpoint.",
    "retry": "Queue failed {jobs} again. They continue from their last checkpoint.",
}
_SHOW = "Show {a_job}: its spec, status and progress, and its figures once it has ended."
_WATCH = "Watch {a_job} until it has ended; Ctrl-C leaves it running. --json prints its events."
_LOGS = "Print what happened to {a_job}, with the traceback if it failed. --json prints events."


def add_job_commands(app: typer.Typer, kind: Kind) -> None:
    """Add them for a kind."""
    _add_for_one(app, kind, "show", _SHOW)
    _add_for_one(app, kind, "watch", _WATCH)
    for move, told in _MOVES.items():
        _add_move(app, kind, move, told.format(jobs=kind.plural))
    _add_delete(app, kind)
    _add_for_one(app, kind, "logs", _LOGS)


def job_argument(kind: Kind) -> typer.models.ArgumentInfo:
    """Return the argument that names a job."""
    argument: typer.models.ArgumentInfo = typer.Argument(
        metavar=kind.noun.upper(), help=f"The {kind.noun}'s id."
    )
    return argument


def _jobs_argument(kind: Kind) -> typer.models.ArgumentInfo:
    argument: typer.models.ArgumentInfo = typer.Argument(
        metavar=f"{kind.noun.upper()}...", help=f"The {kind.plural}' ids."
    )
    return argument


def _add_for_one(app: typer.Typer, kind: Kind, name: str, told: str) -> None:
    """Add a command about one job; `cli.jobs` does it, in the function of the same name."""

    @app.command(name, help=told.format(a_job=kind.a_noun))
    def _command(found: Annotated[str, job_argument(kind)], as_json: JsonOption = False) -> None:
        from cli import jobs

        getattr(jobs, name)(kind, found, as_json=as_json)


def _add_move(app: typer.Typer, kind: Kind, move: str, told: str) -> None:
    @app.command(move, help=told)
    def _command(
        found: Annotated[list[str], _jobs_argument(kind)], as_json: JsonOption = False
    ) -> None:
        from cli import jobs

        jobs.move(kind, found, move, as_json=as_json)


def _add_delete(app: typer.Typer, kind: Kind) -> None:
    told = f"Delete {kind.plural} that have ended, with everything they left behind."

    @app.command("delete", help=told)
    def _command(
        found: Annotated[list[str], _jobs_argument(kind)], as_json: JsonOption = False
    ) -> None:
        from cli import jobs

        jobs.delete(kind, found, as_json=as_json)
