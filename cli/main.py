"""The `pdarts` command. Each subcommand imports what it needs, so that help comes at once."""

import os
from importlib.metadata import version
from pathlib import Path
from typing import Annotated

import typer

from cli import (
    dataset_commands,
    evaluation_commands,
    genotype_commands,
    key_commands,
    model_commands,
    search_commands,
    weights_commands,
)
from cli.errors import CliError
from cli.options import JsonOption
from cli.service_settings import read_settings
from cli.terminal import say, warn

app = typer.Typer(
    name="pdarts",
    help="Neural architecture search with P-DARTS, as a service. PDARTS_* variables configure it.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
)
app.add_typer(search_commands.app, name="search")
app.add_typer(genotype_commands.app, name="genotype")
app.add_typer(evaluation_commands.app, name="evaluation")
app.add_typer(model_commands.app, name="model")
app.add_typer(weights_commands.app, name="weights")
app.add_typer(dataset_commands.app, name="dataset")
app.add_typer(key_commands.app, name="keys")


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
    """Take the options before a command."""


@app.command("up")
def _up() -> None:
    """Run everything on this machine: database, broker, API and workers, until Ctrl-C."""
    from cli.up import up

    up(read_settings())


@app.command("demo")
def _demo(
    output: Annotated[
        Path, typer.Option(help="Folder for the genotype, its drawings and the network.")
    ] = Path("demo"),
) -> None:
    """Search on real images, train and test what was found; starts a service if none is up."""
    from cli.demo import demo

    demo(read_settings(), output)


@app.command("worker")
def _worker() -> None:
    """Run only the workers of this machine: one for each GPU, or one on the CPU."""
    from cli.worker import run_workers

    run_workers(read_settings())


@app.command("api")
def _api() -> None:
    """Run only the HTTP interface, at PDARTS_HOST and PDARTS_PORT."""
    from cli.keys import check_admin_key
    from cli.programs import api_command

    settings = read_settings()
    check_admin_key(settings)
    command = api_command("--host", settings.host, "--port", str(settings.port))
    os.execv(command[0], command)  # noqa: S606  our own command, and no shell is the point


@app.command("migrate")
def _migrate() -> None:
    """Update the database to the newest schema."""
    from cli.migrate import migrate

    say(f"the database now has schema {migrate(read_settings())}")


@app.command("doctor")
def _doctor(as_json: JsonOption = False) -> None:
    """Check everything the service needs, and say what to do if something is missing."""
    from cli.doctor import doctor

    doctor(read_settings(), as_json=as_json)


def main() -> int:
    """Run the command line and return its exit code."""
    try:
        app()
    except CliError as error:
        warn([f"pdarts: {error}"], style="red")
        return error.exit_code
    return 0
