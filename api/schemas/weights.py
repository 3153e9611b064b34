"""Files of weights as clients see them."""

from datetime import datetime
from typing import Any, Literal

from api.http.bodies import BASE, Body, described
from pdarts_core.space.layout import Stem
from pdarts_core.tensors.names import Layout
from store.tables import WeightsRow

WEIGHTS_BODY: dict[str, Any] = {
    "required": True,
    "description": "The file itself, as `curl --data-binary @FILE` and `curl -X POST -T FILE` "
    "send it",
    "content": {
        "application/octet-stream": {
            "schema": {"type": "string", "format": "binary"},
            "example": "the bytes of the file",
        }
    },
}


class WeightsUrls(Body):
    """Related addresses."""

    self: str = described("The weights themselves")
    evaluations: str = described("The evaluations that begin with them")


class WeightsBody(Body):
    """A file of trained weights, as far as names and shapes of its tensors tell."""

    id: str = described("The ID, for an evaluation's `weights`")
    owner: str = described("Whose they are")
    name: str | None = described("The name given with the file")
    sha256: str = described("Digest of the file, in hexadecimal")
    bytes: int = described("Size of the file")
    format: Literal["safetensors", "torch"] = described("The library that wrote the file")
    layout: Layout = described(
        "How the tensors are named: as this project does, or as P-DARTS' and DARTS' own code"
    )
    parameters: int = described("Number of weights, without the auxiliary head")
    tensors: int = described("Number of tensors, without batch norm's counters")
    init_channels: int = described("Channels of the first cell's nodes")
    layers: int = described("Number of cells")
    num_classes: int = described("Number of classes")
    stem: Stem = described("`cifar` keeps the images' size, `imagenet` divides it by 8")
    auxiliary: bool = described("Whether there is an auxiliary head, which only training uses")
    created_at: datetime = described("When the file was first sent")
    urls: WeightsUrls = described("Related addresses")


def weights_path(weights_id: str) -> str:
    """Return where weights lie."""
    return f"{BASE}/weights/{weights_id}"


def weights_body(row: WeightsRow) -> WeightsBody:
    """Return what clients are shown of a file of weights."""
    own = WeightsBody.model_fields.keys() - {"format", "urls"}
    return WeightsBody(
        format=row.form,
        urls=WeightsUrls(
            self=weights_path(row.id), evaluations=f"{BASE}/evaluations?weights={row.id}"
        ),
        **{name: getattr(row, name) for name in own},
    )
