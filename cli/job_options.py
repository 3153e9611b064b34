"""Options of commands that submit and list jobs of any kind."""

from pathlib import Path
from typing import Annotated

import typer

from store.states import Status

DatasetOption = Annotated[str | None, typer.Option(help="Name of a data set.")]
PresetOption = Annotated[
    str | None, typer.Option(help="The set of values for fields you leave out.")
]
NameOption = Annotated[str | None, typer.Option(help="A name for people.")]
SeedOption = Annotated[int | None, typer.Option(help="Seed of every random generator.")]
MaxImagesOption = Annotated[int | None, typer.Option(help="Use at most this many training images.")]
ImageSizeOption = Annotated[
    int | None, typer.Option(help="Width and height of the images in pixels.")
]
SkipInvalidOption = Annotated[
    bool | None, typer.Option("--skip-invalid", help="Leave out files that cannot be used.")
]
DeviceOption = Annotated[str | None, typer.Option(help="auto, cpu or cuda.")]
PriorityOption = Annotated[int | None, typer.Option(help="Higher runs first.")]
SetOption = Annotated[
    list[str] | None,
    typer.Option("--set", metavar="FIELD=VALUE", help="Any field of the spec; the value is JSON."),
]
SpecOption = Annotated[
    Path | None,
    typer.Option(help="File with a spec as JSON, - for standard input; options override it."),
]
IdempotencyKeyOption = Annotated[
    str | None, typer.Option(help="Your own key for this request: it is carried out only once.")
]
DryRunOption = Annotated[
    bool, typer.Option("--dry-run", help="Check the spec, but submit nothing.")
]
WatchOption = Annotated[bool, typer.Option("--watch", help="Watch it until it has ended.")]

OfStatusOption = Annotated[Status | None, typer.Option(help="Only those with this status.")]
OfDatasetOption = Annotated[str | None, typer.Option(help="Only those on this data set.")]
OfNameOption = Annotated[str | None, typer.Option(help="Only those with this name.")]
NameContainsOption = Annotated[
    str | None, typer.Option(metavar="TEXT", help="Only those with this in their name.")
]
OfMetadataOption = Annotated[
    list[str] | None,
    typer.Option(metavar="MEMBER=VALUE", help="Only those with this metadata."),
]
