"""A command's client: PDARTS_URL names the service, PDARTS_API_KEY has the key."""

from collections.abc import Iterator
from contextlib import contextmanager

from cli.client import Client, Retries
from cli.errors import WrongUse

RETRIES = Retries()


@contextmanager
def connected() -> Iterator[Client]:
    """Yield a client.

    Raises:
        WrongUse: PDARTS_URL is no address.
    """
    try:
        client = Client(retries=RETRIES)
    except ValueError as error:
        raise WrongUse(f"PDARTS_URL: {error}") from error
    with client:
        yield client
