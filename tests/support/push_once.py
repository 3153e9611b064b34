"""Sends a file as `pdarts dataset push` does, and nothing else: `python -m tests.support.push_once
FILE LARGEST_PART`, to be killed and started again.
"""

import os
import sys
from pathlib import Path

from cli.client import Client
from cli.pushing import sending
from cli.pushing.kept_push import kept_push
from cli.pushing.sending import send
from cli.pushing.source import ArchiveFile

if __name__ == "__main__":
    path = Path(sys.argv[1])
    sending.LARGEST_PART = int(sys.argv[2])
    url = os.environ["PDARTS_URL"]
    with Client(url) as client, kept_push(Path(os.environ["PDARTS_HOME"]), url, path) as kept:
        send(client, ArchiveFile(path), kept, name=path.name, tell=lambda _: None)
