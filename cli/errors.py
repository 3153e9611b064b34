"""What ends a command, each with a sentence for the terminal and its own exit code.

    CliError                     1  the command could not do what it was asked for
    ├── ServiceError             1  the service answered with an error
    │   └── ServiceUnreachable   1  nothing answers at its address
    ├── AlreadyInUse             3  the home or the port belongs to another program
    ├── UnfitMachine             4  a folder, a program or a database cannot be used
    └── Interrupted            130  Ctrl-C or SIGTERM came before the end

Exit code 2 is a wrong use of the command line.
"""

from typing import ClassVar


class CliError(Exception):
    """The command could not do what it was asked for."""

    exit_code: ClassVar[int] = 1


class ServiceError(CliError):
    """The service answered with an error."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(f"{code}: {message}")
        self.code = code


class ServiceUnreachable(ServiceError):
    """Nothing answers at the service's address."""

    def __init__(self, url: str) -> None:
        super().__init__("unreachable", f"no service answers at {url}")


class AlreadyInUse(CliError):
    """The home or the port belongs to another program."""

    exit_code = 3


class UnfitMachine(CliError):
    """A folder, a program or a database on this machine cannot be used."""

    exit_code = 4


class Interrupted(CliError):
    """Ctrl-C or SIGTERM came before the end."""

    exit_code = 130

    def __init__(self) -> None:
        super().__init__("stopped before the end")
