"""What the commands of `pdarts weights` do."""

from itertools import islice
from pathlib import Path

from cli.client import Weights
from cli.connection import connected
from cli.errors import WrongUse
from cli.jobs import Deleted
from cli.terminal import print_json, print_table, print_text, say
from store.plain_text import on_one_line
from store.wording import number_of

_HEAD = ("ID", "LAYOUT", "STEM", "CHANNELS", "CELLS", "CLASSES", "PARAMETERS", "NAME", "SENT")


def push(file: Path, name: str | None, *, as_json: bool) -> None:
    """Send a file and print its id.

    Raises:
        WrongUse: it cannot be read.
    """
    try:
        with file.open("rb"), connected() as client:
            sent = client.push_weights(file, name=name)
    except OSError as error:
        raise WrongUse(f"cannot read {file}: {error.strerror or error}") from error
    if as_json:
        print_json(sent)
    else:
        say(sent.id)


def list_all(limit: int, *, as_json: bool) -> None:
    """Print weights."""
    with connected() as client:
        found = islice(client.list_weights(page_size=min(limit, 200)), limit)
        if as_json:
            for one in found:
                print_json(one)
            return
        rows = [_row(one) for one in found]
    print_table(_HEAD, rows)


def show(weights_id: str, *, as_json: bool) -> None:
    """Print what is known of a file of weights."""
    with connected() as client:
        found = client.get_weights(weights_id)
    if as_json:
        print_json(found)
        return
    head = " with auxiliary head" if found.auxiliary else ""
    lines = {
        "name": found.name,
        "file": f"{found.bytes:,} bytes, {found.format}, sha256 {found.sha256}",
        "network": f"{number_of(found.layers, 'cell')}, "
        f"{number_of(found.init_channels, 'channel')}, "
        f"stem {found.stem}, {found.num_classes} classes{head}",
        "parameters": f"{found.parameters:,} in {found.tensors:,} tensors, {found.layout} names",
        "sent": f"{found.created_at.astimezone():%Y-%m-%d %H:%M:%S}",
    }
    print_text(found.id)
    for what, text in lines.items():
        if text is not None:
            print_text(f"  {what:<11} {on_one_line(text)}")


def delete(weights_id: str, *, as_json: bool) -> None:
    """Delete weights."""
    with connected() as client:
        client.delete_weights(weights_id)
    if as_json:
        print_json(Deleted(id=weights_id))


def _row(found: Weights) -> tuple[str, ...]:
    shape = found.init_channels, found.layers, found.num_classes
    sent = f"{found.created_at.astimezone():%Y-%m-%d %H:%M}"
    counts = (*map(str, shape), f"{found.parameters:,}")
    return found.id, found.layout, found.stem, *counts, found.name or "", sent
