"""What the commands of `pdarts model` do."""

import hashlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any, get_args

from pydantic import BaseModel

from cli.connection import connected
from cli.errors import WrongUse
from cli.home import explained
from cli.terminal import print_json, say
from store.model_files import FORMATS_WITH_LAYOUTS, SUFFIXES, ModelLayout, Which, model_name

_ALLOWED: Mapping[str, tuple[str, ...]] = {
    "format": tuple(SUFFIXES),
    "model": get_args(Which),
    "layout": get_args(ModelLayout),
}


class Saved(BaseModel):
    """What programs read about a file that was saved."""

    id: str
    file: str
    bytes: int
    sha256: str


def get(
    evaluation_id: str, form: str, which: str, layout: str, out: Path | None, *, as_json: bool
) -> None:
    """Save a model.

    Raises:
        WrongUse: there is no such format, model or layout.
        UnfitMachine: the file cannot be written.
    """
    chosen: Any = form, which, layout
    for value, (noun, known) in zip(chosen, _ALLOWED.items(), strict=True):
        if value not in known:
            raise WrongUse(f"unknown {noun} {value!r}; allowed: {', '.join(known)}")
    model_format, wanted, named = chosen
    if named != "project" and model_format not in FORMATS_WITH_LAYOUTS:
        raise WrongUse(f"{form} has one layout; --layout is for safetensors and torch")
    with connected() as client:
        data = client.get_model(evaluation_id, format=model_format, which=wanted, layout=named)
    file = out or Path(model_name(evaluation_id, wanted, model_format, named))
    with explained(f"cannot write {file}"):
        file.write_bytes(data)
    if as_json:
        sha256 = hashlib.sha256(data).hexdigest()
        print_json(Saved(id=evaluation_id, file=str(file), bytes=len(data), sha256=sha256))
    else:
        say(str(file))
