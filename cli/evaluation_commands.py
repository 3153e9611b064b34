"""`pdarts evaluation …`: genotypes trained from scratch and tested."""

from pathlib import Path
from typing import Annotated

import typer

from cli.job_commands import add_job_commands, job_argument
from cli.job_options import (
    DatasetOption,
    DeviceOption,
    DryRunOption,
    IdempotencyKeyOption,
    ImageSizeOption,
    MaxImagesOption,
    NameContainsOption,
    NameOption,
    OfDatasetOption,
    OfMetadataOption,
    OfNameOption,
    OfStatusOption,
    PresetOption,
    PriorityOption,
    SeedOption,
    SetOption,
    SkipInvalidOption,
    SpecOption,
    WatchOption,
)
from cli.options import JsonOption, LimitOption, OldestFirstOption
from store.kinds import EVALUATION

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
    dataset: DatasetOption = None,
    preset: PresetOption = None,
    max_skip_connects: Annotated[
        int | None, typer.Option(help="Skip limit that chooses a search's genotype.")
    ] = None,
    name: NameOption = None,
    seed: SeedOption = None,
    weights: Annotated[
        str | None, typer.Option(help="Id of weights (wts_…) to begin with, or only to test.")
    ] = None,
    epochs: Annotated[
        int | None, typer.Option(help="Passes over the training images; 0 only tests weights.")
    ] = None,
    max_images: MaxImagesOption = None,
    image_size: ImageSizeOption = None,
    skip_invalid: SkipInvalidOption = None,
    device: DeviceOption = None,
    priority: PriorityOption = None,
    sets: SetOption = None,
    spec: SpecOption = None,
    idempotency_key: IdempotencyKeyOption = None,
    dry_run: DryRunOption = False,
    watch: WatchOption = False,
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
    jobs.submit(
        EVALUATION, complete, idempotency_key, dry_run=dry_run, watch=watch, as_json=as_json
    )


@app.command("list")
def _list(
    status: OfStatusOption = None,
    dataset: OfDatasetOption = None,
    name: OfNameOption = None,
    name_contains: NameContainsOption = None,
    genotype: Annotated[str | None, typer.Option(help="Only those of this genotype.")] = None,
    search: Annotated[
        str | None, typer.Option(help="Only those of genotypes from this search.")
    ] = None,
    weights: Annotated[
        str | None, typer.Option(help="Only those that begin with these weights.")
    ] = None,
    metadata: OfMetadataOption = None,
    limit: LimitOption = 50,
    oldest_first: OldestFirstOption = False,
    as_json: JsonOption = False,
) -> None:
    """List evaluations, the newest first."""
    from cli import jobs

    filters = {
        "status": status,
        "dataset": dataset,
        "name": name,
        "name_contains": name_contains,
        "genotype": genotype,
        "search": search,
        "weights": weights,
    }
    jobs.list_all(
        EVALUATION, filters, metadata or [], limit, oldest_first=oldest_first, as_json=as_json
    )


add_job_commands(app, EVALUATION)


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
    """Save a picture (PNG) of the network's most confident mistakes."""
    from cli import evaluations

    evaluations.wrong(evaluation, out, as_json=as_json)
