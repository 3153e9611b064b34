from pathlib import Path

import pytest

from api.main import create_app
from api.resources.security import UnsafeSettingsError
from store.settings import Settings


@pytest.mark.parametrize("host", ["127.0.0.1", "127.0.0.2", "localhost", "::1", "[::1]"])
def test_loopback_needs_no_keys(tmp_path: Path, host: str) -> None:
    create_app(Settings(home=tmp_path, host=host))


@pytest.mark.parametrize("host", ["::", "192.168.1.5", "8.8.8.8", "example.org"])
def test_anything_wider_refuses_to_start_without(tmp_path: Path, host: str) -> None:
    with pytest.raises(UnsafeSettingsError, match="PDARTS_AUTH"):
        create_app(Settings(home=tmp_path, host=host))
