"""What the commands of `pdarts model` do."""

import hashlib
from pathlib import Path
from typing import Any

from pydantic import BaseModel

from cli.connection import connected
from cli.errors import WrongUse
from cli.home import explained
from cli.terminal import print_json, say
from store.model_files import SUFFIXES


class Saved(BaseModel):
    """What programs read about a file that was saved."""

    id: str
    file: str
    bytes: int
    sha256: str


def get(evaluation_id: str, form: str, which: str, out: Path | None, *, as_json: bool) -> None:
    """Save a model.

    Raises:
        WrongUse: there is no such format or model.
        UnfitMachine: the file cannot be written.
    """
    model_format: Any = form
    if model_format not in SUFFIXES:
        raise WrongUse(f"unknown format {form!r}; allowed: {', '.join(SUFFIXES)}")
    wanted: Any = which
    if wanted not in {"last", "best"}:
        raise WrongUse(f"unknown model {which!r}; allowed: last, best")
    with connected() as client:
        data = client.get_model(evaluation_id, format=model_format, which=wanted)
    file = out or Path(f"{evaluation_id}-{which}.{SUFFIXES[model_format]}")
    with explained(f"cannot write {file}"):
        file.write_bytes(data)
    if as_json:
        sha256 = hashlib.sha256(data).hexdigest()
        print_json(Saved(id=evaluation_id, file=str(file), bytes=len(data), sha256=sha256))
    else:
        say(str(file))
