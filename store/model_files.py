"""The files that an evaluation ends with: weights and a program, kept until it is deleted.

    <evaluation>/model/<which>-<sha256>.<suffix>

The name follows from the content, so an attempt that lost its lease without knowing can overwrite
nothing that another one has written. Other forms of the network are made of these files whenever
they are asked for.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from types import MappingProxyType
from typing import Any, Literal, Self

StoredFormat = Literal["safetensors", "torch", "python"]
FileFormat = Literal["safetensors", "torch", "onnx", "python"]
"""What is stored, or made of what is stored."""
ModelFormat = Literal["safetensors", "torch", "onnx", "python", "zip"]
ModelLayout = Literal["project", "published"]
"""How weights are named: as in this project's `Network`, or as in P-DARTS' published code."""
OnnxPixels = Literal["uint8", "float32"]
"""What the images of an ONNX file are: bytes, or numbers from 0 to 1."""
Which = Literal["last", "best"]

FORMATS_WITH_LAYOUTS: frozenset[ModelFormat] = frozenset({"safetensors", "torch"})
SUFFIXES: Mapping[ModelFormat, str] = MappingProxyType(
    {"safetensors": "safetensors", "torch": "pt", "onnx": "onnx", "python": "py", "zip": "zip"}
)
WRONG_COLUMNS = 6
"""Images in a row of the picture with those that a network was wrong about."""
WRONG_CELL = 96
"""Pixels of a side of each."""


@dataclass(frozen=True, kw_only=True)
class ModelFile:
    """One stored file."""

    which: Which
    """`last`: of the last epoch; `best`: of the epoch that did best on held-out images."""
    format: StoredFormat
    key: str
    sha256: str
    bytes: int

    @classmethod
    def from_row(cls, document: Mapping[str, Any]) -> Self:
        """Read what `to_row` returned."""
        return cls(**document)

    def to_row(self) -> dict[str, Any]:
        """Return it as the evaluation's row keeps it."""
        return asdict(self)


def model_folder(evaluation_id: str) -> str:
    """Return the key of the folder with an evaluation's files."""
    return f"{evaluation_id}/model"


def model_key(evaluation_id: str, which: Which, model_format: StoredFormat, sha256: str) -> str:
    """Return the key of a file."""
    return f"{model_folder(evaluation_id)}/{which}-{sha256}.{SUFFIXES[model_format]}"


def sheet_key(evaluation_id: str, sha256: str) -> str:
    """Return the key of the picture of a network's most confident mistakes.

    It is not among the files of the network.
    """
    return f"{sheet_prefix(evaluation_id)}{sha256}.png"


def sheet_prefix(evaluation_id: str) -> str:
    """Return how the keys of such pictures begin."""
    return f"{evaluation_id}/wrong-"


def model_name(
    evaluation_id: str,
    which: Which,
    model_format: ModelFormat,
    layout: ModelLayout = "project",
    pixels: OnnxPixels = "uint8",
) -> str:
    """Return what a file is called where it is taken home."""
    unusual = [part for part in (layout, pixels) if part not in ("project", "uint8")]
    return f"{'-'.join([evaluation_id, which, *unusual])}.{SUFFIXES[model_format]}"
