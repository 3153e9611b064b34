"""An object store that speaks S3: moto's server on a loopback port."""

import uuid
from collections.abc import Mapping
from dataclasses import dataclass

import fsspec
from moto.server import ThreadedMotoServer


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

    def make_bucket(self) -> Bucket:
        host, port = self._server.get_host_and_port()
        environment = environment_of(f"http://{host}:{port}")
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
