"""An object store that speaks S3: moto's server on a loopback port; and one that refuses."""

import uuid
from collections.abc import Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler

import fsspec
from moto.server import ThreadedMotoServer

from tests.support.web import serving


@dataclass(frozen=True)
class Bucket:
    """A bucket, and how a process finds it."""

    url: str
    """For PDARTS_ARTIFACTS_URL."""
    environment: Mapping[str, str]


class BucketServer:
    """Serves as many buckets as tests ask for."""

    def __init__(self) -> None:
        self._server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)

    def start(self) -> None:
        self._server.start()

    def stop(self) -> None:
        self._server.stop()

    @property
    def endpoint(self) -> str:
        """Where it is, once it has started."""
        host, port = self._server.get_host_and_port()
        return f"http://{host}:{port}"

    def make_bucket(self) -> Bucket:
        environment = environment_of(self.endpoint)
        name = f"bucket-{uuid.uuid4().hex}"
        files = fsspec.filesystem(
            "s3",
            endpoint_url=environment["AWS_ENDPOINT_URL"],
            key=environment["AWS_ACCESS_KEY_ID"],
            secret=environment["AWS_SECRET_ACCESS_KEY"],
            skip_instance_cache=True,
        )
        files.mkdir(name)
        return Bucket(url=f"s3://{name}/service", environment=environment)


def environment_of(endpoint: str) -> dict[str, str]:
    """Return the variables by which a process finds an object store."""
    return {
        "AWS_ENDPOINT_URL": endpoint,
        "AWS_ACCESS_KEY_ID": "tests",
        "AWS_SECRET_ACCESS_KEY": "tests",
        "AWS_DEFAULT_REGION": "us-east-1",
    }


def refusing_server(code: str) -> AbstractContextManager[str]:
    """Serve an object store that forbids everything, and yield its endpoint.

    Args:
        code: the error that it names.
    """
    body = f"<Error><Code>{code}</Code><Message>no</Message></Error>".encode()

    class Refusal(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(403)
            self.send_header("Content-Type", "application/xml")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            pass

    return serving(Refusal)
