"""API keys: who gets in with them, who makes them, and what is seen of them."""

from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest
from sqlalchemy import select

from api.endpoint.idempotency import REPLAYED
from api.main import create_app
from api.resources.security import UnsafeSettingsError, check_keys
from store.database import Database
from store.key_text import new_key
from store.keys import revoke_key
from store.scopes import Scope
from store.settings import Settings
from store.tables import ApiKey
from store.types import db_now
from tests.api.calls import QUICK, pointers, problem, submit
from tests.support.keys import SignIn, bearer, client_with, make_key
from tests.support.servers import wait_until

REQUEST = {"owner": "ada", "name": "laptop", "scopes": ["read", "submit"]}


@pytest.fixture
def admin(sign_in: SignIn) -> httpx.Client:
    return sign_in("operator", Scope.ADMIN)


def post(client: httpx.Client, **fields: Any) -> httpx.Response:
    return client.post("/keys", json=REQUEST | fields)


class TestStranger:
    @pytest.mark.parametrize(
        "header",
        [
            pytest.param(None, id="nothing"),
            pytest.param("", id="empty"),
            pytest.param("Bearer", id="no key"),
            pytest.param("Bearer pdk_", id="prefix alone"),
            pytest.param("Bearer secret", id="no prefix"),
            pytest.param(f"Bearer {new_key()}", id="unknown key"),
            pytest.param(f"Bearer {new_key()[:-1]}x", id="mistyped key"),
            pytest.param(f"Basic {new_key()}", id="another scheme"),
            pytest.param(new_key(), id="no scheme"),
            pytest.param("Bearer " + "x" * 5000, id="long"),
            pytest.param(b"Bearer pdk_\xff\xfe", id="not ASCII"),
        ],
    )
    def test_is_told_one_and_the_same_thing(
        self, stranger: httpx.Client, header: str | bytes | None
    ) -> None:
        text = header.encode() if isinstance(header, str) else header
        headers = {} if text is None else {b"Authorization": text}
        answer = stranger.get("/searches", headers=headers)
        assert problem(answer) == (401, "unauthenticated")
        assert answer.headers["www-authenticate"] == "Bearer"
        assert answer.json()["detail"] == stranger.get("/me").json()["detail"]

    @pytest.mark.parametrize("path", ["/livez", "/readyz", "/ui", "/openapi.json", "/docs"])
    def test_sees_what_tells_nothing_of_anyone(self, stranger: httpx.Client, path: str) -> None:
        assert stranger.get(path).status_code == 200

    @pytest.mark.parametrize("body", [b"{", b"[" * 100_000, b" " * 1_000_000])
    def test_has_no_body_read(self, stranger: httpx.Client, body: bytes) -> None:
        headers = {"Content-Type": "application/json"}
        answer = stranger.post("/searches", content=body, headers=headers)
        assert problem(answer) == (401, "unauthenticated")


class TestKeyThatIsNoLongerGood:
    def test_has_expired(self, sign_in: SignIn) -> None:
        client = sign_in("ada", expires_at=db_now(-1))
        assert problem(client.get("/me")) == (401, "unauthenticated")

    def test_expires_while_it_is_in_use(self, sign_in: SignIn) -> None:
        client = sign_in("ada", expires_at=db_now(1))
        wait_until(lambda: client.get("/me").status_code == 401, "the key's end")

    def test_is_revoked_by_an_admin_at_once(self, sign_in: SignIn, admin: httpx.Client) -> None:
        client = sign_in("ada")
        key_id = client.get("/me").json()["key"]["id"]
        assert admin.delete(f"/keys/{key_id}").status_code == 204
        assert problem(client.get("/me")) == (401, "unauthenticated")
        assert admin.get(f"/keys/{key_id}").json()["revoked_at"] is not None
        assert admin.delete(f"/keys/{key_id}").status_code == 204

    def test_is_revoked_elsewhere_and_refused_within_seconds(
        self, sign_in: SignIn, database: Database
    ) -> None:
        client = sign_in("ada")
        key_id = client.get("/me").json()["key"]["id"]
        with database.write() as session:
            revoke_key(session, key_id)
        wait_until(lambda: client.get("/me").status_code == 401, "the revocation")


class TestMe:
    def test_tells_whose_key_it_is_and_what_it_is_good_for(self, sign_in: SignIn) -> None:
        told = sign_in("ada", Scope.READ).get("/me").json()
        assert (told["owner"], told["scopes"]) == ("ada", ["read"])
        assert told["key"]["name"] == "a test's"
        assert told["key"]["expires_at"] is None

    def test_tells_that_no_key_is_asked_for(self, client: httpx.Client) -> None:
        told = client.get("/me").json()
        assert (told["owner"], told["key"]) == ("local", None)
        assert told["scopes"] == ["read", "submit", "admin"]


def test_its_last_use_is_written_down(sign_in: SignIn, database: Database) -> None:
    client = sign_in("ada")
    key_id = client.get("/me").json()["key"]["id"]

    def last_use() -> datetime | None:
        with database.read() as session:
            return session.get_one(ApiKey, key_id).last_used_at

    wait_until(lambda: last_use() is not None, "the use")


def test_a_scope_that_is_missing_is_named(sign_in: SignIn) -> None:
    reader = sign_in("ada", Scope.READ)
    assert reader.get("/searches").status_code == 200
    answer = reader.post("/searches", json=QUICK)
    assert problem(answer) == (403, "forbidden")
    assert answer.json()["detail"] == (
        "the key lacks the scope submit; ask an admin for a key that has it"
    )
    assert problem(sign_in("ada", Scope.SUBMIT).get("/searches")) == (403, "forbidden")
    assert problem(reader.get("/keys")) == (403, "forbidden")


