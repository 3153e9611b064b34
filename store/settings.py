"""The service's settings, read once from PDARTS_* variables."""

import base64
import binascii
import hashlib
import ipaddress
import re
import tempfile
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Literal, Self

from pydantic import AliasChoices, Field, ValidationInfo, field_validator, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

_LONGEST_SOCKET_PATH = 100
"""Bytes; the kernel takes a little over a hundred."""

_HOST = re.compile(r"[A-Za-z0-9]([A-Za-z0-9._-]*[A-Za-z0-9])?|[0-9A-Fa-f:]*:[0-9A-Fa-f:.]*")
"""A name, an IPv4 address or an IPv6 address, without a port."""
KEY_BYTES = 32
_BY_AUTH = -1
LIMITS_WITH_KEYS: Mapping[str, int] = MappingProxyType(
    {
        "requests_per_minute": 600,
        "active_jobs": 100,
        "event_streams": 20,
        "weights_bytes_per_owner": 20 * 2**30,
        "upload_bytes_per_owner": 100 * 2**30,
        "datasets_per_owner": 1_000,
        "dataset_bytes_per_owner": 100 * 2**30,
        "dataset_files_per_owner": 5_000_000,
    }
)
"""The default where keys are required; elsewhere there is no limit."""


class Settings(BaseSettings):
    """Every setting of the service. Unset ones follow from `home`."""

    model_config = SettingsConfigDict(
        env_prefix="PDARTS_",
        frozen=True,
        env_ignore_empty=True,
        populate_by_name=True,
        loc_by_alias=False,
    )

    home: Path = Field(default_factory=lambda: Path.home() / ".pdarts")
    """The folder for everything without a setting of its own."""
    database_url: str = ""
    """SQLAlchemy URL; a SQLite file under `home` unless set."""
    redis_url: str = ""
    """The broker; the embedded server's socket unless set."""
    data_dir: Path = Path()
    """Data sets: downloaded ones, and one folder for each of the user's own."""
    artifacts_url: str = ""
    """Checkpoints: a folder under `home` unless set."""
    host: str = "127.0.0.1"
    """The address to listen on."""
    published_host: str = ""
    """The address at which clients find the service: `host`, unless a container publishes it."""
    allowed_hosts: str = ""
    """Names of this machine besides its own that requests may come for; commas between them."""
    port: int = Field(default=8000, ge=0, le=65535)
    auth: Literal["on", "off"] = "off"
    log_format: Literal["text", "json"] = "text"
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = "INFO"
    lease_seconds: float = Field(default=90.0, gt=0)
    """How long a worker keeps its right to a job without a heartbeat."""
    recovery_seconds: float = Field(default=5.0, gt=0)
    """Time between two searches for lost and unsent jobs."""
    control_seconds: float = Field(default=1.0, gt=0)
    """How often a running attempt checks for a cancel or a pause."""
    gpus_per_worker: int = Field(default=1, ge=1, le=16)
    """How many GPUs a worker offers to one job; without GPUs, how many processes on its CPU."""
    check_lane: Literal["on", "off"] = "on"
    """Whether a busy worker runs the checks of data sets that wait, beside its job."""
    step_timeout_seconds: float = Field(default=900.0, gt=0)
    """A worker process that makes no step for this long is ended."""
    checkpoints_kept_seconds: float = Field(default=86400.0, ge=0)
    """How long a job that succeeded or was cancelled keeps its checkpoints."""
    sweep_seconds: float = Field(default=3600.0, gt=0)
    """Time between two sweeps of checkpoints that nothing needs any more."""
    max_attempts: int = Field(default=3, ge=1)
    """How many attempts without a new checkpoint make a job fail."""
    requests_per_minute: int = Field(default=_BY_AUTH, ge=_BY_AUTH)
    """Of one owner; 0 for any number. The default is no limit while keys are not required."""
    active_jobs: int = Field(
        default=_BY_AUTH,
        ge=_BY_AUTH,
        validation_alias=AliasChoices("PDARTS_ACTIVE_JOBS", "PDARTS_ACTIVE_SEARCHES"),
    )
    """Queued and running ones of one owner, of all kinds; 0 for any number. The other name is from
    when searches were the only kind."""
    event_streams: int = Field(default=_BY_AUTH, ge=_BY_AUTH)
    """Open ones of one owner, in each API process; 0 for any number."""
    weights_bytes: int = Field(default=256 * 2**20, ge=1)
    """The largest file of weights that is taken. Reading one takes several times as much memory, in
    a process of its own."""
    weights_bytes_per_owner: int = Field(default=_BY_AUTH, ge=_BY_AUTH)
    """Of all files of weights of one owner; 0 for any number."""
    upload_bytes: int = Field(default=64 * 2**30, ge=1)
    """The largest file that is taken in parts."""
    upload_bytes_per_owner: int = Field(default=_BY_AUTH, ge=_BY_AUTH)
    """Of all files that one owner is sending in parts, once they are whole; 0 for any number."""
    uploads_kept_seconds: float = Field(default=86400.0, gt=0)
    """How long a file that is sent in parts is kept after its newest part."""
    dataset_bytes: int = Field(default=64 * 2**30, ge=1)
    """The largest archive with a data set that is taken, and the most that it may hold."""
    dataset_files: int = Field(default=2_000_000, ge=1)
    """The most files in one."""
    datasets_per_owner: int = Field(default=_BY_AUTH, ge=_BY_AUTH)
    """Data sets that one owner sent; 0 for any number."""
    dataset_bytes_per_owner: int = Field(default=_BY_AUTH, ge=_BY_AUTH)
    """Of the images in all data sets that one owner sent; 0 for any number."""
    dataset_files_per_owner: int = Field(default=_BY_AUTH, ge=_BY_AUTH)
    """The images in all data sets that one owner sent; 0 for any number."""
    dataset_store_bytes: int = Field(default=100 * 2**30, ge=1)
    """Of the data sets that a worker's machine keeps after a job has ended, in `home`."""
    connections_per_address: int = Field(default=500, ge=1)
    """Open ones of one address, in each API process; trusted proxies have any number."""
    trusted_proxies: str = ""
    """Networks of the proxies that say whom they ask for; commas between them."""
    search_hours: float = Field(default=100_000.0, gt=0)
    """A search expected to take longer than this on one CPU thread is refused; GPUs are faster
    by orders of magnitude."""
    evaluation_hours: float = Field(default=100_000.0, gt=0)
    """The same for an evaluation."""

    webhooks: Literal["on", "off"] = "off"
    webhook_http: Literal["on", "off"] = "off"
    """Whether webhooks may have addresses without TLS."""
    webhook_allowed_networks: str = ""
    """Networks besides the public internet that webhooks may be sent to; commas between them."""
    secrets_key: str = Field(default="", repr=False)
    """Seals the secrets of webhooks: 32 bytes in base64; a file in `home` unless set. After a
    comma, older keys, which still open what they sealed."""

    @field_validator("home", "data_dir")
    @classmethod
    def _expand(cls, path: Path) -> Path:
        return path.expanduser().absolute() if path != Path() else path

    @field_validator("log_format", "log_level", mode="before")
    @classmethod
    def _ignore_case(cls, value: str, info: ValidationInfo) -> str:
        return value.upper() if info.field_name == "log_level" else value.lower()

    @field_validator("database_url")
    @classmethod
    def _name_driver(cls, url: str) -> str:
        for prefix in ("postgresql://", "postgres://"):
            if url.startswith(prefix):
                return "postgresql+psycopg://" + url.removeprefix(prefix)
        return url

    @field_validator("allowed_hosts")
    @classmethod
    def _check_hosts(cls, hosts: str) -> str:
        for host in _parse_list(hosts):
            if not _HOST.fullmatch(host):
                raise ValueError(f"{host!r} is not the name of a host, such as pdarts.example.org")
        return hosts

    @field_validator("webhook_allowed_networks", "trusted_proxies")
    @classmethod
    def _check_networks(cls, networks: str) -> str:
        _parse_networks(networks)
        return networks

    @field_validator("secrets_key")
    @classmethod
    def _check_secrets_keys(cls, keys: str) -> str:
        _parse_keys(keys)
        return keys

    @model_validator(mode="after")
    def _derive(self) -> Self:
        derived = {
            "database_url": f"sqlite:///{self.home / 'pdarts.db'}",
            "redis_url": f"redis+socket://{self.embedded_redis_socket}",
            "data_dir": self.home / "data",
            "artifacts_url": str(self.home / "artifacts"),
            "published_host": self.host,
        }
        for name, value in derived.items():
            if getattr(self, name) in ("", Path()):
                object.__setattr__(self, name, value)
        for name, limit in LIMITS_WITH_KEYS.items():
            if getattr(self, name) == _BY_AUTH:
                object.__setattr__(self, name, limit if self.auth == "on" else 0)
        return self

    @property
    def datasets_folder(self) -> Path:
        """Where a worker's machine keeps the data sets that owners sent."""
        return self.home / "datasets"

    @property
    def embedded_redis_socket(self) -> Path:
        """Where the embedded Redis listens; in the temporary folder if `home` is too long."""
        socket = self.home / "run" / "redis.sock"
        if len(str(socket).encode()) <= _LONGEST_SOCKET_PATH:
            return socket
        digest = hashlib.sha256(str(self.home).encode()).hexdigest()[:16]
        return Path(tempfile.gettempdir()) / f"pdarts-{digest}" / "redis.sock"

    @property
    def redis_is_embedded(self) -> bool:
        """Tell whether the broker is the one that `pdarts up` starts."""
        return self.redis_url == f"redis+socket://{self.embedded_redis_socket}"

    @property
    def allowed_host_names(self) -> list[str]:
        """Names of this machine besides its own, in small letters."""
        return [host.lower() for host in _parse_list(self.allowed_hosts)]

    @property
    def webhook_networks(self) -> list[ipaddress.IPv4Network | ipaddress.IPv6Network]:
        """The networks besides the public internet that webhooks may be sent to."""
        return _parse_networks(self.webhook_allowed_networks)

    @property
    def trusted_proxy_networks(self) -> list[ipaddress.IPv4Network | ipaddress.IPv6Network]:
        """The networks of proxies whose word on their clients' addresses is taken."""
        return _parse_networks(self.trusted_proxies)

    @property
    def secrets_keys(self) -> list[bytes]:
        """The keys that seal (the first) and open the secrets of webhooks; none if it is a file."""
        return _parse_keys(self.secrets_key)

    @property
    def beat_seconds(self) -> float:
        """Time between two renewals of a lease."""
        return self.lease_seconds / 6

    @property
    def stop_after_seconds(self) -> float:
        """An attempt that could not renew its lease for this long stops."""
        return self.lease_seconds * 2 / 3


def _parse_networks(text: str) -> list[ipaddress.IPv4Network | ipaddress.IPv6Network]:
    return [ipaddress.ip_network(part) for part in _parse_list(text)]


def _parse_list(text: str) -> list[str]:
    return [part.strip() for part in text.split(",") if part.strip()]


def parse_key(text: str) -> bytes:
    """Return a key of 32 bytes that is written in base64. Raises ValueError."""
    try:
        key = base64.b64decode(text.strip(), validate=True)
    except binascii.Error:
        key = b""
    if len(key) != KEY_BYTES:
        raise ValueError("a key must be 32 bytes in base64, as from: openssl rand -base64 32")
    return key


def _parse_keys(text: str) -> list[bytes]:
    return [parse_key(part) for part in _parse_list(text)]


@cache
def get_settings() -> Settings:
    """Return the settings of this process."""
    return Settings()
