"""`pdarts keys …`: API keys, in the database itself."""

from typing import Annotated

import typer

from cli.options import JsonOption
from cli.service_settings import read_settings
from store.scopes import Scope

app = typer.Typer(
    help="API keys, in the database itself: works before the API runs.", no_args_is_help=True
)


@app.command("create")
def _create_key(
    owner: Annotated[str, typer.Option(help="Whose searches it shows and makes.")],
    scope: Annotated[
        list[Scope], typer.Option(help="What it is good for; may be given more than once.")
    ] = [Scope.READ, Scope.SUBMIT],  # noqa: B006  typer reads it and changes nothing
    name: Annotated[str, typer.Option(help="What it is for.")] = "from the command line",
    expires_in_days: Annotated[
        int | None, typer.Option(min=1, max=3650, help="Days; without, until it is revoked.")
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Make a key and print it, this once. The first one needs the scope admin."""
    from cli.keys import create

    create(
        read_settings(),
        owner=owner,
        name=name,
        scopes=scope,
        expires_in_days=expires_in_days,
        as_json=as_json,
    )


@app.command("list")
def _list_keys(
    owner: Annotated[str | None, typer.Option(help="Only this owner's.")] = None,
    as_json: JsonOption = False,
) -> None:
    """Print the keys, without the keys themselves."""
    from cli.keys import show

    show(read_settings(), owner=owner, as_json=as_json)


@app.command("revoke")
def _revoke_key(
    key_id: Annotated[str, typer.Argument(help="Its id, as the list has it: key_…")],
    as_json: JsonOption = False,
) -> None:
    """Make a key worthless; a running API notices within seconds."""
    from cli.keys import revoke

    revoke(read_settings(), key_id, as_json=as_json)
