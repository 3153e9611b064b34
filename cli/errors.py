"""The errors that end a command, each with a sentence for the terminal and its own exit code.

    CliError                     1  the command failed
    ├── ServiceError                the service answered with an error: see cli/client/errors.py
    ├── WrongUse                 2  the command line makes no sense
    ├── AlreadyInUse             3  another program uses the home or the port
    ├── UnfitMachine             4  a folder, a program or a database cannot be used
    ├── UnknownId                7  what was named does not exist
    ├── JobNotSucceeded          9  the job that was watched failed or was cancelled
    ├── DatasetInvalid           9  the data set that was watched cannot be used
    └── Interrupted            130  Ctrl-C or SIGTERM came before the end

Exit code 2 is also typer's, for an unknown option.
"""

from typing import ClassVar

from store.plain_text import on_one_line


class CliError(Exception):
    """The command failed."""

    exit_code: ClassVar[int] = 1


class AlreadyInUse(CliError):
    """Another program uses the home or the port."""

    exit_code = 3


class UnfitMachine(CliError):
    """A folder, a program or a database on this machine cannot be used."""

    exit_code = 4


class WrongUse(CliError):
    """The command line was used wrongly."""

    exit_code = 2


class UnknownId(CliError):
    """What was named does not exist."""

    exit_code = 7


class JobNotSucceeded(CliError):
    """The job that was watched failed or was cancelled."""

    exit_code = 9

    def __init__(self, code: str, message: str) -> None:
        super().__init__(f"{code}: {on_one_line(message)}")
        self.code = code


class DatasetInvalid(CliError):
    """The data set that was watched cannot be used."""

    exit_code = 9


class Interrupted(CliError):
    """Ctrl-C or SIGTERM came before the end."""

    exit_code = 130

    def __init__(self, message: str = "stopped before the end") -> None:
        super().__init__(message)
