"""Files of weights, renamed from the project's layout to the published one, without torch."""

import io
import pickletools
import zipfile

import safetensors.numpy

from pdarts_core.tensors.names import published_name

_ALIGNMENT = 64
"""Where `torch.save` lets tensors begin in its file: at a multiple of so many bytes."""
_LOCAL_HEADER = 30
_OLDEST = (1980, 1, 1, 0, 0, 0)


def publish_safetensors(data: bytes) -> bytes:
    """Return the same tensors, as safetensors, under their published names."""
    tensors = safetensors.numpy.load(data)
    return safetensors.numpy.save({published_name(name): t for name, t in tensors.items()})


def publish_torch_file(data: bytes) -> bytes:
    """Return the same state dict, as `torch.save` writes it, under its published names.

    Args:
        data: what `torch.save` wrote of a state dict in the project's names.
    """
    written = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(data)) as archive,
        zipfile.ZipFile(written, "w") as renamed,
    ):
        for name in archive.namelist():
            content = archive.read(name)
            if name.endswith("/data.pkl"):
                content = _rename_in_pickle(content)
            renamed.writestr(_aligned(name, written.tell()), content)
    return written.getvalue()


def _rename_in_pickle(pickled: bytes) -> bytes:
    """Rename what a pickle of `torch.save` calls its tensors; nothing in it is run."""
    operations = list(pickletools.genops(pickled))
    ends = [position for _, _, position in operations[1:]] + [len(pickled)]
    parts = []
    for (opcode, argument, begin), end in zip(operations, ends, strict=True):
        if opcode.name == "BINUNICODE" and isinstance(argument, str):
            text = published_name(argument).encode()
            parts.append(b"X" + len(text).to_bytes(4, "little") + text)
        else:
            parts.append(pickled[begin:end])
    return b"".join(parts)


def _aligned(name: str, offset: int) -> zipfile.ZipInfo:
    """Return the header of an entry that begins at an offset, padded as torch pads its own."""
    info = zipfile.ZipInfo(name, _OLDEST)
    before = offset + _LOCAL_HEADER + len(name.encode()) + len(b"FB__")
    padding = b"Z" * (-before % _ALIGNMENT)
    info.extra = b"FB" + len(padding).to_bytes(2, "little") + padding
    return info
