"""What the programs are told of the settings."""

from pathlib import Path

import pytest

from cli.environment import settings_environment
from store.settings import Settings


def read_back(environment: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> Settings:
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    return Settings()


def test_a_program_reads_the_very_settings_back(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = Settings(home=tmp_path, port=1234, lease_seconds=7.5)
    assert read_back(settings_environment(settings), monkeypatch) == settings


def test_relative_places_do_not_move_with_the_program(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    settings = Settings(home=tmp_path, database_url="sqlite:///a.db", artifacts_url="files")
    environment = settings_environment(settings)
    assert environment["PDARTS_DATABASE_URL"] == f"sqlite:///{tmp_path / 'a.db'}"
    assert environment["PDARTS_ARTIFACTS_URL"] == str(tmp_path / "files")


def test_the_password_of_a_database_is_kept(tmp_path: Path) -> None:
    settings = Settings(home=tmp_path, database_url="postgresql://someone:word@db/pdarts")
    assert settings_environment(settings)["PDARTS_DATABASE_URL"] == (
        "postgresql+psycopg://someone:word@db/pdarts"
    )
