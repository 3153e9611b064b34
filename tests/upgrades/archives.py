"""Homes that older revisions wrote."""

import zipfile
from pathlib import Path

from migrations.schema import upgrade


def upgraded_home(archive: Path, folder: Path) -> str:
    """Unpack an archive and bring its database up to today's schema; return the database's URL."""
    with zipfile.ZipFile(archive) as home:
        home.extractall(folder)
    url = f"sqlite:///{folder / 'pdarts.db'}"
    upgrade(url)
    return url
