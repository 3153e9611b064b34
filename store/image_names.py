"""Which files are images, and which are of no interest, told by their names alone."""

from pathlib import PurePath

IMAGE_SUFFIXES = frozenset(
    {".bmp", ".gif", ".jfif", ".jpe", ".jpeg", ".jpg", ".png", ".tif", ".tiff", ".webp"}
    | {".pbm", ".pgm", ".pnm", ".ppm"}
)
_LEFT_BY_SYSTEMS = frozenset(
    {"__macosx", "@eadir", "desktop.ini", "thumbs.db", "lost+found", "__pycache__"}
    | {"$recycle.bin", "#recycle", "@recycle", "system volume information"}
)
"""Files and folders that operating systems, network drives and programs leave beside images."""


def is_image(path: PurePath) -> bool:
    """Tell whether a file is an image."""
    return path.suffix.lower() in IMAGE_SUFFIXES


def is_hidden(name: str) -> bool:
    """Tell whether a file or folder is passed over without a word."""
    return name.startswith(".") or name.lower() in _LEFT_BY_SYSTEMS
