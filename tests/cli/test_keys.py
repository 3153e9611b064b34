"""`pdarts keys`: on the database itself, before the API has ever run."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from store.database import Database
from store.key_text import digest_of, is_key
from store.keys import find_valid_key
from store.settings import Settings
from tests.cli.conftest import Typed
from tests.support.service import run_pdarts

Run = Callable[..., Typed]


def made(run: Run, *words: str) -> dict[str, Any]:
    result = run("keys", "create", "--json", *words)
    assert result.code == 0, result.messages
    key: dict[str, Any] = json.loads(result.output)
    return key


def listed(run: Run, *words: str) -> list[dict[str, Any]]:
    keys: list[dict[str, Any]] = json.loads(run("keys", "list", "--json", *words).output)["data"]
    return keys


def test_the_first_key_is_made_before_there_is_a_database(
    tmp_path: Path, typed_at_home: Run
) -> None:
    result = typed_at_home("keys", "create", "--owner", "ada", "--scope", "admin")
    key = result.output.strip()
    assert is_key(key)
    assert "ada" in result.messages
    database = Database(Settings(home=tmp_path).database_url)
    with database.read() as session:
        row = find_valid_key(session, digest_of(key))
        assert row is not None
        assert (row.owner, row.scopes) == ("ada", ["admin"])
    database.close()


def test_keys_are_listed_and_revoked(typed_at_home: Run) -> None:
    first = made(typed_at_home, "--owner", "ada", "--name", "laptop", "--expires-in-days", "3")
    made(typed_at_home, "--owner", "bob")
    assert (first["scopes"], first["name"]) == (["read", "submit"], "laptop")
    (shown,) = listed(typed_at_home, "--owner", "ada")
    assert shown == {name: value for name, value in first.items() if name != "key"}
    assert [key["owner"] for key in listed(typed_at_home)] == ["bob", "ada"]
    for _ in range(2):
        revoked = typed_at_home("keys", "revoke", first["id"])
        assert (revoked.code, "revoked" in revoked.output) == (0, True)
    assert listed(typed_at_home, "--owner", "ada")[0]["revoked_at"] is not None


@pytest.mark.parametrize(
    ("words", "code", "told"),
    [
        (["create", "--owner", "a b"], 2, "is not a valid owner"),
        (
            ["create", "--owner", "ada", "--name", ""],
            2,
            "a name must have 1 to 100 printable characters",
        ),
        (["create", "--owner", "ada", "--scope", "write"], 2, "write"),
        (["create", "--owner", "ada", "--expires-in-days", "0"], 2, "--expires-in-days"),
        (["create"], 2, "--owner"),
        (["revoke", "key_x"], 4, "run pdarts migrate"),
    ],
    ids=str,
)
def test_what_is_wrong_is_told(typed_at_home: Run, words: list[str], code: int, told: str) -> None:
    refused = typed_at_home("keys", *words)
    assert refused.code == code
    assert told in refused.messages


def test_a_key_that_does_not_exist_cannot_be_revoked(typed_at_home: Run) -> None:
    made(typed_at_home, "--owner", "ada")
    refused = typed_at_home("keys", "revoke", "key_x")
    assert (refused.code, "there is no key key_x" in refused.messages) == (7, True)


@pytest.mark.parametrize("command", ["up", "api"])
@pytest.mark.sampled
def test_with_keys_but_without_one_for_an_admin_nothing_starts(
    tmp_path: Path, command: str
) -> None:
    run_pdarts(tmp_path, "migrate")
    refused = run_pdarts(tmp_path, command, PDARTS_AUTH="on", PDARTS_HOST="127.0.0.1")
    assert refused.returncode == 1
    assert "pdarts keys create" in refused.stderr
