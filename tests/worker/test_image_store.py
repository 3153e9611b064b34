"""Data sets that owners sent: fetched once by a machine, shared by its jobs, and bounded."""

import io
import multiprocessing
import threading
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

import pytest

from tests.support.images import png_of_noise
from worker.datasets.image_store import Beat, ImageStore, Pack

PACK_BYTES = 1000
NOTHING: Beat = lambda: None  # noqa: E731


def content(seed: int = 0) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as pack:
        for label in ("cat", "dog"):
            pack.writestr(f"train/{label}/1.png", png_of_noise(seed))
    return file.getvalue()


class Source:
    """Where packs come from; it counts who asks."""

    def __init__(self) -> None:
        self.fetched = 0

    def fetch(self, file: BinaryIO) -> None:
        self.fetched += 1
        file.write(content())


def pack_of(digest: str, *, dataset: str = "pets") -> Pack:
    return Pack(dataset=dataset, digest=digest, bytes=PACK_BYTES)


@pytest.fixture
def source() -> Source:
    return Source()


@pytest.fixture
def store(tmp_path: Path) -> ImageStore:
    return ImageStore(tmp_path / "datasets", most_bytes=2 * PACK_BYTES)


def entries(tmp_path: Path) -> list[Path]:
    return [path for path in (tmp_path / "datasets").iterdir() if path.is_dir()]


def use(store: ImageStore, source: Source, *digests: str) -> None:
    for digest in digests:
        with store.images(pack_of(digest), source.fetch, NOTHING):
            pass


def test_images_lie_in_a_folder_with_the_data_sets_name(store: ImageStore, source: Source) -> None:
    with store.images(pack_of("a"), source.fetch, NOTHING) as folder:
        image = folder / "pets" / "train" / "cat" / "1.png"
        assert image.read_bytes() == png_of_noise(0)


def test_they_are_fetched_once(store: ImageStore, source: Source) -> None:
    use(store, source, "a", "a", "b", "a")
    assert source.fetched == 2


def test_the_same_images_under_another_name_are_another_folder(
    store: ImageStore, source: Source
) -> None:
    use(store, source, "a")
    with store.images(pack_of("a", dataset="zoo"), source.fetch, NOTHING) as folder:
        assert (folder / "zoo" / "train").is_dir()


def test_the_least_recently_used_go_first(
    tmp_path: Path, store: ImageStore, source: Source
) -> None:
    use(store, source, "a", "b", "a", "c")
    assert len(entries(tmp_path)) == 2
    use(store, source, "a")
    assert source.fetched == 3


def test_what_somebody_else_put_there_is_left_alone(
    tmp_path: Path, store: ImageStore, source: Source
) -> None:
    strange = tmp_path / "datasets" / "my notes.txt"
    strange.parent.mkdir()
    strange.touch()
    use(store, source, "a", "b", "c")
    assert strange.exists()


def test_what_is_in_use_stays(store: ImageStore, source: Source) -> None:
    with store.images(pack_of("a"), source.fetch, NOTHING) as folder:
        use(store, source, "b", "c", "d")
        assert (folder / "pets").is_dir()


def test_a_fetch_that_fails_leaves_nothing(tmp_path: Path, store: ImageStore) -> None:
    def fail(file: BinaryIO) -> None:
        file.write(b"half of it")
        raise OSError(28, "No space left on device")

    with pytest.raises(OSError, match="No space"), store.images(pack_of("a"), fail, NOTHING):
        pass
    assert entries(tmp_path) == []


@pytest.mark.parametrize("next_digest", ["a", "b"])
def test_what_a_killed_process_left_is_taken_away(
    tmp_path: Path, store: ImageStore, source: Source, next_digest: str
) -> None:
    killed = multiprocessing.get_context("fork").Process(
        target=_die_while_fetching, args=(tmp_path / "datasets",)
    )
    killed.start()
    killed.join(30)
    assert len(entries(tmp_path)) == 1
    use(store, source, next_digest)
    assert [path.name for path in entries(tmp_path) if path.name.startswith(".tmp-")] == []
    assert len(entries(tmp_path)) == 1
    assert source.fetched == 1


def test_what_another_is_still_fetching_stays(store: ImageStore, source: Source) -> None:
    comes = threading.Event()
    with fetching(store, "a", comes):
        use(store, source, "b")
    with store.images(pack_of("a"), source.fetch, NOTHING) as folder:
        assert (folder / "pets").is_dir()
    assert source.fetched == 1


def _die_while_fetching(folder: Path) -> None:
    import os  # noqa: PLC0415  in the process that dies

    def die(file: BinaryIO) -> None:
        os._exit(9)

    with ImageStore(folder, most_bytes=2 * PACK_BYTES).images(pack_of("a"), die, NOTHING):
        pass


@contextmanager
def fetching(store: ImageStore, digest: str, content_comes: threading.Event) -> Iterator[None]:
    """Another job fetches until the event."""
    has_begun = threading.Event()

    def fetch_slowly(file: BinaryIO) -> None:
        has_begun.set()
        content_comes.wait(30)
        file.write(content())

    def run() -> None:
        with store.images(pack_of(digest), fetch_slowly, NOTHING):
            pass

    thread = threading.Thread(target=run)
    thread.start()
    assert has_begun.wait(30)
    yield
    content_comes.set()
    thread.join()


def test_a_job_waits_for_another_that_fetches_the_same(store: ImageStore, source: Source) -> None:
    comes = threading.Event()
    with (
        fetching(store, "a", comes),
        store.images(pack_of("a"), source.fetch, NOTHING, wait=comes.set),
    ):
        assert source.fetched == 0


def test_a_job_that_waits_can_be_stopped(store: ImageStore, source: Source) -> None:
    class Stopped(Exception):
        pass

    def stop() -> None:
        raise Stopped

    with (
        fetching(store, "a", threading.Event()),
        pytest.raises(Stopped),
        store.images(pack_of("a"), source.fetch, stop),
    ):
        pass
