"""Deletes artifacts that nothing needs any more, now and then, in every worker.

Any number of workers may sweep at the same time, and as often as they like: what is swept belongs
to no job that could still go on, and to no weights or images that somebody has sent.
"""

import logging
import threading
from collections.abc import Iterable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from datetime import UTC, datetime, timedelta

from sqlalchemy import and_, or_, select
from sqlalchemy.exc import SQLAlchemyError

from store.artifact_stores import open_artifacts
from store.artifacts import ArtifactStore, StoredArtifact
from store.checkpoint_names import checkpoint_folder
from store.database import Database
from store.ids import IdKind, is_id
from store.settings import Settings
from store.states import JobState
from store.tables import DatasetRow, Job, WeightsRow
from store.types import db_now
from worker.fork_guard import ForkGuard
from worker.work import Results, WorkerKind

ABANDONED_AFTER = timedelta(days=1)
"""How long checkpoints of a job that the database does not know are left alone: it may be the
wrong database, and this gives people time to notice."""
TORN_AFTER = timedelta(hours=1)
"""Age after which nobody is still writing a file."""
_FIRST_SECONDS = 60.0
_STOP_SECONDS = 2.0
_IDS_A_QUERY = 200

logger = logging.getLogger(__name__)


class Sweeper:
    """Sweeps once a call.

    Args:
        database: tells which jobs there are.
        artifacts: what is swept.
        kinds: what jobs of each end with.
        kept_seconds: how long a job that succeeded or was cancelled keeps its checkpoints.
    """

    def __init__(
        self,
        database: Database,
        artifacts: ArtifactStore,
        kinds: Mapping[str, WorkerKind],
        *,
        kept_seconds: float,
    ) -> None:
        self._database = database
        self._artifacts = artifacts
        self._kinds = kinds
        self._kept_seconds = kept_seconds

    def sweep(self) -> None:
        """Delete what nothing needs.

        Raises:
            OSError: the artifact store does not answer, or refuses.
            SQLAlchemyError: the database does not answer.
        """
        folders = self._artifacts.folders()
        for kind in self._kinds.values():
            own = [name for name in folders if is_id(name, kind.kind.id_prefix)]
            for some in _parts_of(own):
                self._sweep_jobs(some, kind.results)
        for some in _parts_of([name for name in folders if is_id(name, IdKind.WEIGHTS)]):
            kept = self._read_weights(some)
            for weights_id in some:
                self._sweep(weights_id, is_needed=True if weights_id in kept else None)

        for some in _parts_of([name for name in folders if is_id(name, IdKind.DATASET)]):
            kept = self._read_packs(some)
            for folder in some:
                self._sweep(folder, is_needed=True if folder in kept else None)

    def _read(self, job_ids: Sequence[str]) -> dict[str, bool]:
        """Return, for each job that exists, whether it may need its checkpoints."""
        is_over = and_(
            Job.state.in_((JobState.SUCCEEDED, JobState.CANCELLED)),
            Job.finished_at < db_now(-self._kept_seconds),
        )
        with self._database.read() as session:
            rows = session.execute(select(Job.id, is_over).where(Job.id.in_(job_ids)))
            return {job_id: not over for job_id, over in rows}

    def _read_weights(self, weights_ids: Sequence[str]) -> set[str]:
        """Return those of weights that exist."""
        with self._database.read() as session:
            return set(session.scalars(select(WeightsRow.id).where(WeightsRow.id.in_(weights_ids))))

    def _read_packs(self, folders: Sequence[str]) -> set[str]:
        """Return the folders of the images of data sets that exist."""
        named = or_(*(DatasetRow.pack_key.startswith(f"{folder}/") for folder in folders))
        with self._database.read() as session:
            return {row.folder for row in session.scalars(select(DatasetRow).where(named))}

    def _sweep_jobs(self, job_ids: Sequence[str], results: Results | None) -> None:
        is_needed = self._read(job_ids)
        named: set[str] = set()
        if results is not None:
            with self._database.read() as session:
                named = results.named(session, job_ids)
        for job_id in job_ids:
            prefixes = results.prefixes(job_id) if results is not None else ()
            self._sweep(job_id, is_needed=is_needed.get(job_id), results=prefixes, named=named)

    def _sweep(
        self,
        folder: str,
        *,
        is_needed: bool | None,
        results: tuple[str, ...] = (),
        named: AbstractSet[str] = frozenset(),
    ) -> None:
        """Sweep one folder.

        Args:
            folder: its key, which is an id.
            is_needed: whether what it belongs to may need all of it; None if that does not exist.
            results: what the keys of results begin with.
            named: those of them to keep.
        """
        found = self._artifacts.entries(folder)
        if is_needed is False:
            found = self._drop_checkpoints(folder, self._drop_late(found, results, named))
        if is_needed is None and _all_older(ABANDONED_AFTER, (one.written_at for one in found)):
            self._artifacts.delete_folder(folder)
            logger.info("deleted what was left of %s: there is nothing with this id", folder)
            return
        for one in found:
            if one.is_temporary and _all_older(TORN_AFTER, [one.written_at]):
                self._artifacts.delete(one.key)

    def _drop_late(
        self, found: Sequence[StoredArtifact], prefixes: tuple[str, ...], named: AbstractSet[str]
    ) -> Sequence[StoredArtifact]:
        """Delete results of attempts that died or were late; return the rest."""
        late = [one for one in found if one.key.startswith(prefixes) and one.key not in named]
        for one in late:
            self._artifacts.delete(one.key)
        return [one for one in found if one not in late]

    def _drop_checkpoints(
        self, job_id: str, found: Sequence[StoredArtifact]
    ) -> Sequence[StoredArtifact]:
        """Delete a job's checkpoints, and return what is left: what it ended with is kept."""
        folder = checkpoint_folder(job_id)
        kept = [one for one in found if not one.key.startswith(f"{folder}/")]
        if len(kept) < len(found) or not found:
            self._artifacts.delete_folder(folder if kept else job_id)
            logger.info("deleted the checkpoints of %s: it ended long ago", job_id)
        return kept


