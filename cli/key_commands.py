"""`pdarts keys …`: API keys, in the database itself."""

from typing import Annotated

import typer

from cli.options import JsonOption
from cli.service_settings import read_settings
from store.scopes import Scope

app = typer.Typer(
    help="Manage API keys in the database; this works before the API runs.", no_args_is_help=True
)


@app.command("create")
def _create_key(
    owner: Annotated[str, typer.Option(help="Owner of the key: a name of your choice.")],
    scope: Annotated[
        list[Scope], typer.Option(help="What the key allows; may be given more than once.")
    ] = [Scope.READ, Scope.SUBMIT],  # noqa: B006  typer reads it and changes nothing
    name: Annotated[
        str, typer.Option(help="Name of the key, for people.")
    ] = "from the command line",
    expires_in_days: Annotated[
        int | None, typer.Option(min=1, max=3650, help="Days until it expires; default: never.")
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Create a key and print it; it won't be shown again. The first one needs the scope admin."""
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
    owner: Annotated[str | None, typer.Option(help="Only keys of this owner.")] = None,
    as_json: JsonOption = False,
) -> None:
    """List the keys, without their secret parts."""
    from cli.keys import show

    show(read_settings(), owner=owner, as_json=as_json)


@app.command("revoke")
def _revoke_key(
    key_id: Annotated[str, typer.Argument(help="Id of the key, as in the list: key_…")],
    as_json: JsonOption = False,
) -> None:
    """Revoke a key; a running API refuses it within seconds."""
    from cli.keys import revoke

    revoke(read_settings(), key_id, as_json=as_json)
