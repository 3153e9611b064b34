from pathlib import Path

import pytest
from pydantic import ValidationError

from store.settings import Settings


def test_unset_settings_follow_from_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PDARTS_HOME", str(tmp_path))
    settings = Settings()
    assert settings.database_url == f"sqlite:///{tmp_path}/pdarts.db"
    assert settings.data_dir == tmp_path / "data"
    assert settings.artifacts_url == str(tmp_path / "artifacts")
    assert settings.redis_is_embedded


def test_a_variable_overrides_what_would_follow(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PDARTS_REDIS_URL", "redis://broker:6379/0")
    settings = Settings()
    assert settings.redis_url == "redis://broker:6379/0"
    assert not settings.redis_is_embedded


def test_an_empty_variable_counts_as_unset(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PDARTS_PORT", "")
    assert Settings().port == 8000


@pytest.mark.parametrize("name", ["PDARTS_ACTIVE_JOBS", "PDARTS_ACTIVE_SEARCHES"])
def test_the_limit_of_active_jobs_has_an_older_name(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(name, "7")
    assert Settings(auth="on").active_jobs == 7


@pytest.mark.parametrize("scheme", ["postgresql", "postgres"])
def test_a_postgresql_url_names_its_driver(scheme: str) -> None:
    settings = Settings(database_url=f"{scheme}://user@host/name")
    assert settings.database_url == "postgresql+psycopg://user@host/name"


def test_a_deep_home_has_its_socket_elsewhere(tmp_path: Path) -> None:
    deep = tmp_path / ("d" * 100)
    assert len(str(Settings(home=deep).embedded_redis_socket)) < 100


def test_the_beat_leaves_room_for_retries_within_a_lease() -> None:
    settings = Settings(lease_seconds=90)
    assert settings.beat_seconds == 15
    assert settings.stop_after_seconds == 60


@pytest.mark.parametrize(("field", "value"), [("port", 70000), ("lease_seconds", 0)])
def test_a_value_out_of_bounds_is_refused(field: str, value: float) -> None:
    with pytest.raises(ValidationError, match=field):
        Settings.model_validate({field: value})
