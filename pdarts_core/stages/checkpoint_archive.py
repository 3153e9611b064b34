"""The archive that `torch.save` writes, checked before any of it is unpacked.

`torch.save` writes a zip archive whose members are stored as they are: a pickle, and one member for
each tensor's numbers. An archive that could unpack to more than its own size is refused, and so is
a pickle that asks for anything but containers, numbers and plain tensors.
"""

import io
import pickletools
import zipfile
from collections.abc import Iterator
from typing import IO, Any

import torch
from torch import Tensor

_PICKLE = "/data.pkl"
_ALLOWED = frozenset(
    {
        "collections OrderedDict",
        "torch._utils _rebuild_tensor_v2",
        *(
            f"torch {kind}Storage"
            for kind in ("BFloat16", "Bool", "Byte", "Char", "Double", "Float", "Half")
        ),
        *(f"torch {kind}Storage" for kind in ("Int", "Long", "Short")),
    }
)
"""What `torch.save` names in the pickle of plain tensors."""

_OTHER_GLOBALS = frozenset({"EXT1", "EXT2", "EXT4", "INST", "OBJ", "STACK_GLOBAL"})
"""How a pickle can ask for something besides; `torch.save` does not."""


class TensorArchiveRefused(ValueError):
    """The bytes are not an archive of plain tensors."""


class ArchiveSwells(TensorArchiveRefused):
    """The archive would unpack to more than its own size."""


class ArchiveAsks(TensorArchiveRefused):
    """The archive asks for more than plain tensors."""


def unpack(data: bytes) -> Any:
    """Return what was saved. Its tensors take no more memory than the archive has bytes.

    Raises:
        TensorArchiveRefused: it is damaged, would unpack to more, or asks for other things.
        MemoryError: there is no room for it.
    """
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            members = _checked_members(archive, len(data))
            _check_pickles(members)
        # From the members as they were checked: torch finds its way through a zip differently.
        value = torch.load(_stored(members), map_location="cpu", weights_only=True)
        check_tensors(value, most_bytes=len(data))
    except (TensorArchiveRefused, MemoryError):
        raise
    except Exception as error:
        # A damaged pickle can make torch and zipfile raise almost anything.
        raise TensorArchiveRefused(f"it is damaged: {type(error).__name__}: {error}") from error
    return value


def _checked_members(archive: zipfile.ZipFile, most_bytes: int) -> dict[str, bytes]:
    """Return the members by name; none is read before all their sizes were added up."""
    found = archive.infolist()
    swells = sum(max(member.file_size, member.compress_size) for member in found) > most_bytes
    if any(member.compress_type != zipfile.ZIP_STORED for member in found):
        raise (ArchiveSwells if swells else TensorArchiveRefused)("a member is compressed")
    if len({member.filename for member in found}) < len(found):
        raise TensorArchiveRefused("two members have the same name")
    if swells:
        raise ArchiveSwells("its members are larger than the archive")
    return {member.filename: archive.read(member) for member in found}


def _check_pickles(members: dict[str, bytes]) -> None:
    """Refuse pickles that are cut off, or that could allocate more than they hold."""
    for name, content in members.items():
        if name.endswith(_PICKLE):
            check_pickle(content)


def check_pickle(content: bytes | IO[bytes]) -> None:
    """Refuse a pickle that asks for anything but plain tensors. Raises ArchiveAsks.

    Raises:
        ValueError: it is cut off, or no pickle.
    """
    for opcode, argument, _ in pickletools.genops(content):
        if opcode.name in _OTHER_GLOBALS:
            raise ArchiveAsks("it asks for more than plain tensors")
        if opcode.name == "GLOBAL" and argument not in _ALLOWED:
            raise ArchiveAsks(f"it asks for {argument:.80}")


def check_tensors(value: Any, *, most_bytes: int) -> None:
    """Refuse tensors that claim more numbers than there can be. Raises ArchiveSwells."""
    storages: dict[int, int] = {}
    for tensor in _tensors(value, most=most_bytes):
        storage = tensor.untyped_storage()
        storages[storage.data_ptr()] = storage.nbytes()
        if tensor.numel() * tensor.element_size() > storage.nbytes():
            raise ArchiveSwells("a tensor is larger than its numbers")
    if sum(storages.values()) > most_bytes:
        raise ArchiveSwells("its tensors are larger than the archive")


def _stored(members: dict[str, bytes]) -> io.BytesIO:
    rewritten = io.BytesIO()
    with zipfile.ZipFile(rewritten, "w", zipfile.ZIP_STORED) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    rewritten.seek(0)
    return rewritten


def _tensors(value: Any, *, most: int) -> Iterator[Tensor]:
    """Yield the tensors in nested containers, which have at most so many values.

    A container that is in others many times, or in itself, counts each time.
    """
    left = [value]
    visited = 0
    while left:
        found = left.pop()
        visited += 1
        if visited + len(left) > most:
            raise ArchiveSwells("it holds more values than it has bytes")
        if isinstance(found, Tensor):
            yield found
        elif isinstance(found, dict):
            left.extend(found.values())
        elif isinstance(found, list | tuple):
            left.extend(found)
