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


def add_job_commands(app: typer.Typer, kind: Kind) -> None:
    """Add them for a kind."""
    _add_show(app, kind)
    _add_watch(app, kind)
    for move, told in _MOVES.items():
        _add_move(app, kind, move, told.format(jobs=kind.plural))
    _add_delete(app, kind)
    _add_logs(app, kind)


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


def _add_show(app: typer.Typer, kind: Kind) -> None:
    told = f"Show {kind.a_noun}: its spec, status and progress, and its figures once it has ended."

    @app.command("show", help=told)
    def _command(found: Annotated[str, job_argument(kind)], as_json: JsonOption = False) -> None:
        from cli import jobs

        jobs.show(kind, found, as_json=as_json)


def _add_watch(app: typer.Typer, kind: Kind) -> None:
    told = (
        f"Watch {kind.a_noun} until it has ended; Ctrl-C leaves it running. --json prints its "
        "events."
    )

    @app.command("watch", help=told)
    def _command(found: Annotated[str, job_argument(kind)], as_json: JsonOption = False) -> None:
        from cli import jobs

        jobs.watch(kind, found, as_json=as_json)


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


def _add_logs(app: typer.Typer, kind: Kind) -> None:
    told = (
        f"Print what happened to {kind.a_noun}, with the traceback if it failed. --json prints "
        "events."
    )

    @app.command("logs", help=told)
    def _command(found: Annotated[str, job_argument(kind)], as_json: JsonOption = False) -> None:
        from cli import jobs

        jobs.logs(kind, found, as_json=as_json)
