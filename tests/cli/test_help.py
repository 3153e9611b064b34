"""Help and completion come at once."""

import subprocess
import sys
from pathlib import Path

PDARTS = Path(sys.executable).parent / "pdarts"
HEAVY = ("torch", "httpx", "sqlalchemy", "pydantic", "redis", "celery")


def test_help_loads_nothing_that_takes_long() -> None:
    code = f"import sys, cli.main; print([name for name in {HEAVY} if name in sys.modules])"
    assert subprocess.check_output([sys.executable, "-c", code], text=True) == "[]\n"


def test_every_command_explains_itself() -> None:
    for words in ((), ("search",), ("genotype",), ("search", "create")):
        told = subprocess.check_output([PDARTS, *words, "--help"], text=True)
        assert "Usage: pdarts" in " ".join(told.split())


def test_a_shell_completes_commands() -> None:
    completed = subprocess.check_output(
        [PDARTS],
        text=True,
        env={
            "_PDARTS_COMPLETE": "complete_bash",
            "COMP_WORDS": "pdarts search ca",
            "COMP_CWORD": "2",
        },
    )
    assert completed.split() == ["cancel"]
