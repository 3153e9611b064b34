"""What the commands of `pdarts genotype` do."""

import json
from collections.abc import Callable, Mapping
from itertools import islice
from pathlib import Path
from typing import Any

import typer

from cli.client import Client, GenotypeDocument
from cli.connection import connected
from cli.errors import WrongUse
from cli.findings import STYLES, signal_lines
from cli.input_files import parse_object, read_text
from cli.terminal import print_json, print_table, print_text, say, warn
from pdarts_core.drawing import draw_dot, draw_svg, draw_text
from pdarts_core.space.cells import CONCAT, INPUTS_PER_NODE, CellKind

_DRAWN: Mapping[str, Callable[..., str]] = {"text": draw_text, "svg": draw_svg, "dot": draw_dot}
_OF_GENOTYPES = "gt_"


def get(owner: str, max_skip_connects: int | None, *, as_json: bool) -> None:
    """Print a genotype as Python, or as its document."""
    with connected() as client:
        document = _find(client, owner, max_skip_connects)
    if as_json:
        print_json(document)
        return
    print_text(document.python)
    signal = document.provenance and document.provenance.signal
    if signal:
        warn(signal_lines(signal), style=STYLES.get(signal.verdict, "yellow"))


def list_all(filters: Mapping[str, Any], limit: int, *, as_json: bool) -> None:
    """Print genotypes, with what they come from."""
    with connected() as client:
        found = islice(client.list_own_genotypes(**filters, page_size=min(limit, 200)), limit)
        if as_json:
            for document in found:
                print_json(document)
            return
        rows = [_row(document) for document in found]
    print_table(("ID", "ORIGIN", "SKIPS", "SIGNAL", "DATA SET", "SEARCH", "NAME", "CREATED"), rows)


def draw(
    owner: str, max_skip_connects: int | None, *, cell: CellKind | None, form: str, as_json: bool
) -> None:
    """Print a genotype, drawn.

    Raises:
        WrongUse: there is no such form.
    """
    if form not in _DRAWN:
        raise WrongUse(f"unknown format {form!r}; allowed: {', '.join(_DRAWN)}")
    with connected() as client:
        document = _find(client, owner, max_skip_connects)
    drawing = _DRAWN[form](document.to_genotype(), cell=cell)
    if as_json:
        told = {"id": document.id, "format": form, "cell": cell, "drawing": drawing}
        typer.echo(json.dumps(told))
    else:
        print_text(drawing)


def import_file(file: Path, name: str | None, *, as_json: bool) -> None:
    """Import a genotype from a file of JSON or Python text, and print its id."""
    text = read_text(file)
    genotype: dict[str, Any] | str = text
    if text.lstrip().startswith("{"):
        genotype = parse_object(text, file)
    with connected() as client:
        document = client.import_genotype(genotype, name=name)
    if as_json:
        print_json(document)
    else:
        say(document.id)


def _row(document: GenotypeDocument) -> tuple[str, ...]:
    source = document.provenance
    dataset, search = ("", "") if source is None else (source.dataset or "", source.search_id)
    name = document.name or (source and source.search_name) or ""
    created = f"{document.created_at.astimezone():%Y-%m-%d %H:%M}"
    skips = f"{document.skip_connects} of {INPUTS_PER_NODE * len(CONCAT)}"
    verdict = "" if source is None or source.signal is None else source.signal.verdict
    return document.id, document.origin, skips, verdict, dataset, search, name, created


def _find(client: Client, owner: str, max_skip_connects: int | None) -> GenotypeDocument:
    if not owner.startswith(_OF_GENOTYPES):
        return client.find_genotype(owner, max_skip_connects=max_skip_connects)
    if max_skip_connects is not None:
        raise WrongUse("a skip limit selects a genotype of a search: give the id of the search")
    return client.get_genotype(owner)
