"""A network in all its forms, with a model card, as a zip that is made while it is sent."""

import hashlib
import io
import json
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.metadata import version

from sqlalchemy.orm import Session

from api.schemas.evaluation_results import whole_result_body
from api.services.model_card import CardFacts, write_card
from api.services.models import TrainedModel, images_of, make_form
from pdarts_core.drawing import draw_confusion, draw_svg
from pdarts_core.genotype import to_dict
from store.artifacts import ArtifactStore
from store.model_files import FileFormat
from store.tables import Evaluation, Search

_OLDEST = (1980, 1, 1, 0, 0, 0)
"""The time of every file in it: the earliest that a zip can tell."""
_UNIX = 3
_READABLE = 0o100644 << 16
_CHUNK = 2**20
_FORMS: dict[str, FileFormat] = {
    "model.safetensors": "safetensors",
    "model.pt": "torch",
    "model.onnx": "onnx",
    "network.py": "python",
}


@dataclass(frozen=True, kw_only=True)
class ModelArchive:
    """What goes into an archive. The same network always has the same bytes."""

    folder: str
    """Everything is in it."""
    papers: dict[str, bytes]
    model: TrainedModel
    artifacts: ArtifactStore

    def chunks(self) -> Iterator[bytes]:
        """Make the archive, one file in memory at a time.

        Raises:
            ModelDamaged, ArtifactsUnavailable: a file cannot be read.
        """
        window = _Window()
        with zipfile.ZipFile(window, "w") as archive:
            for name, data in self._contents():
                archive.writestr(_header(f"{self.folder}/{name}"), data)
                yield from window.drain()
        yield from window.drain()

    def _contents(self) -> Iterator[tuple[str, bytes]]:
        yield from self.papers.items()
        for name, form in _FORMS.items():
            if form != "onnx" or self.model.fits_onnx:
                yield name, make_form(self.artifacts, self.model, form)


@dataclass(frozen=True, kw_only=True)
class Measured:
    """What is sent ahead of an archive."""

    sha256: str
    bytes: int


def measure(archive: ModelArchive) -> Measured:
    """Make an archive once and keep nothing of it, so that a damaged file is found in time.

    Raises:
        ModelDamaged, ArtifactsUnavailable: a file cannot be read.
    """
    digest, size = hashlib.sha256(), 0
    for chunk in archive.chunks():
        digest.update(chunk)
        size += len(chunk)
    return Measured(sha256=digest.hexdigest(), bytes=size)


def write_papers(session: Session, evaluation: Evaluation, model: TrainedModel) -> dict[str, bytes]:
    """Return what goes with a network, by file names: figures, cells, and its card."""
    search = evaluation.search_id and session.get(Search, evaluation.search_id)
    loaded = images_of(session, evaluation.id)
    facts = CardFacts(
        evaluation=evaluation,
        which=model.which,
        model=model.description,
        images=loaded["images"],
        images_sha256=loaded.get("sha256"),
        has_onnx=model.fits_onnx,
        has_search=bool(search),
        signal=search.signal if search else None,
        version=version("pdarts"),
    )
    genotype = model.description.genotype
    result = whole_result_body(
        evaluation.result or {}, evaluation.details or {}, evaluation.models or []
    )
    texts = {
        "README.md": write_card(facts),
        "genotype.json": json.dumps(to_dict(genotype), indent=2) + "\n",
        "genotype.svg": draw_svg(genotype),
        "result.json": result.model_dump_json(indent=2) + "\n",
        "confusion.svg": draw_confusion([one.name for one in result.classes], result.confusion),
    }
    return {name: text.encode() for name, text in texts.items()}


def _header(name: str) -> zipfile.ZipInfo:
    info = zipfile.ZipInfo(name, _OLDEST)
    info.create_system = _UNIX
    info.external_attr = _READABLE
    return info


class _Window(io.RawIOBase):
    """A file whose beginning has been taken away: what is still in it can be written again.

    So a zip's headers hold sizes and checksums, as where a file can be sought in, and those who
    unpack while they receive need no table of contents.
    """

    def __init__(self) -> None:
        super().__init__()
        self._begin = 0
        self._kept = io.BytesIO()

    def write(self, data: bytes) -> int:  # type: ignore[override]
        return self._kept.write(data)

    def seekable(self) -> bool:
        return True

    def tell(self) -> int:
        return self._begin + self._kept.tell()

    def seek(self, position: int, whence: int = io.SEEK_SET) -> int:
        if whence != io.SEEK_SET:
            raise io.UnsupportedOperation("its end is not known")
        self._kept.seek(position - self._begin)
        return position

    def drain(self) -> Iterator[bytes]:
        """Take away what was written, in parts."""
        taken, self._kept = self._kept.getbuffer(), io.BytesIO()
        self._begin += len(taken)
        for begin in range(0, len(taken), _CHUNK):
            yield bytes(taken[begin : begin + _CHUNK])
