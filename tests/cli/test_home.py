"""The service's folder: made, held by one at a time, and refused in a sentence."""

import os
from pathlib import Path

import pytest

from cli.errors import AlreadyInUse, UnfitMachine
from cli.home import announce, locked, open_home
from store.settings import Settings


def test_it_is_made_with_its_logs(tmp_path: Path) -> None:
    home = open_home(Settings(home=tmp_path / "deep" / "home"))
    assert home.logs.is_dir()


def test_one_that_cannot_be_made_is_named_with_the_setting_that_moves_it(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(UnfitMachine, match=r"file/home.*PDARTS_HOME.*Not a directory"):
        open_home(Settings(home=tmp_path / "file" / "home"))


def test_a_second_holder_is_told_who_the_first_one_is(tmp_path: Path) -> None:
    home = open_home(Settings(home=tmp_path))
    with locked(home) as lock:
        announce(lock, "http://127.0.0.1:8000")
        with (
            pytest.raises(
                AlreadyInUse, match=rf"http://127\.0\.0\.1:8000 \(process {os.getpid()}\)"
            ),
            locked(home),
        ):
            pass


def test_it_is_free_again_once_let_go(tmp_path: Path) -> None:
    home = open_home(Settings(home=tmp_path))
    with locked(home) as lock:
        announce(lock, "http://127.0.0.1:8000")
    with locked(home) as lock:
        assert lock.read() == ""
