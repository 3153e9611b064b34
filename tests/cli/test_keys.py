"""`pdarts keys`: on the database itself, before the API has ever run."""

import json
from pathlib import Path
from typing import Any

import pytest

from store.database import Database
from store.key_text import digest_of, is_key
from store.keys import find_valid_key
from store.settings import Settings
from tests.support.service import run_pdarts


def made(home: Path, *words: str) -> dict[str, Any]:
    result = run_pdarts(home, "keys", "create", "--json", *words)
    assert result.returncode == 0, result.stderr
    key: dict[str, Any] = json.loads(result.stdout)
    return key


def listed(home: Path, *words: str) -> list[dict[str, Any]]:
    keys: list[dict[str, Any]] = json.loads(
        run_pdarts(home, "keys", "list", "--json", *words).stdout
    )["data"]
    return keys


def test_the_first_key_is_made_before_there_is_a_database(tmp_path: Path) -> None:
    result = run_pdarts(tmp_path, "keys", "create", "--owner", "ada", "--scope", "admin")
    key = result.stdout.strip()
    assert is_key(key)
    assert "ada" in result.stderr
    database = Database(Settings(home=tmp_path).database_url)
    with database.read() as session:
        row = find_valid_key(session, digest_of(key))
        assert row is not None
        assert (row.owner, row.scopes) == ("ada", ["admin"])
    database.close()


def test_keys_are_listed_and_revoked(tmp_path: Path) -> None:
    first = made(tmp_path, "--owner", "ada", "--name", "laptop", "--expires-in-days", "3")
    made(tmp_path, "--owner", "bob")
    assert (first["scopes"], first["name"]) == (["read", "submit"], "laptop")
    (shown,) = listed(tmp_path, "--owner", "ada")
    assert shown == {name: value for name, value in first.items() if name != "key"}
    assert [key["owner"] for key in listed(tmp_path)] == ["bob", "ada"]
    for _ in range(2):
        revoked = run_pdarts(tmp_path, "keys", "revoke", first["id"])
        assert (revoked.returncode, "revoked" in revoked.stdout) == (0, True)
    assert listed(tmp_path, "--owner", "ada")[0]["revoked_at"] is not None


@pytest.mark.parametrize(
    ("words", "code", "told"),
    [
        (["create", "--owner", "a b"], 1, "is not a valid owner"),
        (
            ["create", "--owner", "ada", "--name", ""],
            1,
            "a name must have 1 to 100 printable characters",
        ),
        (["create", "--owner", "ada", "--scope", "write"], 2, "write"),
        (["create", "--owner", "ada", "--expires-in-days", "0"], 2, "--expires-in-days"),
        (["create"], 2, "--owner"),
        (["revoke", "key_x"], 4, "run pdarts migrate"),
    ],
    ids=str,
)
def test_what_is_wrong_is_told(tmp_path: Path, words: list[str], code: int, told: str) -> None:
    refused = run_pdarts(tmp_path, "keys", *words)
    assert refused.returncode == code
    assert told in refused.stderr


@pytest.mark.parametrize("command", ["up", "api"])
def test_with_keys_but_without_one_for_an_admin_nothing_starts(
    tmp_path: Path, command: str
) -> None:
    run_pdarts(tmp_path, "migrate")
    refused = run_pdarts(tmp_path, command, PDARTS_AUTH="on", PDARTS_HOST="127.0.0.1")
    assert refused.returncode == 1
    assert "pdarts keys create" in refused.stderr
