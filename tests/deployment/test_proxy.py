"""The reverse proxy's configuration, in a real nginx in front of the real API."""

import logging
import shutil
import socket
import ssl
import string
import subprocess
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest

from api.endpoint.tus import PART
from api.server import Server
from store.logs import ACCESS_LOGGER
from store.settings import Settings
from tests.api.calls import QUICK, problem, submit
from tests.api.test_event_stream import messages
from tests.support.databases import sqlite_database
from tests.support.http_service import running
from tests.support.servers import RedisServer, free_port, wait_until

ROOT = Path(__file__).parents[2]
TEMPLATE = ROOT / "proxy" / "nginx.conf.template"
# All that the image's own configuration has around the template; every file in one folder.
AROUND = """
daemon off; master_process off; worker_processes 1;
pid ${folder}/pid; error_log ${folder}/error.log;
events { worker_connections 512; }
http {
    access_log off;
    client_body_temp_path ${folder}/body; proxy_temp_path ${folder}/proxy;
    fastcgi_temp_path ${folder}/fastcgi; uwsgi_temp_path ${folder}/uwsgi;
    scgi_temp_path ${folder}/scgi;
    include ${folder}/default.conf;
}
"""


@dataclass(frozen=True, kw_only=True)
class Proxied:
    """An API, and clients of the proxy in front of it."""

    server: Server
    https: httpx.Client
    http: httpx.Client


def certificate_in(folder: Path) -> ssl.SSLContext:
    """Make a certificate for this machine, and what trusts it."""
    key, certificate = folder / "privkey.pem", folder / "fullchain.pem"
    command: list[str | Path] = [
        "openssl",
        "req",
        "-x509",
        "-nodes",
        "-newkey",
        "ec",
        "-keyout",
        key,
    ]
    command += ["-pkeyopt", "ec_paramgen_curve:prime256v1", "-days", "2", "-out", certificate]
    command += ["-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost"]
    subprocess.run(command, check=True, capture_output=True)
    return ssl.create_default_context(cafile=certificate)


def api_port(server: Server) -> int:
    """Return where the API itself listens."""
    port: int = server.servers[0].sockets[0].getsockname()[1]
    return port


@pytest.fixture(scope="module")
def proxied(
    tmp_path_factory: pytest.TempPathFactory, sqlite_template: Path, redis_server: RedisServer
) -> Iterator[Proxied]:
    nginx = shutil.which("nginx", path="/usr/sbin:/usr/local/bin:/opt/homebrew/bin:/usr/bin")
    assert nginx is not None, "there is no nginx: apt-get install nginx-light"
    folder = tmp_path_factory.mktemp("proxy")
    with ExitStack() as stack:
        url = stack.enter_context(sqlite_database(sqlite_template, folder))
        settings = Settings(
            home=folder,
            database_url=url,
            redis_url=redis_server.url,
            trusted_proxies="127.0.0.1",
            connections_per_address=1,
        )
        server = stack.enter_context(running(settings))
        http_port, https_port = free_port(), free_port()
        values = {
            "API": f"127.0.0.1:{api_port(server)}",
            "HTTP_PORT": f"127.0.0.1:{http_port}",
            "HTTPS_PORT": f"127.0.0.1:{https_port}",
            "TLS": folder,
        }
        written = string.Template(TEMPLATE.read_text()).safe_substitute(values)
        (folder / "default.conf").write_text(written)
        (folder / "nginx.conf").write_text(string.Template(AROUND).substitute(folder=folder))
        trusting = certificate_in(folder)
        command = [nginx, "-c", str(folder / "nginx.conf"), "-e", str(folder / "error.log")]
        subprocess.run([*command, "-t"], check=True, capture_output=True)
        process = stack.enter_context(subprocess.Popen(command))
        stack.callback(process.terminate)
        wait_until(lambda: listens(https_port), "nginx")
        https = httpx.Client(
            base_url=f"https://localhost:{https_port}", verify=trusting, timeout=30
        )
        http = httpx.Client(base_url=f"http://localhost:{http_port}")
        yield Proxied(
            server=server, https=stack.enter_context(https), http=stack.enter_context(http)
        )


def listens(port: int) -> bool:
    """Tell whether somebody takes connections at a port."""
    try:
        socket.create_connection(("127.0.0.1", port)).close()
    except ConnectionRefusedError:
        return False
    return True


def test_requests_and_answers_pass_over_tls(proxied: Proxied) -> None:
    made = proxied.https.post("/searches", json=QUICK)
    assert made.status_code == 202
    found = proxied.https.get(made.headers["location"])
    assert found.json()["id"] == made.json()["id"]
    assert "max-age" in found.headers["strict-transport-security"]


def test_who_comes_without_tls_is_led_to_it(proxied: Proxied) -> None:
    answer = proxied.http.get("/searches?limit=1")
    assert answer.status_code == 301
    assert answer.headers["location"] == "https://localhost/searches?limit=1"


def test_the_api_learns_the_clients_address_and_not_what_it_says(
    proxied: Proxied, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, logger=ACCESS_LOGGER)
    proxied.https.get("/searches", headers={"X-Forwarded-For": "192.0.2.9"})
    assert [getattr(record, "client", None) for record in caplog.records] == ["127.0.0.1"]


def test_events_come_when_they_happen(proxied: Proxied) -> None:
    search_id = submit(proxied.https)
    with proxied.https.stream("GET", f"/searches/{search_id}/events/stream") as answer:
        found = messages(answer)
        assert next(found)["id"] == "1"
        proxied.https.post(f"/searches/{search_id}/cancel")
        assert next(found)["id"] == "2"


def test_a_body_that_is_too_large_is_refused_by_the_api_or_before_it(proxied: Proxied) -> None:
    body = {**QUICK, "name": "x" * 300_000}
    assert problem(proxied.https.post("/searches", json=body))[0] == 413
    answer = proxied.https.post("/searches", content=b"x" * 2_000_000)
    assert answer.status_code == 413
    assert answer.headers["server"] == "nginx"


@pytest.mark.parametrize("path", ["/weights", "/v1/weights"])
def test_a_file_may_be_larger_than_other_bodies(proxied: Proxied, path: str) -> None:
    answer = proxied.https.post(path, content=b"x" * 2_000_000)
    assert problem(answer) == (422, "weights_unreadable")


def test_an_archive_may_be_so_too(proxied: Proxied) -> None:
    answer = proxied.https.put("/datasets/flowers", content=b"x" * 2_000_000)
    assert problem(answer) == (415, "archive_unknown")


def test_a_part_of_a_file_may_be_so_too(proxied: Proxied) -> None:
    begun = proxied.https.post("/uploads", headers={"Upload-Length": "2000000"})
    said = {"Upload-Offset": "0", "Content-Type": PART}
    path = begun.headers["location"]
    answer = proxied.https.patch(path, content=b"x" * 2_000_000, headers=said)
    assert answer.headers["upload-offset"] == "2000000"


def test_the_longest_head_passes(proxied: Proxied) -> None:
    answer = proxied.https.get("/livez", headers={"X-Long": "x" * 30_000})
    assert answer.status_code == 200


def test_more_connections_pass_than_one_address_may_have(proxied: Proxied) -> None:
    search_id = submit(proxied.https)
    with ExitStack() as streams:
        for _ in range(3):
            path = f"/searches/{search_id}/events/stream"
            answer = streams.enter_context(proxied.https.stream("GET", path))
            assert next(messages(answer))["id"] == "1"
