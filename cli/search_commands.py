"""`pdarts search …`: searches, through a service here or elsewhere."""

from pathlib import Path
from typing import Annotated

import typer

from cli.job_commands import add_job_commands, job_argument
from cli.options import JsonOption, LimitOption, OldestFirstOption
from store.kinds import SEARCH
from store.states import Status

SearchArgument = Annotated[str, job_argument(SEARCH)]

app = typer.Typer(help="Submit, list and follow searches.", no_args_is_help=True)


@app.command("create")
def _create(
    dataset: Annotated[str | None, typer.Option(help="Name of a data set.")] = None,
    preset: Annotated[
        str | None, typer.Option(help="The set of values for fields you leave out.")
    ] = None,
    name: Annotated[str | None, typer.Option(help="A name for people.")] = None,
    seed: Annotated[int | None, typer.Option(help="Seed of every random generator.")] = None,
    max_images: Annotated[int | None, typer.Option(help="Use at most this many images.")] = None,
    image_size: Annotated[
        int | None, typer.Option(help="Width and height of the images in pixels.")
    ] = None,
    skip_invalid: Annotated[
        bool | None, typer.Option("--skip-invalid", help="Leave out files that cannot be used.")
    ] = None,
    epochs: Annotated[int | None, typer.Option(help="Epochs of every stage.")] = None,
    warmup_epochs: Annotated[
        int | None,
        typer.Option(help="Epochs of every stage that train the weights alone, at its start."),
    ] = None,
    device: Annotated[str | None, typer.Option(help="auto, cpu or cuda.")] = None,
    priority: Annotated[int | None, typer.Option(help="Higher runs first.")] = None,
    sets: Annotated[
        list[str] | None,
        typer.Option(
            "--set", metavar="FIELD=VALUE", help="Any field of the spec; the value is JSON."
        ),
    ] = None,
    spec: Annotated[
        Path | None,
        typer.Option(help="File with a spec as JSON, - for standard input; options override it."),
    ] = None,
    idempotency_key: Annotated[
        str | None, typer.Option(help="Your own key for this request: it is carried out only once.")
    ] = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Check the spec, but submit nothing.")
    ] = False,
    watch: Annotated[
        bool, typer.Option("--watch", help="Watch the search until it has ended.")
    ] = False,
    as_json: JsonOption = False,
) -> None:
    """Submit a search and print its id."""
    from cli import jobs, searches

    named = {
        "dataset": dataset,
        "preset": preset,
        "name": name,
        "seed": seed,
        "max_images": max_images,
        "image_size": image_size,
        "skip_invalid": skip_invalid,
        "device": device,
        "priority": priority,
    }
    complete = jobs.read_spec(spec, named, sets or [])
    every_stage = {"epochs": epochs, "warmup_epochs": warmup_epochs}
    if dry_run:
        searches.plan(complete, every_stage, as_json=as_json)
    else:
        searches.create(complete, every_stage, idempotency_key, watch=watch, as_json=as_json)


@app.command("list")
def _list(
    status: Annotated[Status | None, typer.Option(help="Only searches with this status.")] = None,
    dataset: Annotated[str | None, typer.Option(help="Only searches on this data set.")] = None,
    name: Annotated[str | None, typer.Option(help="Only searches with this name.")] = None,
    name_contains: Annotated[
        str | None, typer.Option(metavar="TEXT", help="Only searches with this in their name.")
    ] = None,
    metadata: Annotated[
        list[str] | None,
        typer.Option(metavar="MEMBER=VALUE", help="Only searches with this metadata."),
    ] = None,
    limit: LimitOption = 50,
    oldest_first: OldestFirstOption = False,
    as_json: JsonOption = False,
) -> None:
    """List searches, the newest first."""
    from cli import searches

    filters = {
        "status": status,
        "dataset": dataset,
        "name": name,
        "name_contains": name_contains,
        "sort": "oldest" if oldest_first else None,
    }
    searches.list_all(filters, metadata or [], limit, as_json=as_json)


@app.command("show")
def _show(search: SearchArgument, as_json: JsonOption = False) -> None:
    """Show a search: its spec, status and progress."""
    from cli import searches

    searches.show(search, as_json=as_json)


@app.command("watch")
def _watch(search: SearchArgument, as_json: JsonOption = False) -> None:
    """Watch a search until it has ended; Ctrl-C leaves it running. --json prints its events."""
    from cli import searches

    searches.watch(search, as_json=as_json)


add_job_commands(app, SEARCH)
