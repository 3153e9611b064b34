"""What people pass to commands: files, standard input, NAME=VALUE."""

import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from cli.errors import WrongUse

_STANDARD_INPUT = Path("-")


def read_text(file: Path) -> str:
    """Read a file, or standard input for `-`. Raises WrongUse if it cannot be read."""
    try:
        return sys.stdin.read() if file == _STANDARD_INPUT else file.read_text()
    except (OSError, UnicodeDecodeError) as error:
        raise WrongUse(f"cannot read {file}: {error}") from error


def parse_object(text: str, file: Path) -> dict[str, Any]:
    """Return the JSON object in a file. Raises WrongUse if there is none."""
    try:
        document = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise WrongUse(f"{file} is not valid JSON: {error}") from error
    if not isinstance(document, dict):
        raise WrongUse(f"{file} does not contain a JSON object")
    return document


def parse_members(words: Sequence[str]) -> dict[str, str]:
    """Return the names and values. Raises WrongUse if a text has no `=`."""
    members = {}
    for word in words:
        name, equals, value = word.partition("=")
        if not (name and equals):
            raise WrongUse(f"expected NAME=VALUE, not {word!r}")
        members[name] = value
    return members


def parse_value(text: str) -> Any:
    """Return the text as a JSON value, or as it is if it is not JSON."""
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return text