class TestMake:
    def test_the_answer_has_the_key_which_opens_the_service(
        self, stranger: httpx.Client, admin: httpx.Client
    ) -> None:
        answer = post(admin)
        assert answer.status_code == 201
        made = answer.json()
        assert admin.get(answer.headers["location"]).json()["id"] == made["id"]
        assert answer.headers["cache-control"] == "no-store"
        with client_with(stranger, made["key"]) as client:
            assert client.get("/me").json()["owner"] == "ada"
            assert submit(client)

    def test_nothing_shows_it_again(self, admin: httpx.Client, database: Database) -> None:
        key = post(admin).json()["key"]
        listed = admin.get("/keys").text + admin.get("/keys?owner=ada").text
        assert key not in listed
        with database.read() as session:
            rows = session.execute(select(ApiKey.__table__)).all()
        assert key not in str(rows)

    def test_sent_again_with_its_idempotency_key_it_makes_no_second_one_and_shows_none(
        self, admin: httpx.Client
    ) -> None:
        first, second = (
            admin.post("/keys", json=REQUEST, headers={"Idempotency-Key": "a"}) for _ in range(2)
        )
        assert second.headers[REPLAYED] == "true"
        assert second.json() == first.json() | {"key": None}
        assert len(admin.get("/keys?owner=ada").json()["data"]) == 1

    def test_it_may_end_after_some_days(self, admin: httpx.Client) -> None:
        made = post(admin, expires_in_days=30).json()
        left = datetime.fromisoformat(made["expires_at"]) - datetime.now(UTC)
        assert timedelta(days=29) < left <= timedelta(days=30)

    def test_or_at_a_moment(self, admin: httpx.Client) -> None:
        made = post(admin, expires_at="2999-01-01T01:00:00+01:00").json()
        assert datetime.fromisoformat(made["expires_at"]) == datetime(2999, 1, 1, tzinfo=UTC)

    @pytest.mark.parametrize(
        ("fields", "pointer"),
        [
            ({"owner": ""}, "/owner"),
            ({"owner": "a b"}, "/owner"),
            ({"owner": "x" * 65}, "/owner"),
            ({"owner": "ada\n"}, "/owner"),
            ({"name": ""}, "/name"),
            ({"name": "x" * 101}, "/name"),
            ({"scopes": []}, "/scopes"),
            ({"scopes": ["read", "read"]}, "/scopes"),
            ({"scopes": ["write"]}, "/scopes/0"),
            ({"scopes": "read"}, "/scopes"),
            ({"expires_at": "2020-01-01T00:00:00Z"}, "/expires_at"),
            ({"expires_at": "2999-01-01T00:00:00"}, "/expires_at"),
            ({"expires_at": "9999-12-31T23:59:59-12:00"}, "/expires_at"),
            ({"expires_at": "0001-01-01T00:00:00+14:00"}, "/expires_at"),
            ({"expires_at": 33_000_000_000}, "/expires_at"),
            ({"expires_at": "soon"}, "/expires_at"),
            ({"expires_in_days": 0}, "/expires_in_days"),
            ({"expires_in_days": 10_000}, "/expires_in_days"),
            ({"expires_in_days": 1, "expires_at": "2999-01-01T00:00:00Z"}, ""),
            ({"id": "key_x"}, "/id"),
        ],
        ids=str,
    )
    def test_what_is_wrong_is_pointed_to(
        self, admin: httpx.Client, fields: dict[str, Any], pointer: str
    ) -> None:
        answer = post(admin, **fields)
        assert problem(answer) == (422, "invalid_request")
        assert pointers(answer) == [pointer]


class TestList:
    def test_has_pages_the_newest_first(self, admin: httpx.Client) -> None:
        made = [post(admin, name=str(number)).json()["id"] for number in range(3)]
        first = admin.get("/keys?owner=ada&limit=2").json()
        second = admin.get(f"/keys?owner=ada&after={first['next_cursor']}").json()
        assert [key["id"] for key in first["data"] + second["data"]] == made[::-1]
        assert second["next_cursor"] is None

    @pytest.mark.parametrize("query", ["after=x", "limit=0", "owner=a%20b", "owner=%00"])
    def test_a_wrong_parameter_is_refused(self, admin: httpx.Client, query: str) -> None:
        assert problem(admin.get(f"/keys?{query}")) == (422, "invalid_request")


@pytest.mark.parametrize("key_id", ["key_0000000000000000000000000v", "srch_x", "x"])
@pytest.mark.parametrize("method", ["GET", "DELETE"])
def test_there_is_no_such_key(admin: httpx.Client, method: str, key_id: str) -> None:
    assert problem(admin.request(method, f"/keys/{key_id}")) == (404, "not_found")


class TestStart:
    def test_without_a_valid_admin_key_it_is_refused(
        self, settings: Settings, database: Database
    ) -> None:
        keyed = settings.model_copy(update={"auth": "on"})
        make_key(database, scopes=[Scope.READ, Scope.SUBMIT])
        make_key(database, scopes=[Scope.ADMIN], revoked_at=db_now())
        make_key(database, scopes=[Scope.ADMIN], expires_at=db_now(-1))
        with pytest.raises(UnsafeSettingsError, match="pdarts keys create"):
            check_keys(keyed, database)
        make_key(database, scopes=[Scope.ADMIN])
        check_keys(keyed, database)

    def test_with_keys_any_address_will_do(self, settings: Settings) -> None:
        create_app(settings.model_copy(update={"auth": "on", "published_host": "::"}))


def test_where_no_keys_are_asked_for_one_does_no_harm(client: httpx.Client) -> None:
    assert client.get("/me", headers=bearer(new_key())).json()["owner"] == "local"
