"""Options and arguments that several commands have."""

from typing import Annotated

import typer

JsonOption = Annotated[
    bool, typer.Option("--json", help="Print JSON for programs, one object per line.")
]
LimitOption = Annotated[int, typer.Option(min=1, help="List at most this many.")]
OldestFirstOption = Annotated[
    bool, typer.Option("--oldest-first", help="List the oldest first, not the newest.")
]
