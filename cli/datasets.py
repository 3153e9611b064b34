"""What the commands of `pdarts dataset` do."""

import re
import shlex
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from cli.client import Client, Dataset, DatasetDetails, Finding, NotFound
from cli.connection import connected
from cli.errors import DatasetInvalid, Interrupted, WrongUse
from cli.jobs import Deleted
from cli.progress_bars import progress
from cli.pushing.dataset import WantedDataset, push_dataset
from cli.pushing.folder_tar import FolderTar
from cli.pushing.kept_push import KeptPush, kept_push
from cli.pushing.source import ArchiveFile, Source
from cli.saved_files import save
from cli.service_settings import read_settings
from cli.terminal import messages, print_json, print_table, print_text, say, warn
from store.catalogue import NAME_RULE, is_valid_name
from store.plain_text import on_one_line
from store.wording import number_of

_HEAD = ("NAME", "KIND", "STATE", "CLASSES", "IMAGES", "FIRST IMAGE", "DIGEST")
_SHOWN_FILES = 5
_SHOWN_DIGEST = 12
_LOOK_SECONDS = 1.0
_ENDS = re.compile(r"\.(zip|tar|tgz|tbz2|txz|tar\.(gz|bz2|xz))$", re.IGNORECASE)


def push(
    path: Path, name: str | None, test_portion: float | None, *, watch: bool, as_json: bool
) -> None:
    """Send a folder or an archive, and print the data set that it becomes.

    Raises:
        WrongUse: it cannot be read, or its name can be none of a data set.
        Interrupted: Ctrl-C came; the same command goes on.
        DatasetInvalid: it was checked, and cannot be used.
    """
    chosen = _chosen_name(path, name)
    with _readable(path), connected() as client:
        _check_name(client, chosen)
        source = FolderTar(path) if path.is_dir() else ArchiveFile(path)
        wanted = WantedDataset(name=chosen, filename=path.name, test_portion=test_portion)
        with kept_push(read_settings().home, client.url, path) as kept:
            sent = _send(client, source, kept, wanted)
        _tell(client, sent, watch=watch, as_json=as_json)


def list_all(*, as_json: bool) -> None:
    """Print all data sets."""
    with connected() as client:
        found = list(client.list_datasets())
    if as_json:
        for one in found:
            print_json(one)
        return
    print_table(_HEAD, [_row(one) for one in found])


def show(name: str, *, as_json: bool) -> None:
    """Print what is known about a data set."""
    with connected() as client:
        found = client.get_dataset(name)
    if as_json:
        print_json(found)
    else:
        _print_details(found)


def check(name: str, *, watch: bool, as_json: bool) -> None:
    """Have a data set looked through again.

    Raises:
        DatasetInvalid: it was watched, and cannot be used.
    """
    with connected() as client:
        _tell(client, client.check_dataset(name), watch=watch, as_json=as_json)


def samples(name: str, out: Path | None, label: str | None, *, as_json: bool) -> None:
    """Save a picture of some images of a data set.

    Raises:
        UnfitMachine: the file cannot be written.
    """
    with connected() as client:
        data = client.get_samples(name, label)
    save(data, out or Path(f"{name}-samples.png"), of=name, as_json=as_json)


def delete(names: Sequence[str], *, as_json: bool) -> None:
    """Delete data sets, one after another."""
    with connected() as client:
        for name in names:
            client.delete_dataset(name)
            if as_json:
                print_json(Deleted(id=name))


def _chosen_name(path: Path, name: str | None) -> str:
    chosen = _ENDS.sub("", path.resolve().name) if name is None else name
    if not is_valid_name(chosen):
        raise WrongUse(
            f"{chosen!r} cannot be a data set's name: {NAME_RULE}; choose one with --name"
        )
    return chosen


def _check_name(client: Client, name: str) -> None:
    """Refuse a name that is taken before gigabytes are sent. Raises WrongUse."""
    try:
        kind = client.get_dataset(name).kind
    except NotFound:
        return
    if kind in {"builtin", "folder"}:
        raise WrongUse(f"{name!r} is shared by everybody; choose another name with --name")


