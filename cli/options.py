"""Options and arguments that several commands have."""

from typing import Annotated

import typer

JsonOption = Annotated[
    bool, typer.Option("--json", help="Print JSON for programs, one object a line.")
]
SearchArgument = Annotated[str, typer.Argument(metavar="SEARCH", help="The search's id.")]
SearchesArgument = Annotated[
    list[str], typer.Argument(metavar="SEARCH...", help="The searches' ids.")
]
