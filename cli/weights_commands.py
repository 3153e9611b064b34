"""`pdarts weights …`: trained weights that evaluations begin with or only test."""

from pathlib import Path
from typing import Annotated

import typer

from cli.options import JsonOption, LimitOption

WeightsArgument = Annotated[
    str, typer.Argument(metavar="WEIGHTS", help="Id of weights (wts_…).", show_default=False)
]

app = typer.Typer(
    help="Send, list and delete trained weights, such as released checkpoints.",
    no_args_is_help=True,
)


@app.command("push")
def _push(
    file: Annotated[
        Path,
        typer.Argument(help="A .pt or .pth file (no code in it is run), or one of safetensors."),
    ],
    name: Annotated[
        str | None, typer.Option(help="A name for people; default: the file's.")
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Send a file of weights and print its id; the same file is kept once."""
    from cli import weights

    weights.push(file, name, as_json=as_json)


@app.command("list")
def _list(limit: LimitOption = 50, as_json: JsonOption = False) -> None:
    """List weights, the newest first."""
    from cli import weights

    weights.list_all(limit, as_json=as_json)


@app.command("show")
def _show(weights_id: WeightsArgument, as_json: JsonOption = False) -> None:
    """Show what is known of weights: their size, and the network that they are of."""
    from cli import weights

    weights.show(weights_id, as_json=as_json)


@app.command("delete")
def _delete(weights_id: WeightsArgument, as_json: JsonOption = False) -> None:
    """Delete weights, unless an evaluation that has not ended begins with them."""
    from cli import weights

    weights.delete(weights_id, as_json=as_json)