@contextmanager
def _readable(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        reason = error.strerror or error
        raise WrongUse(f"cannot read {error.filename or path}: {reason}") from error


def _send(client: Client, source: Source, kept: KeptPush, wanted: WantedDataset) -> DatasetDetails:
    done = 0

    def tell(come: int) -> None:
        nonlocal done
        done = come
        bar(come)

    try:
        with progress(messages, "sending", source.size, is_bytes=True) as bar:
            return push_dataset(client, source, kept, wanted, tell)
    except KeyboardInterrupt:
        percent = int(100 * done / source.size) if source.size else 100
        raise Interrupted(f"{percent}% was sent; the same command continues from there") from None


def _tell(client: Client, found: DatasetDetails, *, watch: bool, as_json: bool) -> None:
    if watch:
        found = _watch(client, found)
    if as_json:
        print_json(found)
    else:
        say(found.name)
        warn(on_one_line(note) for note in found.notes)
        warn(line for finding in found.findings for line in _finding_lines(finding, found.name))
        if found.state == "checking":
            warn([f"Its images are being checked. {_look_again(found)}"], style="")
    if watch and found.state == "invalid":
        errors = sum(finding.level == "error" for finding in found.findings)
        raise DatasetInvalid(f"{found.name} cannot be used: {number_of(errors, 'error')}")


def _watch(client: Client, found: DatasetDetails) -> DatasetDetails:
    """Wait until a data set is checked. Raises Interrupted: Ctrl-C came; the check goes on."""
    try:
        with progress(messages, "checking", 1.0) as tell:
            while found.state == "checking":
                tell(0.0 if found.check is None else found.check.fraction)
                time.sleep(_LOOK_SECONDS)
                found = client.get_dataset(found.name)
    except KeyboardInterrupt:
        raise Interrupted(f"{found.name} is still being checked. {_look_again(found)}") from None
    return found


def _look_again(found: DatasetDetails) -> str:
    return f"To see what is found: pdarts dataset show {shlex.quote(found.name)}"


def _row(found: Dataset) -> tuple[str, ...]:
    size = "" if found.image_size is None else f"{found.image_size.height}×{found.image_size.width}"
    images = "" if found.images is None else f"{found.images:,}"
    digest = (found.digest or "")[:_SHOWN_DIGEST]
    return found.name, found.kind, found.state or "", str(found.classes), images, size, digest


def _print_details(found: DatasetDetails) -> None:
    print_text(found.name)
    for what, text in _facts(found):
        print_text(f"  {what:<11} {on_one_line(text)}")
    if found.class_counts:
        print_text("")
        rows = [(one.name, f"{one.train:,}", f"{one.test:,}") for one in found.class_counts]
        print_table(("CLASS", "TRAIN", "TEST"), rows)
    for finding in found.findings:
        print_text("")
        for line in _finding_lines(finding, found.name):
            print_text(line)


def _facts(found: DatasetDetails) -> Iterator[tuple[str, str]]:
    yield "kind", found.kind
    if found.state is not None:
        yield "state", found.state
    if found.check is not None and found.check.error is not None:
        yield "check", f"failed: {found.check.error.message}"
    if found.images is not None:
        tested = "" if not found.test_images else f", {found.test_images:,} to test"
        size = "" if found.bytes is None else f", {found.bytes:,} bytes"
        yield "images", f"{found.images:,} to train{tested}{size}"
    if found.sizes is not None:
        least = f"{found.sizes.least_height}×{found.sizes.least_width}"
        most = f"{found.sizes.most_height}×{found.sizes.most_width}"
        yield "sizes", least if found.sizes.equal else f"{least} to {most}"
    for what, values in (("mean", found.mean), ("std", found.std)):
        if values is not None:
            yield what, "  ".join(f"{value:.3f}" for value in values)
    if found.left_out:
        counts = (
            f"{count:,} {suffix or 'without suffix'}" for suffix, count in found.left_out.items()
        )
        yield "left out", ", ".join(counts)
    if found.digest is not None:
        yield "digest", found.digest
    for note in found.notes:
        yield "note", note


def _finding_lines(finding: Finding, name: str) -> Iterator[str]:
    yield on_one_line(f"{finding.level}: {finding.message}")
    for file in finding.files[:_SHOWN_FILES]:
        yield f"  {on_one_line(file)}"
    more = finding.count - len(finding.files[:_SHOWN_FILES])
    if more > 0:
        command = f"pdarts dataset show {shlex.quote(name)} --json"
        yield f"  and {more:,} more; the first {len(finding.files)} are listed by: {command}"
    if finding.advice:
        yield on_one_line(f"  {finding.advice}")