class Sweeping:
    """The thread that sweeps while a worker is alive."""

    def __init__(self, settings: Settings, kinds: Mapping[str, WorkerKind]) -> None:
        self._settings = settings
        self._kinds = kinds
        self._stopping = threading.Event()
        self._guard = ForkGuard()
        self._thread = threading.Thread(target=self._run, name="sweeping", daemon=True)

    def start(self) -> None:
        """Start the thread."""
        self._guard.register()
        self._thread.start()

    def stop(self) -> None:
        """End the thread, unless it is waiting for a slow answer."""
        self._stopping.set()
        self._thread.join(_STOP_SECONDS)

    def _run(self) -> None:
        with self._guard:
            sweeper = Sweeper(
                Database(self._settings.database_url, pooled=False),
                open_artifacts(self._settings.artifacts_url),
                self._kinds,
                kept_seconds=self._settings.checkpoints_kept_seconds,
            )
        pause = min(self._settings.sweep_seconds, _FIRST_SECONDS)
        while not self._stopping.wait(pause):
            try:
                with self._guard:
                    sweeper.sweep()
            except (OSError, SQLAlchemyError) as error:
                logger.warning("could not sweep checkpoints: %s", error)
            except Exception:
                logger.exception("the sweep failed; trying again later")
            pause = self._settings.sweep_seconds


def _parts_of(ids: Sequence[str]) -> Iterator[Sequence[str]]:
    """Yield the ids, as many at a time as one query asks for."""
    for first in range(0, len(ids), _IDS_A_QUERY):
        yield ids[first : first + _IDS_A_QUERY]


def _all_older(age: timedelta, moments: Iterable[datetime]) -> bool:
    before = datetime.now(UTC) - age
    return all(moment < before for moment in moments)
