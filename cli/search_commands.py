"""`pdarts search …`: searches, through a service here or elsewhere."""

from typing import Annotated

import typer

from cli.job_commands import add_job_commands
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
from store.kinds import SEARCH

app = typer.Typer(help="Submit, list and follow searches.", no_args_is_help=True)


@app.command("create")
def _create(
    dataset: DatasetOption = None,
    preset: PresetOption = None,
    name: NameOption = None,
    seed: SeedOption = None,
    max_images: MaxImagesOption = None,
    image_size: ImageSizeOption = None,
    skip_invalid: SkipInvalidOption = None,
    epochs: Annotated[int | None, typer.Option(help="Epochs of every stage.")] = None,
    warmup_epochs: Annotated[
        int | None,
        typer.Option(help="Epochs of every stage that train the weights alone, at its start."),
    ] = None,
    device: DeviceOption = None,
    priority: PriorityOption = None,
    sets: SetOption = None,
    spec: SpecOption = None,
    idempotency_key: IdempotencyKeyOption = None,
    dry_run: DryRunOption = False,
    watch: WatchOption = False,
    as_json: JsonOption = False,
) -> None:
    """Submit a search and print its id."""
    from cli import jobs
    from cli.every_stage import set_in_every_stage

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
    every_stage = {"epochs": epochs, "warmup_epochs": warmup_epochs}
    complete = set_in_every_stage(jobs.read_spec(spec, named, sets or []), every_stage)
    jobs.submit(SEARCH, complete, idempotency_key, dry_run=dry_run, watch=watch, as_json=as_json)


@app.command("list")
def _list(
    status: OfStatusOption = None,
    dataset: OfDatasetOption = None,
    name: OfNameOption = None,
    name_contains: NameContainsOption = None,
    metadata: OfMetadataOption = None,
    limit: LimitOption = 50,
    oldest_first: OldestFirstOption = False,
    as_json: JsonOption = False,
) -> None:
    """List searches, the newest first."""
    from cli import jobs

    filters = {
        "status": status,
        "dataset": dataset,
        "name": name,
        "name_contains": name_contains,
    }
    jobs.list_all(
        SEARCH, filters, metadata or [], limit, oldest_first=oldest_first, as_json=as_json
    )


add_job_commands(app, SEARCH)
