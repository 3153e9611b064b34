"""`pdarts doctor`: checks everything that the service needs, and says what to do."""

import typer
from pydantic import TypeAdapter

from cli.checks import CHECKS, Finding, Level
from cli.errors import UnfitMachine
from cli.terminal import print_text
from store.plain_text import on_one_line
from store.settings import Settings

_AS_JSON = TypeAdapter(Finding)


def doctor(settings: Settings, *, as_json: bool) -> None:
    """Print what each check found.

    Raises:
        UnfitMachine: one of them failed.
    """
    failed = 0
    for check in CHECKS:
        finding = check(settings)
        failed += finding.level is Level.FAIL
        if as_json:
            typer.echo(_AS_JSON.dump_json(finding).decode())
            continue
        print_text(f"{finding.level:<4}  {finding.subject:<10}  {on_one_line(finding.detail)}")
        if finding.remedy:
            print_text(f"      {'':<10}  → {on_one_line(finding.remedy)}")
    if failed:
        raise UnfitMachine(f"{failed} of {len(CHECKS)} checks failed")
