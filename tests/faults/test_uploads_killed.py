"""A file is sent in parts while both sides are killed, again and again."""

import hashlib
import os
import random
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

import pytest
from sqlalchemy import select

from store.database import Database
from store.settings import Settings
from store.tables import UploadRow
from store.uploads import open_finished, received_bytes
from tests.support.api_process import ApiProcess, api_process
from tests.support.launcher import LaunchedProcess, get_launcher
from tests.support.processes import quick_environment
from tests.support.servers import RedisServer

_PIECE = 2**20
_SECONDS = 300.0


@dataclass(kw_only=True)
class Push:
    """A process that sends a file, and is started anew when it was killed."""

    file: Path
    home: Path
    url: str
    largest_part: int
    process: LaunchedProcess | None = None

    def start(self) -> None:
        words = ["tests.support.push_once", str(self.file), str(self.largest_part)]
        environment = {**quick_environment(self.home, "", ""), "PDARTS_URL": self.url}
        log = self.home / "push.log"
        self.process = get_launcher().start(*words, environment=environment, log=log)

    def kill(self) -> None:
        assert self.process is not None
        self.process.kill()
        self.process.wait()

    def end(self) -> None:
        assert self.process is not None
        log = self.home / "push.log"
        assert self.process.wait(_SECONDS) == 0, log.read_text()


@pytest.fixture
def api(tmp_path: Path, database_url: str, redis_server: RedisServer) -> Iterator[ApiProcess]:
    home = tmp_path / "service"
    home.mkdir()
    with api_process(home, database_url, redis_server.url) as api:
        api.start()
        yield api


def write_random(path: Path, size: int) -> str:
    """Write a file that looks the same nowhere, and return its digest."""
    digest = hashlib.sha256()
    with path.open("wb") as file:
        for _ in range(0, size, _PIECE):
            piece = os.urandom(_PIECE)
            digest.update(piece)
            file.write(piece)
    return digest.hexdigest()


def digest_of(file: BinaryIO) -> str:
    digest = hashlib.sha256()
    while piece := file.read(_PIECE):
        digest.update(piece)
    return digest.hexdigest()


def wait_for_bytes(database: Database, settings: Settings, wanted: int, push: Push) -> None:
    """Wait until so much has come, or all of it."""
    deadline = time.monotonic() + _SECONDS
    while True:
        assert push.process is not None
        with database.read() as session:
            upload_id = session.scalar(select(UploadRow.id))
        if upload_id is not None and received_bytes(settings, upload_id) >= wanted:
            return
        assert time.monotonic() < deadline
        time.sleep(0.005)


@pytest.mark.parametrize(
    ("size", "kills", "largest_part"),
    [
        pytest.param(2**24, 1, 2**18, id="small"),
        pytest.param(2**31, 10, 2**24, id="2-GB", marks=pytest.mark.slow),
    ],
)
def test_it_ends_as_if_nobody_had_been_killed(
    api: ApiProcess,
    tmp_path: Path,
    database: Database,
    database_url: str,
    size: int,
    kills: int,
    largest_part: int,
) -> None:
    settings = Settings(home=tmp_path / "service", database_url=database_url)
    digest = write_random(tmp_path / "file", size)
    chance = random.Random(16)
    url = str(api.client.base_url)
    push = Push(file=tmp_path / "file", home=tmp_path, url=url, largest_part=largest_part)
    push.start()
    victims: list[ApiProcess | Push] = [api, push] * kills
    chance.shuffle(victims)
    for place in sorted(chance.randrange(size) for _ in victims):
        wait_for_bytes(database, settings, place, push)
        victim = victims.pop()
        victim.kill()
        victim.start()
    push.end()

    with database.read() as session:
        (upload,) = session.scalars(select(UploadRow))
        with open_finished(session, "local", upload.id, settings) as file:
            assert digest_of(file) == digest
