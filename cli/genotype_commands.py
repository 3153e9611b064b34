"""`pdarts genotype …`: list, get, draw and import genotypes."""

from pathlib import Path
from typing import Annotated

import typer

from cli.options import JsonOption, LimitOption, OldestFirstOption
from pdarts_core.space.cells import CellKind
from store.states import GenotypeOrigin

app = typer.Typer(help="List, get, draw and import genotypes.", no_args_is_help=True)

_OwnerArgument = Annotated[
    str, typer.Argument(metavar="ID", help="Id of a search (srch_…) or a genotype (gt_…).")
]
_LimitOption = Annotated[
    int | None,
    typer.Option(
        "--max-skip-connects",
        help="Skip limit of the normal cell, for a search; default: as in its spec.",
    ),
]


@app.command("get")
def _get(
    owner: _OwnerArgument, max_skip_connects: _LimitOption = None, as_json: JsonOption = False
) -> None:
    """Print a genotype as Python, for a genotypes.py of the DARTS family, or as JSON (--json)."""
    from cli import genotypes

    genotypes.get(owner, max_skip_connects, as_json=as_json)


@app.command("list")
def _list(
    origin: Annotated[
        GenotypeOrigin | None, typer.Option(help="Only genotypes from this origin.")
    ] = None,
    name_contains: Annotated[
        str | None,
        typer.Option(metavar="TEXT", help="Only those with this in their name or their search's."),
    ] = None,
    dataset_contains: Annotated[
        str | None,
        typer.Option(metavar="TEXT", help="Only those with this in the name of their data set."),
    ] = None,
    limit: LimitOption = 50,
    oldest_first: OldestFirstOption = False,
    as_json: JsonOption = False,
) -> None:
    """List genotypes with the search and data set that they come from, the newest first."""
    from cli import genotypes

    filters = {
        "origin": origin,
        "name_contains": name_contains,
        "dataset_contains": dataset_contains,
        "sort": "oldest" if oldest_first else None,
    }
    genotypes.list_all(filters, limit, as_json=as_json)


@app.command("draw")
def _draw(
    owner: _OwnerArgument,
    max_skip_connects: _LimitOption = None,
    cell: Annotated[CellKind | None, typer.Option(help="Draw only this cell.")] = None,
    form: Annotated[str, typer.Option("--format", help="text, svg, or dot for Graphviz.")] = "text",
    as_json: JsonOption = False,
) -> None:
    """Draw the cells of a genotype."""
    from cli import genotypes

    genotypes.draw(owner, max_skip_connects, cell=cell, form=form, as_json=as_json)


@app.command("import")
def _import(
    file: Annotated[
        Path,
        typer.Argument(help="File with JSON or Python text (never run), - for standard input."),
    ],
    name: Annotated[str | None, typer.Option(help="A name for people.")] = None,
    as_json: JsonOption = False,
) -> None:
    """Import a genotype and print its id."""
    from cli import genotypes

    genotypes.import_file(file, name, as_json=as_json)
