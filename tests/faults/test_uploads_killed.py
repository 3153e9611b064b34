"""A folder is pushed while both sides are killed, again and again."""

import hashlib
import os
import random
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from sqlalchemy import select

from store.content_digest import ContentDigest
from store.database import Database
from store.settings import Settings
from store.tables import UploadRow
from store.uploads import received_bytes
from tests.support.api_process import ApiProcess, api_process
from tests.support.launcher import LaunchedProcess, get_launcher
from tests.support.processes import quick_environment
from tests.support.servers import RedisServer

_FILES = 128
_SECONDS = 300.0


@dataclass(kw_only=True)
class Push:
    """`pdarts dataset push`, which is typed again when it was killed."""

    folder: Path
    home: Path
    url: str
    process: LaunchedProcess | None = None

    def start(self) -> None:
        words = ["cli", "dataset", "push", str(self.folder)]
        environment = {**quick_environment(self.home, "", ""), "PDARTS_URL": self.url}
        log = self.home / "push.log"
        self.process = get_launcher().start(*words, environment=environment, log=log)

    def kill(self) -> None:
        assert self.process is not None
        self.process.kill()
        self.process.wait()

    def has_ended(self) -> bool:
        assert self.process is not None
        return self.process.poll() is not None

    def end(self) -> None:
        assert self.process is not None
        assert self.process.wait(_SECONDS) == 0, (self.home / "push.log").read_text()


@pytest.fixture
def api(tmp_path: Path, database_url: str, redis_server: RedisServer) -> Iterator[ApiProcess]:
    home = tmp_path / "service"
    home.mkdir()
    with api_process(home, database_url, redis_server.url) as api:
        api.start()
        yield api


def write_folder(folder: Path, size: int) -> str:
    """Write files that look the same nowhere, and return their digest."""
    digest = ContentDigest()
    for label in ("rose", "tulip"):
        (folder / "train" / label).mkdir(parents=True)
        for number in range(_FILES // 2):
            path = f"train/{label}/{number:03}.png"
            content = os.urandom(size // _FILES)
            (folder / path).write_bytes(content)
            digest.add(path, hashlib.sha256(content).hexdigest())
    return digest.hexdigest()


def wait_for_bytes(database: Database, settings: Settings, wanted: int, push: Push) -> None:
    """Wait until so much has come, or all of it."""
    deadline = time.monotonic() + _SECONDS
    while not push.has_ended():
        with database.read() as session:
            upload_id = session.scalar(select(UploadRow.id))
        if upload_id is not None and received_bytes(settings, upload_id) >= wanted:
            return
        assert time.monotonic() < deadline
        time.sleep(0.005)


@pytest.mark.parametrize(
    ("size", "kills"),
    [
        pytest.param(2**24, 1, id="small"),
        pytest.param(2**31, 10, id="2-GB", marks=pytest.mark.slow),
    ],
)
def test_it_ends_as_if_nobody_had_been_killed(
    api: ApiProcess, tmp_path: Path, database: Database, database_url: str, size: int, kills: int
) -> None:
    settings = Settings(home=tmp_path / "service", database_url=database_url)
    digest = write_folder(tmp_path / "flowers", size)
    chance = random.Random(16)
    push = Push(folder=tmp_path / "flowers", home=tmp_path, url=str(api.client.base_url))
    push.start()
    victims: list[ApiProcess | Push] = [api, push] * kills
    chance.shuffle(victims)
    for place in sorted(chance.randrange(size) for _ in victims):
        wait_for_bytes(database, settings, place, push)
        victim = victims.pop()
        victim.kill()
        victim.start()
    push.end()

    assert api.client.get("/datasets/flowers").json()["digest"] == digest
    assert list((settings.home / "uploads").iterdir()) == []
