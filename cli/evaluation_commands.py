"""`pdarts evaluation …`: genotypes trained from scratch and tested."""

from pathlib import Path
from typing import Annotated

import typer

from cli.job_commands import add_job_commands, job_argument
from cli.options import JsonOption, LimitOption, OldestFirstOption
from store.kinds import EVALUATION
from store.states import Status

EvaluationArgument = Annotated[str, job_argument(EVALUATION)]

app = typer.Typer(
    help="Train genotypes from scratch and test them: submit, list and follow.",
    no_args_is_help=True,
)


@app.command("create")
def _create(
    origin: Annotated[
        str | None,
        typer.Argument(
            metavar="[GENOTYPE|SEARCH]",
            help="Id of a genotype (gt_…), or of a search (srch_…) whose genotype is trained.",
        ),
    ] = None,
    dataset: Annotated[str | None, typer.Option(help="Name of a data set.")] = None,
    preset: Annotated[str | None, typer.Option(help="The recipe for what you leave out.")] = None,
    max_skip_connects: Annotated[
        int | None, typer.Option(help="Skip limit that chooses a search's genotype.")
    ] = None,
    name: Annotated[str | None, typer.Option(help="A name for people.")] = None,
    seed: Annotated[int | None, typer.Option(help="Seed of every random generator.")] = None,
    weights: Annotated[
        str | None, typer.Option(help="Id of weights (wts_…) to begin with, or only to test.")
    ] = None,
    epochs: Annotated[
        int | None, typer.Option(help="Passes over the training images; 0 only tests weights.")
    ] = None,
    max_images: Annotated[
        int | None, typer.Option(help="Train on at most this many images.")
    ] = None,
    image_size: Annotated[
        int | None, typer.Option(help="Width and height of the images in pixels.")
    ] = None,
    skip_invalid: Annotated[
        bool | None, typer.Option("--skip-invalid", help="Leave out files that cannot be used.")
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
        bool, typer.Option("--watch", help="Watch the evaluation until it has ended.")
    ] = False,
    as_json: JsonOption = False,
) -> None:
    """Submit an evaluation and print its id."""
    from cli import evaluations, jobs

    named = {
        **evaluations.origin_of(origin),
        "dataset": dataset,
        "preset": preset,
        "max_skip_connects": max_skip_connects,
        "name": name,
        "seed": seed,
        "weights": weights,
        "epochs": epochs,
        "max_images": max_images,
        "image_size": image_size,
        "skip_invalid": skip_invalid,
        "device": device,
        "priority": priority,
    }
    complete = jobs.read_spec(spec, named, sets or [])
    if dry_run:
        evaluations.plan(complete, as_json=as_json)
    else:
        evaluations.create(complete, idempotency_key, watch=watch, as_json=as_json)


@app.command("list")
def _list(
    status: Annotated[Status | None, typer.Option(help="Only those with this status.")] = None,
    dataset: Annotated[str | None, typer.Option(help="Only those on this data set.")] = None,
    name: Annotated[str | None, typer.Option(help="Only those with this name.")] = None,
    name_contains: Annotated[
        str | None, typer.Option(metavar="TEXT", help="Only those with this in their name.")
    ] = None,
    genotype: Annotated[str | None, typer.Option(help="Only those of this genotype.")] = None,
    search: Annotated[
        str | None, typer.Option(help="Only those of genotypes from this search.")
    ] = None,
    weights: Annotated[
        str | None, typer.Option(help="Only those that begin with these weights.")
    ] = None,
    metadata: Annotated[
        list[str] | None,
        typer.Option(metavar="MEMBER=VALUE", help="Only those with this metadata."),
    ] = None,
    limit: LimitOption = 50,
    oldest_first: OldestFirstOption = False,
    as_json: JsonOption = False,
) -> None:
    """List evaluations, the newest first."""
    from cli import evaluations

    filters = {
        "status": status,
        "dataset": dataset,
        "name": name,
        "name_contains": name_contains,
        "genotype": genotype,
        "search": search,
        "weights": weights,
        "sort": "oldest" if oldest_first else None,
    }
    evaluations.list_all(filters, metadata or [], limit, as_json=as_json)


@app.command("show")
def _show(evaluation: EvaluationArgument, as_json: JsonOption = False) -> None:
    """Show an evaluation: its spec, status and progress, and its figures once it has ended."""
    from cli import evaluations

    evaluations.show(evaluation, as_json=as_json)


@app.command("watch")
def _watch(evaluation: EvaluationArgument, as_json: JsonOption = False) -> None:
    """Watch an evaluation until it has ended; Ctrl-C leaves it running. --json prints events."""
    from cli import evaluations

    evaluations.watch(evaluation, as_json=as_json)


@app.command("result")
def _result(evaluation: EvaluationArgument, as_json: JsonOption = False) -> None:
    """Print an evaluation's final figures, class by class; --json has the confusion matrix."""
    from cli import evaluations

    evaluations.result(evaluation, as_json=as_json)


@app.command("wrong")
def _wrong(
    evaluation: EvaluationArgument,
    out: Annotated[
        Path | None, typer.Option(help="File to write; default: named after the evaluation.")
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Save a picture (PNG) of the images about which the network was surest, and wrong."""
    from cli import evaluations

    evaluations.wrong(evaluation, out, as_json=as_json)


add_job_commands(app, EVALUATION)
