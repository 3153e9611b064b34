"""With a key: names that are formulas in a spreadsheet, or lines of their own on a terminal."""

import csv
import io
import os
import subprocess
import sys

from tests.api.calls import submit
from tests.attacks.attack import Attack, Outcome, Target

FORMULA = '=HYPERLINK("https://evil.example/", "open")'
FORGED = "tidy\nsrch_FORGED  succeeded\x1b[2J"


def _attack(target: Target) -> Outcome:
    with target.client(target.key) as client:
        for name in (FORMULA, FORGED):
            submit(client, name=name)
        table = client.get("/searches", headers={"Accept": "text/csv"}).text
    cells = [row["name"] for row in csv.DictReader(io.StringIO(table, newline=""))]
    environment = os.environ | {"PDARTS_URL": target.url, "PDARTS_API_KEY": target.key}
    listed = subprocess.run(
        [sys.executable, "-P", "-m", "cli", "search", "list"],
        env=environment,
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    formulas = sum(cell.startswith("=") for cell in cells)
    forged = sum("\x1b" in line or line.startswith("srch_FORGED") for line in listed.splitlines())
    return Outcome(
        said=f"of {len(cells)} names, {formulas} were formulas in CSV, {forged} lines of the "
        "terminal were forged",
        held=len(cells) == 2 and not formulas and not forged,
    )


ATTACK = Attack(name="formulas and forged lines in names", row=12, run=_attack, seconds=20.0)
