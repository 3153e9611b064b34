"""What commands do with jobs of any kind: read specs, list, move, delete and follow them."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import islice
from pathlib import Path
from typing import Any, Literal, TypeVar

from pydantic import BaseModel

from cli.client import Client
from cli.client.job import BlockingJob
from cli.connection import connected
from cli.errors import Interrupted
from cli.follow_job import check_success, show_until_ended
from cli.input_files import parse_members, parse_object, parse_value, read_text
from cli.progress_display import Words, display_on
from cli.terminal import output, print_json, print_table, print_text, say
from store.kinds import Kind

R = TypeVar("R", bound=BaseModel)


class Deleted(BaseModel):
    """What programs read about a deleted job."""

    id: str
    deleted: Literal[True] = True


def read_spec(file: Path | None, named: Mapping[str, Any], sets: Sequence[str]) -> dict[str, Any]:
    """Return the spec from a file, with options and `FIELD=VALUE` on top.

    Raises:
        WrongUse: the file or a value cannot be read.
    """
    spec = {} if file is None else parse_object(read_text(file), file)
    spec |= {field: value for field, value in named.items() if value is not None}
    spec |= {field: parse_value(text) for field, text in parse_members(sets).items()}
    return spec


def list_all(
    find: Callable[[Client], Iterator[R]],
    limit: int,
    head: Sequence[str],
    row: Callable[[R], Sequence[str]],
    *,
    as_json: bool,
) -> None:
    """Print so many jobs at most: as a table, or as JSON."""
    with connected() as client:
        found = islice(find(client), limit)
        if as_json:
            for record in found:
                print_json(record)
            return
        rows = [row(record) for record in found]
    print_table(head, rows)


def move(kind: Kind, job_ids: Sequence[str], wanted: str, *, as_json: bool) -> None:
    """Cancel, pause, resume or retry jobs, one after another."""
    with connected() as client:
        act = getattr(client, f"{wanted}_{kind.noun}")
        for job_id in job_ids:
            record = act(job_id).record
            if as_json:
                print_json(record)
            else:
                say(f"{record.id}  {record.status}")


def delete(kind: Kind, job_ids: Sequence[str], *, as_json: bool) -> None:
    """Delete jobs, one after another."""
    with connected() as client:
        act = getattr(client, f"delete_{kind.noun}")
        for job_id in job_ids:
            act(job_id)
            if as_json:
                print_json(Deleted(id=job_id))


def logs(kind: Kind, job_id: str, *, as_json: bool) -> None:
    """Print what happened to a job."""
    with connected() as client:
        job: BlockingJob[Any] = getattr(client, f"get_{kind.noun}")(job_id)
        if not as_json:
            print_text(job.log())
            return
        for event in job.history():
            print_json(event)


def follow(
    kind: Kind,
    job: BlockingJob[Any],
    words: Words,
    new_epochs: Callable[[], Sequence[Any]],
    *,
    as_json: bool,
) -> None:
    """Show a job until it has ended.

    Raises:
        Interrupted: Ctrl-C came; the job goes on.
        JobNotSucceeded: it failed or was cancelled.
    """
    try:
        if as_json:
            for event in job.events():
                print_json(event)
            job.refresh()
        else:
            with display_on(output, words) as display:
                show_until_ended(job, display, new_epochs)
    except KeyboardInterrupt:
        again = f"To watch it again: pdarts {kind.noun} watch {job.id}"
        raise Interrupted(f"{job.id} keeps running. {again}") from None
    check_success(job)
