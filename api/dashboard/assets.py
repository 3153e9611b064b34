"""The page's files, found once and named by a digest of all of them.

The files refer to each other by relative paths, so one digest in front names them all: a browser
keeps them for good, and a new version has new addresses.
"""

import hashlib
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from importlib.resources.abc import Traversable

_DIGEST_CHARACTERS = 16
_MEDIA_TYPES = {
    "css": "text/css; charset=utf-8",
    "js": "text/javascript; charset=utf-8",
    "svg": "image/svg+xml",
}


@dataclass(frozen=True, kw_only=True)
class Asset:
    """A file as it is served."""

    content: bytes
    media_type: str


@dataclass(frozen=True, kw_only=True)
class Assets:
    """All files by their path, and the digest that their addresses contain."""

    digest: str
    by_path: dict[str, Asset]

    def paths(self, kind: str) -> list[str]:
        """Return the paths of the files of a kind (`js`, `css`), in order."""
        return [path for path in self.by_path if path.endswith(f".{kind}")]


@cache
def load_assets() -> Assets:
    """Read the files."""
    found = dict(sorted(_walk(files("api.dashboard") / "static", "")))
    digest = hashlib.sha256()
    for path, asset in found.items():
        digest.update(f"{path}\0{len(asset.content)}\0".encode())
        digest.update(asset.content)
    return Assets(digest=digest.hexdigest()[:_DIGEST_CHARACTERS], by_path=found)


def _walk(folder: Traversable, prefix: str) -> list[tuple[str, Asset]]:
    found = []
    for entry in folder.iterdir():
        path = f"{prefix}{entry.name}"
        media_type = _MEDIA_TYPES.get(entry.name.rpartition(".")[2])
        if entry.is_dir():
            found += _walk(entry, f"{path}/")
        elif media_type is not None:
            found.append((path, Asset(content=entry.read_bytes(), media_type=media_type)))
    return found
