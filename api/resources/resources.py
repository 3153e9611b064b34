"""What the service holds while it runs."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from celery import Celery

from api.monitoring.bounded_questions import ReadinessQuestions
from api.monitoring.latest_measurements import LatestMeasurements
from api.monitoring.shared_look import SharedLook
from api.resources.archive_packer import ArchivePacker
from api.resources.database_watch import DatabaseWatch
from api.resources.job_versions import JobVersions
from api.resources.key_watch import KeyWatch
from api.resources.keyring import KeyRing
from api.resources.news import NewsBoard
from api.resources.open_streams import OpenStreams
from api.resources.pace import Pace
from api.resources.rate_limit import RateLimiter
from api.resources.turns import Turns
from api.resources.weights_reader import WeightsReader
from store.artifact_stores import open_artifacts
from store.artifacts import ArtifactStore
from store.database import Database
from store.news import NewsPublisher
from store.private_files import keep_private
from store.queue import BackgroundDoorbell, Doorbell, create_celery
from store.sealed_secrets import SecretBox
from store.settings import Settings

_READERS = 4
_WRITERS = 4
_SQLITE_READERS = 2
_UPLOADS = 4
"""At a time, of one owner: each lies on the disk of this machine meanwhile."""


@dataclass(frozen=True, kw_only=True)
class Resources:
    """Connections and folders, opened once a process."""

    settings: Settings
    database: Database
    database_watch: DatabaseWatch
    """Says whether writes are taken."""
    readers: Turns
    """Taken before a reading session: threads that compute in turns are done sooner than threads
    that fight for the interpreter."""
    writers: Turns
    """Taken before a writing session, so that those who wait for their turn hold no thread."""
    pace: Pace = field(default_factory=Pace)
    """At which costly bodies are received and looked into."""
    refusals: Pace = field(default_factory=Pace)
    """At which queries beyond the bounds are refused, by address."""
    job_versions: JobVersions
    """Asked by whoever polls."""
    in_flight: set[tuple[str, str]] = field(default_factory=set)
    """Owner and Idempotency-Key of the requests that are being served."""
    keyring: KeyRing
    celery: Celery
    doorbell: BackgroundDoorbell
    artifacts: ArtifactStore
    news: NewsBoard
    """Wakes who waits for news of a search."""
    key_watch: KeyWatch
    """Sends whoever waits under a key that has ended home."""
    readiness: ReadinessQuestions = field(default_factory=ReadinessQuestions)
    """With which `/readyz` asks."""
    ready_look: SharedLook[Any] = field(default_factory=SharedLook)
    """With which it asks once for all who are there."""
    limiter: RateLimiter
    open_streams: OpenStreams
    uploads: OpenStreams
    """Files that are being sent."""
    weights_reader: WeightsReader = field(default_factory=WeightsReader)
    """Looks into files of weights."""
    archive_packer: ArchivePacker
    """Packs archives of images."""
    secrets: SecretBox | None
    """Seals and opens the secrets of webhooks; None while these are off."""
    measurements: LatestMeasurements
    """Measures the service for Prometheus."""


@contextmanager
def open_resources(settings: Settings) -> Iterator[Resources]:
    """Open what the service needs; nothing connects before it is used."""
    keep_private(settings)
    publisher = NewsPublisher(settings.redis_url)
    publisher.start()
    database = Database(settings.database_url, on_change=publisher.tell)
    celery = create_celery(settings.redis_url)
    doorbell = BackgroundDoorbell(Doorbell(celery))
    keyring = KeyRing(database)
    doorbell.start()
    keyring.start()
    try:
        yield Resources(
            settings=settings,
            database=database,
            database_watch=DatabaseWatch(database),
            readers=Turns(_SQLITE_READERS if database.is_sqlite else _READERS),
            writers=Turns(1 if database.is_sqlite else _WRITERS),
            job_versions=JobVersions(database),
            keyring=keyring,
            celery=celery,
            doorbell=doorbell,
            news=NewsBoard(database, settings.redis_url),
            key_watch=KeyWatch(database),
            limiter=RateLimiter(settings.requests_per_minute, settings.redis_url),
            open_streams=OpenStreams(settings.event_streams),
            uploads=OpenStreams(_UPLOADS, "files are being sent; wait for one"),
            archive_packer=ArchivePacker(folder=settings.home),
            secrets=None if settings.webhooks == "off" else SecretBox.of(settings),
            measurements=LatestMeasurements(database),
            artifacts=open_artifacts(settings.artifacts_url),
        )
    finally:
        doorbell.stop()
        keyring.stop()
        publisher.stop()
        database.close()
