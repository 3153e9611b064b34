"""The client's types of a spec are those that the service's fields make."""

from tests.generate_client_types import TYPES, client_types


def test_the_committed_types_are_current() -> None:
    assert TYPES.read_text() == client_types(), "make them anew: make generate"
