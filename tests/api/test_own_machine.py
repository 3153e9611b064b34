"""Without keys, the service is for programs on its machine and for its own page."""

import socket
from collections.abc import Mapping

import httpx
import pytest

from api.http.own_names import OwnNames
from store.settings import Settings
from tests.api.calls import problem, status, submit
from tests.api.every_route import operations
from tests.support.http_service import serve
from tests.support.keys import SignIn

KEY = {"owner": "eve", "name": "to stay", "scopes": ["admin"]}
FOREIGN_PAGES: tuple[Mapping[str, str], ...] = (
    {"Origin": "https://evil.example"},
    {"Origin": "null"},
    {"Origin": "http://127.0.0.1:3000"},
    {"Origin": "http://localhost"},
    {"Origin": "nonsense"},
    {"Sec-Fetch-Site": "cross-site"},
    {"Sec-Fetch-Site": "same-site"},
    {"Sec-Fetch-Site": "cross-site", "Origin": "https://evil.example"},
)


class TestHost:
    @pytest.mark.parametrize(
        "host",
        [
            "127.0.0.1",
            "127.0.0.1:8000",
            "127.45.6.7",
            "localhost",
            "LocalHost.:80",
            "app.localhost:3000",
            "[::1]",
            "[::1]:8000",
            "[::ffff:127.0.0.1]",
            "0.0.0.0:8000",
        ],
    )
    def test_every_name_of_this_machine_is_served(
        self, shared_client: httpx.Client, host: str
    ) -> None:
        assert shared_client.get("/me", headers={"Host": host}).status_code == 200

    @pytest.mark.parametrize(
        "host",
        [
            "evil.example",
            "evil.example:8000",
            "127.0.0.1.evil.example",
            "localhost.evil.example",
            "evil-localhost",
            "user@localhost",
            "localhost:x",
            "8.8.8.8",
            "[2001:db8::1]",
            "[::1",
            "",
        ],
    )
    @pytest.mark.parametrize("path", ["/me", "/searches", "/ui", "/docs", "/livez", "/nowhere"])
    def test_a_name_that_only_leads_here_is_not(
        self, shared_client: httpx.Client, host: str, path: str
    ) -> None:
        answer = shared_client.get(path, headers={"Host": host})
        assert problem(answer) == (421, "misdirected_request")
        assert "PDARTS_ALLOWED_HOSTS" in answer.json()["detail"]
        assert answer.headers["cache-control"] == "no-store"

    def test_by_such_a_name_no_operation_is_reached(self, shared_client: httpx.Client) -> None:
        with httpx.Client(base_url=shared_client.base_url) as client:
            for operation in operations(shared_client):
                client.headers["Host"] = "evil.example"
                assert operation.call(client).status_code == 421, operation.name

    def test_who_names_no_host_is_no_browser(self, shared_client: httpx.Client) -> None:
        address = (shared_client.base_url.host, shared_client.base_url.port)
        with socket.create_connection(address, timeout=30) as connection:
            connection.sendall(b"GET /livez HTTP/1.0\r\n\r\n")
            assert b" 200 " in connection.recv(4096).split(b"\r\n")[0]

    def test_a_setting_adds_names(self, settings: Settings) -> None:
        named = settings.model_copy(update={"allowed_hosts": "api, Pdarts.Example.org,::5"})
        with serve(named) as client:
            for host in ("api:8000", "pdarts.example.org", "[::5]:1", "localhost"):
                assert client.get("/livez", headers={"Host": host}).status_code == 200
            assert client.get("/livez", headers={"Host": "example.org"}).status_code == 421

    def test_with_keys_any_name_will_do(self, sign_in: SignIn) -> None:
        client = sign_in("ada")
        assert client.get("/me", headers={"Host": "pdarts.example.org"}).status_code == 200


class TestOwnNames:
    def test_in_a_network_the_machine_has_its_own_name_and_the_address_it_is_reached_at(
        self,
    ) -> None:
        names = OwnNames({"127.0.0.1"}, listens_beyond_loopback=True)
        assert names.include(socket.gethostname().lower(), reached_at="172.18.0.4")
        assert names.include("172.18.0.4", reached_at="172.18.0.4")
        assert names.include("172.18.0.4", reached_at="::ffff:172.18.0.4")
        assert not names.include("172.18.0.5", reached_at="172.18.0.4")
        assert not names.include("172.18.0.4", reached_at=None)

    def test_on_loopback_it_has_not(self) -> None:
        names = OwnNames({"127.0.0.1"}, listens_beyond_loopback=False)
        assert not names.include("a-name-in-the-network", reached_at="127.0.0.1")


class TestPageOfAnotherSite:
    def test_may_change_nothing(self, client: httpx.Client) -> None:
        search_id = submit(client)
        for headers in FOREIGN_PAGES:
            answer = client.post(f"/searches/{search_id}/cancel", headers=headers)
            assert problem(answer) == (403, "cross_origin"), headers
            assert "PDARTS_AUTH" in answer.json()["detail"]
        assert status(client, search_id) == "queued"

    def test_may_call_no_operation_that_changes_anything(self, shared_client: httpx.Client) -> None:
        headers = {"Sec-Fetch-Site": "cross-site"}
        with httpx.Client(base_url=shared_client.base_url, headers=headers) as page:
            for operation in operations(shared_client):
                if operation.method != "GET":
                    assert problem(operation.call(page)) == (403, "cross_origin"), operation.name

    def test_may_lead_its_reader_here(self, shared_client: httpx.Client) -> None:
        headers = {"Sec-Fetch-Site": "cross-site"}
        assert shared_client.get("/ui", headers=headers).status_code == 200

    def test_needs_a_key_where_one_is_required_and_nothing_else(
        self, sign_in: SignIn, stranger: httpx.Client
    ) -> None:
        client = sign_in("ada")
        for headers in FOREIGN_PAGES:
            path = f"/searches/{submit(client)}/cancel"
            assert problem(stranger.post(path, headers=headers)) == (401, "unauthenticated")
            assert client.post(path, headers=headers).status_code == 202


class TestOwnPage:
    def test_is_served_as_are_programs(self, client: httpx.Client) -> None:
        port = client.base_url.port
        for headers in (
            {},
            {"Sec-Fetch-Site": "same-origin", "Origin": str(client.base_url)},
            {"Sec-Fetch-Site": "none"},
            {"Origin": str(client.base_url).rstrip("/")},
            {"Host": f"localhost:{port}", "Origin": f"http://localhost:{port}"},
        ):
            path = f"/searches/{submit(client)}/cancel"
            assert client.post(path, headers=headers).status_code == 202, headers


class TestKeys:
    def test_are_not_made_where_none_are_required(self, client: httpx.Client) -> None:
        answer = client.post("/keys", json=KEY)
        assert problem(answer) == (403, "keys_off")
        detail = answer.json()["detail"]
        scopes = "".join(f" --scope {scope}" for scope in KEY["scopes"])
        assert f"pdarts keys create --owner eve{scopes}; " in detail
        assert detail.endswith("pdarts keys create --owner YOU --scope admin")
        assert client.get("/keys").json()["data"] == []
