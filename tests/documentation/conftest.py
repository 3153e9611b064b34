"""One service for all pages, as a user starts it."""

from collections.abc import Iterator

import pytest

from tests.support.service import service


@pytest.fixture(scope="package")
def service_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    home = tmp_path_factory.mktemp("documentation") / "home"
    with service(home, PDARTS_WEBHOOKS="on") as running:
        yield running.url
