"""Files of weights as people have them, and such as nobody should send."""

import io
import struct
import zipfile
from pathlib import Path
from typing import Any

import torch
from sqlalchemy.orm import Session

from pdarts_core.export import save_weights
from pdarts_core.export.inspection import inspect_weights
from pdarts_core.network import Network
from pdarts_core.tensors.layout import recognise
from store.ids import IdKind, new_id
from store.tables import WeightsRow
from tests.support.evaluations import GENOTYPE


def make_weights(seed: int = 0, **shape: Any) -> dict[str, torch.Tensor]:
    """Return the weights of a network that takes no time to build."""
    small = {"init_channels": 2, "num_classes": 10, "layers": 3, "auxiliary": False}
    generator = torch.Generator().manual_seed(seed)
    return dict(Network(GENOTYPE, **(small | shape), generator=generator).state_dict())


def written(value: Any, *, legacy: bool = False) -> bytes:
    """Return what `torch.save` writes, in today's format or in that from before version 1.6."""
    buffer = io.BytesIO()
    torch.save(value, buffer, _use_new_zipfile_serialization=not legacy)
    return buffer.getvalue()


class Payload:
    """Runs code when it is unpickled."""

    def __init__(self, target: Path) -> None:
        self.target = target

    def __reduce__(self) -> tuple[Any, ...]:
        return Path.touch, (self.target,)


def zip_bomb() -> bytes:
    """Return a small archive that inflates to a large one."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("archive/data.pkl", bytes(2**24))
    return buffer.getvalue()


def memory_bomb() -> bytes:
    """Return a file from before version 1.6 that claims a storage of a terabyte."""
    honest = written({"w": torch.zeros(7)}, legacy=True)
    seven = b"K\x07"  # the number of elements, in the pickle's persistent id
    assert honest.count(seven) >= 1
    claimed = struct.pack("<i", 2**31 - 1)
    return honest.replace(seven, b"J" + claimed)


def insert_weights(session: Session, *, owner: str = "local", **columns: Any) -> str:
    """Insert weights as if they had been sent, without their file, and return their id."""
    data = save_weights(make_weights())
    shapes = inspect_weights(data).shapes
    weights_id = new_id(IdKind.WEIGHTS)
    values = {
        "id": weights_id,
        "owner": owner,
        "name": None,
        "key": f"{weights_id}/model.safetensors",
        "sha256": weights_id.removeprefix("wts_").rjust(64, "0"),
        "bytes": len(data),
        "form": "safetensors",
        "parameters": 1234,
        "tensors": len(shapes),
        "shapes": {name: list(shape) for name, shape in shapes.items()},
        **vars(recognise(shapes)),
    }
    session.add(WeightsRow(**(values | columns)))
    session.flush()
    return weights_id
