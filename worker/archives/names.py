"""Names of members: which of them are safe, and which are names of images that can be kept."""

import re
import unicodedata

from worker.archives.errors import ArchiveUnsafe, LayoutRefused, shown

LONGEST_PART = 255
"""Bytes of a file's or folder's name in UTF-8: what file systems take."""
LONGEST_PATH = 1000
"""Bytes of a path in UTF-8: leaves room for the folder that it will be in."""
_DRIVE = re.compile(r"[A-Za-z]:")
_UNSEEN = re.compile("[\x00-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069]")
"""Signs that end lines, steer terminals, or turn the direction of a text."""


def clean_path(name: str) -> str:
    """Return a member's path in one form: with single `/`, without `.`, in Unicode's form NFC.

    Raises:
        ArchiveUnsafe: it leads out of the folder that the archive is unpacked into, or would
            on some system.
    """
    parts = [part for part in name.split("/") if part not in {"", "."}]
    if name.startswith("/") or _DRIVE.match(name):
        raise ArchiveUnsafe(f"{shown(name)} is an absolute path")
    if ".." in parts:
        raise ArchiveUnsafe(f"{shown(name)} leads out of its folder")
    if "\0" in name or "\\" in name:
        raise ArchiveUnsafe(f"{shown(name)} holds a character that no name may have")
    return unicodedata.normalize("NFC", "/".join(parts))


def check_text(path: str) -> None:
    """Refuse a clean path that would be in the way of people or file systems.

    Raises:
        LayoutRefused: it is no text, too long, or not seen as it is.
    """
    try:
        encoded = path.encode()
    except UnicodeEncodeError as error:
        raise LayoutRefused(f"the name {shown(path)} is not UTF-8") from error
    if _UNSEEN.search(path):
        raise LayoutRefused(f"the name {shown(path)} holds characters that cannot be printed")
    if len(encoded) > LONGEST_PATH or max(map(len, encoded.split(b"/"))) > LONGEST_PART:
        raise LayoutRefused(
            f"the name {shown(path)} is too long: at most {LONGEST_PART} bytes for each folder and "
            f"file, and {LONGEST_PATH} in all"
        )
