"""The `pdarts` command. Each subcommand imports what it needs, so that help comes at once."""

import os
from importlib.metadata import version
from pathlib import Path
from typing import Annotated

import typer
from pydantic import ValidationError

from cli.errors import CliError, UnfitMachine
from cli.terminal import messages, say
from store.artifact_stores import ArtifactsUrlError, check_artifacts_url
from store.scopes import Scope
from store.settings import Settings

app = typer.Typer(
    name="pdarts",
    help="Neural-architecture search with P-DARTS, as a service. PDARTS_* variables configure it.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)


keys = typer.Typer(
    help="API keys, in the database itself: works before the API runs.", no_args_is_help=True
)
app.add_typer(keys, name="keys")

JsonOption = Annotated[bool, typer.Option("--json", help="Print JSON.")]


def _show_version(wanted: bool) -> None:
    if wanted:
        say(version("pdarts"))
        raise typer.Exit


@app.callback()
def _options(
    _version: Annotated[
        bool,
        typer.Option("--version", callback=_show_version, is_eager=True, help="Print the version."),
    ] = False,
) -> None:
    """Take the options that stand before a command."""


@app.command("up")
def _up() -> None:
    """Run everything on this machine: database, broker, API and workers, until Ctrl-C."""
    from cli.up import up

    up(read_settings())


@app.command("demo")
def _demo(
    output: Annotated[Path, typer.Option(help="Where the genotype and drawings go.")] = Path(
        "demo"
    ),
) -> None:
    """Run a whole search on real images through the service; start one if none is up."""
    from cli.demo import demo

    demo(read_settings(), output)


@app.command("worker")
def _worker() -> None:
    """Run this machine's workers alone: one for each GPU, or one on the CPU."""
    from cli.work import work

    work(read_settings())


@app.command("api")
def _api() -> None:
    """Run the HTTP interface alone, at PDARTS_HOST and PDARTS_PORT."""
    from cli.keys import check_admin_key
    from cli.programs import api_command

    settings = read_settings()
    check_admin_key(settings)
    command = api_command("--host", settings.host, "--port", str(settings.port))
    os.execv(command[0], command)  # noqa: S606  our own command, and no shell is the point


@app.command("migrate")
def _migrate() -> None:
    """Bring the database to the newest schema."""
    from cli.migrate import migrate

    say(f"the database has schema {migrate(read_settings())}")


@keys.command("create")
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


@keys.command("list")
def _list_keys(
    owner: Annotated[str | None, typer.Option(help="Only this owner's.")] = None,
    as_json: JsonOption = False,
) -> None:
    """Print the keys, without the keys themselves."""
    from cli.keys import show

    show(read_settings(), owner=owner, as_json=as_json)


@keys.command("revoke")
def _revoke_key(
    key_id: Annotated[str, typer.Argument(help="Its id, as the list has it: key_…")],
    as_json: JsonOption = False,
) -> None:
    """Make a key worthless; a running API notices within seconds."""
    from cli.keys import revoke

    revoke(read_settings(), key_id, as_json=as_json)


def read_settings() -> Settings:
    """Read the PDARTS_* variables.

    Raises:
        UnfitMachine: one of them has no valid value.
    """
    try:
        settings = Settings()
        check_artifacts_url(settings.artifacts_url)
    except ArtifactsUrlError as error:
        raise UnfitMachine(f"the settings are wrong: {error}") from error
    except ValidationError as error:
        wrong = "; ".join(
            f"PDARTS_{'_'.join(map(str, item['loc'])).upper()}: {item['msg']}"
            for item in error.errors()
        )
        raise UnfitMachine(f"the settings are wrong: {wrong}") from error
    return settings


def main() -> int:
    """Run the command line and return its exit code."""
    try:
        app()
    except CliError as error:
        messages.print(f"pdarts: {error}", markup=False, style="red")
        return error.exit_code
    return 0
