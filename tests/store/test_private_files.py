"""What lies in the home is for its owner's eyes alone."""

import os
import stat
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import text

from cli.home import open_home
from cli.migrate import migrate
from store.artifact_folder import FolderStore
from store.database import Database
from store.private_files import keep_private
from store.settings import Settings

KEYS_CREATE = ["keys", "create", "--owner", "ada"]


@pytest.fixture(autouse=True)
def everything_open() -> Iterator[None]:
    """A user whose new files everyone may read, as is usual; and write, as is not."""
    before = os.umask(0)
    yield
    os.umask(before)


def mode_of(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def open_to_others(folder: Path) -> list[Path]:
    return [path for path in (folder, *folder.rglob("*")) if mode_of(path) & 0o077]


@pytest.mark.sampled
@pytest.mark.parametrize("command", [KEYS_CREATE, ["migrate"]], ids=["keys create", "migrate"])
def test_whoever_makes_it_first_makes_it_private(tmp_path: Path, command: list[str]) -> None:
    home = tmp_path / "home"
    environment = os.environ | {"PDARTS_HOME": str(home)}
    subprocess.run([sys.executable, "-P", "-m", "cli", *command], env=environment, check=True)
    assert (home / "pdarts.db").is_file()
    assert open_to_others(home) == []


def test_what_stands_beside_a_database_in_use_is_private(tmp_path: Path) -> None:
    settings = Settings(home=tmp_path / "home")
    migrate(settings)
    database = Database(settings.database_url)
    with database.write() as session:
        session.execute(text("UPDATE alembic_version SET version_num = version_num"))
        beside = {path.name for path in settings.home.iterdir()}
        assert {"pdarts.db-wal", "pdarts.db-shm"} <= beside
        assert open_to_others(settings.home) == []
    database.close()


def test_one_that_an_older_version_left_open_is_tightened(tmp_path: Path) -> None:
    home = tmp_path / "home"
    for name in ("logs", "artifacts", "run"):
        (home / name).mkdir(parents=True)
    for name in ("pdarts.db", "pdarts.db-wal", "pdarts.db-shm", "up.lock", "logs/api.log"):
        (home / name).touch()
    open_home(Settings(home=home))
    assert open_to_others(home) == []


def test_a_folder_with_other_things_in_it_stays_open(tmp_path: Path) -> None:
    tmp_path.chmod(0o755)
    (tmp_path / "thesis.tex").touch()
    home = open_home(Settings(home=tmp_path))
    assert mode_of(tmp_path) == 0o755
    assert mode_of(tmp_path / "thesis.tex") == 0o666
    assert mode_of(home.logs) == 0o700


def test_a_link_is_not_followed(tmp_path: Path) -> None:
    (tmp_path / "shared").mkdir()
    (tmp_path / "home").mkdir()
    (tmp_path / "home" / "artifacts").symlink_to(tmp_path / "shared")
    keep_private(Settings(home=tmp_path / "home"))
    assert mode_of(tmp_path / "shared") == 0o777


def test_a_database_that_a_setting_places_elsewhere_is_made_private_and_then_left_alone(
    tmp_path: Path,
) -> None:
    shared = tmp_path / "shared"
    shared.mkdir()
    settings = Settings(home=tmp_path / "home", database_url=f"sqlite:///{shared / 'ours.db'}")
    migrate(settings)
    assert (mode_of(shared), mode_of(shared / "ours.db")) == (0o777, 0o600)
    (shared / "ours.db").chmod(0o660)
    migrate(settings)
    assert mode_of(shared / "ours.db") == 0o660


class TestArtifacts:
    def test_a_new_folder_is_private(self, tmp_path: Path) -> None:
        FolderStore(tmp_path / "artifacts").put("search/checkpoints/one", b"1")
        assert open_to_others(tmp_path / "artifacts") == []

    def test_in_one_that_is_shared_folders_are_shared_and_files_are_not(
        self, tmp_path: Path
    ) -> None:
        shared = tmp_path / "shared"
        shared.mkdir(mode=0o770)
        FolderStore(shared).put("search/checkpoints/one", b"1")
        assert mode_of(shared) == mode_of(shared / "search" / "checkpoints") == 0o770
        assert mode_of(shared / "search" / "checkpoints" / "one") == 0o600
