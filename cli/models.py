"""What the commands of `pdarts model` do."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any, get_args

from cli.connection import connected
from cli.errors import WrongUse
from cli.saved_files import save
from store.model_files import (
    FORMATS_WITH_LAYOUTS,
    SUFFIXES,
    ModelLayout,
    OnnxPixels,
    Which,
    model_name,
)

_ALLOWED: Mapping[str, tuple[str, ...]] = {
    "format": tuple(SUFFIXES),
    "model": get_args(Which),
    "layout": get_args(ModelLayout),
    "pixels": get_args(OnnxPixels),
}


def get(
    evaluation_id: str,
    form: str,
    which: str,
    layout: str,
    pixels: str,
    *,
    out: Path | None,
    as_json: bool,
) -> None:
    """Save a model.

    Raises:
        WrongUse: there is no such format, model, layout or kind of pixels.
        UnfitMachine: the file cannot be written.
    """
    chosen: Any = form, which, layout, pixels
    for value, (noun, known) in zip(chosen, _ALLOWED.items(), strict=True):
        if value not in known:
            raise WrongUse(f"unknown {noun} {value!r}; allowed: {', '.join(known)}")
    model_format, wanted, named, given = chosen
    if named != "project" and model_format not in FORMATS_WITH_LAYOUTS:
        raise WrongUse(f"{form} has one layout; --layout is for safetensors and torch")
    if given != "uint8" and model_format != "onnx":
        raise WrongUse("--pixels is for onnx alone")
    with connected() as client:
        data = client.get_model(
            evaluation_id, format=model_format, which=wanted, layout=named, pixels=given
        )
    name = model_name(evaluation_id, wanted, model_format, named, given)
    save(data, out or Path(name), of=evaluation_id, as_json=as_json)
