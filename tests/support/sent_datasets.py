"""Data sets that owners sent, as a service has stored them."""

import io
from pathlib import Path

from sqlalchemy import update

from store.artifacts import ArtifactStore
from store.database import Database
from store.ids import IdKind, new_id
from store.packed_dataset import PackLimits
from store.tables import DatasetRow, Job
from worker.archives.packing import pack_archive

LIMITS = PackLimits(bytes=2**30, files=1000)


def store_images(
    database: Database,
    artifacts: ArtifactStore,
    archive: bytes,
    *,
    name: str = "pets",
    owner: str = "local",
) -> DatasetRow:
    """Keep the images in an archive as a data set; those of its name are replaced."""
    pack = io.BytesIO()
    packed = pack_archive(io.BytesIO(archive), pack, LIMITS)
    folder = new_id(IdKind.DATASET)
    key = f"{folder}/{packed.digest}.zip"
    artifacts.put(key, pack.getvalue())
    with database.write() as session:
        earlier = session.query(DatasetRow).filter_by(owner=owner, name=name).one_or_none()
        row = earlier or DatasetRow(id=folder, owner=owner, name=name)
        row.digest = packed.digest
        row.pack_key = key
        row.pack_sha256 = packed.pack_sha256
        row.pack_bytes = packed.pack_bytes
        row.bytes = packed.bytes
        row.files = packed.files
        row.classes = [
            {"name": label, "train": count, "test": packed.test.get(label, 0)}
            for label, count in packed.train.items()
        ]
        row.left_out = dict(packed.left_out)
        row.notes = list(packed.notes)
        session.add(row)
        session.flush()
        session.refresh(row)
        session.expunge(row)
    return row


def let_use(database: Database, job_id: str, row: DatasetRow) -> None:
    """Have a job use a data set, as it is now."""
    values = {"dataset": row.name, "dataset_id": row.id, "dataset_digest": row.digest}
    with database.write() as session:
        session.execute(update(Job).where(Job.id == job_id).values(values))


def images_kept(home: Path) -> list[Path]:
    """Return the data sets that a worker's machine keeps."""
    return [path for path in (home / "datasets").iterdir() if path.is_dir()]
