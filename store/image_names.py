"""Which files are images, and which are of no interest, told by their names alone."""

import os
import unicodedata
from pathlib import PurePath

from store.plain_text import on_one_line

IMAGE_SUFFIXES = frozenset(
    {".bmp", ".gif", ".jfif", ".jpe", ".jpeg", ".jpg", ".png", ".tif", ".tiff", ".webp"}
    | {".avif", ".heic", ".heif", ".pbm", ".pgm", ".pnm", ".ppm"}
)
_LEFT_BY_SYSTEMS = frozenset(
    {"__macosx", "@eadir", "desktop.ini", "thumbs.db", "lost+found", "__pycache__"}
    | {"$recycle.bin", "#recycle", "@recycle", "system volume information"}
)
"""Files and folders that operating systems, network drives and programs leave beside images."""


def is_image(path: PurePath | str) -> bool:
    """Tell whether a file is an image."""
    return os.path.splitext(path)[1].lower() in IMAGE_SUFFIXES  # noqa: PTH122  many, quickly


def is_hidden(name: str) -> bool:
    """Tell whether a file or folder is passed over without a word."""
    return name.startswith(".") or name.lower() in _LEFT_BY_SYSTEMS


def same_text(name: str) -> str:
    """Return a name in the one form (NFC) that all ways to write it in Unicode have in common."""
    return unicodedata.normalize("NFC", name)


def shown_name(name: str) -> str:
    r"""Return a name, or a path, as text on one line: newlines become \n, what is no UTF-8 `�`."""
    return on_one_line(same_text(os.fsencode(name).decode("utf-8", "replace")))
