"""`pdarts model …`: the networks that evaluations trained."""

from pathlib import Path
from typing import Annotated

import typer

from cli.job_commands import job_argument
from cli.options import JsonOption
from store.kinds import EVALUATION

EvaluationArgument = Annotated[str, job_argument(EVALUATION)]

app = typer.Typer(help="Get the networks that evaluations trained.", no_args_is_help=True)


@app.callback()
def _model() -> None:
    """Get the networks that evaluations trained."""


@app.command("get")
def _get(
    evaluation: EvaluationArgument,
    form: Annotated[
        str,
        typer.Option(
            "--format",
            help="safetensors, torch, onnx, python, or zip: all of them, with a model card.",
        ),
    ] = "safetensors",
    which: Annotated[
        str,
        typer.Option(
            help="last: the last epoch's weights; best: those of the epoch that was best on "
            "held-out images."
        ),
    ] = "last",
    layout: Annotated[
        str,
        typer.Option(
            help="Names of tensors: project (this project's) or published (those of P-DARTS' code)."
        ),
    ] = "project",
    pixels: Annotated[
        str, typer.Option(help="What the onnx file takes: uint8, or float32 from 0 to 1.")
    ] = "uint8",
    out: Annotated[
        Path | None, typer.Option(help="File to write; default: named after the evaluation.")
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Save a trained network, checked against its digest, and print the file's name."""
    from cli import models

    models.get(evaluation, form, which, layout, pixels, out=out, as_json=as_json)
