"""`pdarts dataset …`: images that searches and evaluations work with."""

from pathlib import Path
from typing import Annotated

import typer

from cli.options import JsonOption

NameArgument = Annotated[
    str, typer.Argument(metavar="NAME", help="The data set's name.", show_default=False)
]
WatchOption = Annotated[
    bool,
    typer.Option("--watch", help="Wait until it is checked, and exit with 9 if it has errors."),
]

app = typer.Typer(help="Send, check, list and delete data sets.", no_args_is_help=True)


@app.command("push")
def _push(
    source: Annotated[
        Path,
        typer.Argument(
            metavar="FOLDER|ARCHIVE",
            help="A folder with train/<class>/… and, if you have test images, test/<class>/…; or "
            "a zip or tar of one.",
            show_default=False,
        ),
    ],
    name: Annotated[
        str | None,
        typer.Option(help="Its name; default: that of the folder or archive."),
    ] = None,
    test_portion: Annotated[
        float | None,
        typer.Option(
            metavar="PART",
            min=0,
            max=0.9,
            help="If there are no test images: the share of each class's images to set aside for "
            "testing, such as 0.2.",
        ),
    ] = None,
    watch: WatchOption = False,
    as_json: JsonOption = False,
) -> None:
    """Send a data set and print its name. After Ctrl-C, the same command continues."""
    from cli import datasets

    datasets.push(source, name, test_portion, watch=watch, as_json=as_json)


@app.command("list")
def _list(as_json: JsonOption = False) -> None:
    """List the data sets that a spec can name: shared ones, and your own."""
    from cli import datasets

    datasets.list_all(as_json=as_json)


@app.command("show")
def _show(name: NameArgument, as_json: JsonOption = False) -> None:
    """Show what is known about a data set: images of each class, and what its check found."""
    from cli import datasets

    datasets.show(name, as_json=as_json)


@app.command("check")
def _check(name: NameArgument, watch: WatchOption = False, as_json: JsonOption = False) -> None:
    """Have the images of a data set checked again."""
    from cli import datasets

    datasets.check(name, watch=watch, as_json=as_json)


@app.command("samples")
def _samples(
    name: NameArgument,
    out: Annotated[
        Path | None, typer.Option(help="File to write; default: named after the data set.")
    ] = None,
    label: Annotated[
        str | None,
        typer.Option("--class", help="The class to show; default: a row of each."),
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Save a picture (PNG) of some images of each class, or of one, as a network sees them."""
    from cli import datasets

    datasets.samples(name, out, label, as_json=as_json)


@app.command("delete")
def _delete(
    names: Annotated[list[str], typer.Argument(metavar="NAME...", help="The data sets' names.")],
    as_json: JsonOption = False,
) -> None:
    """Delete data sets that you sent, unless a job that has not ended uses them."""
    from cli import datasets

    datasets.delete(names, as_json=as_json)
