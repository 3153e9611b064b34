"""What commands do with jobs of any kind: submit, list, show, move, delete and follow them."""

from collections.abc import Mapping, Sequence
from itertools import islice
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel

from cli.client import Client
from cli.client.job import BlockingJob
from cli.connection import connected
from cli.errors import Interrupted
from cli.follow_job import check_success, show_until_ended
from cli.input_files import parse_members, parse_object, parse_value, read_text
from cli.job_view import print_job, print_plan, table_head, table_row
from cli.job_views import view_of
from cli.progress_display import display_on, warning_lines
from cli.terminal import output, print_json, print_table, print_text, say, warn
from store.kinds import Kind

_LARGEST_PAGE = 200


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


def submit(
    kind: Kind,
    spec: Mapping[str, Any],
    idempotency_key: str | None,
    *,
    dry_run: bool,
    watch: bool,
    as_json: bool,
) -> None:
    """Submit a job, print it, and watch it if asked to; for a dry run, print what it would do."""
    with connected() as client:
        if dry_run:
            planned = getattr(client, f"plan_{kind.noun}")(spec)
            if as_json:
                print_json(planned)
            else:
                print_plan(view_of(kind), planned)
            return
        create = getattr(client, f"create_{kind.noun}")
        job: BlockingJob[Any] = create(spec, idempotency_key=idempotency_key)
        if as_json:
            print_json(job.record)
        else:
            say(job.id)
            warn(warning_lines(job.record.warnings))
        if watch:
            _follow(kind, job, as_json=as_json)


def list_all(
    kind: Kind,
    filters: Mapping[str, Any],
    metadata: Sequence[str],
    limit: int,
    *,
    oldest_first: bool,
    as_json: bool,
) -> None:
    """Print so many jobs at most: as a table, or as JSON."""
    wanted = {
        **filters,
        "metadata": parse_members(metadata),
        "sort": "oldest" if oldest_first else None,
        "page_size": min(limit, _LARGEST_PAGE),
    }
    view = view_of(kind)
    with connected() as client:
        found = islice(getattr(client, f"list_{kind.plural}")(**wanted), limit)
        if as_json:
            for record in found:
                print_json(record)
            return
        rows = [table_row(view, record) for record in found]
    print_table(table_head(view), rows)


def show(kind: Kind, job_id: str, *, as_json: bool) -> None:
    """Print a job."""
    with connected() as client:
        record = _get(client, kind, job_id).record
    if as_json:
        print_json(record)
    else:
        print_job(view_of(kind), record)


def watch(kind: Kind, job_id: str, *, as_json: bool) -> None:
    """Show a job until it has ended, and what it found."""
    with connected() as client:
        _follow(kind, _get(client, kind, job_id), as_json=as_json)


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
        job = _get(client, kind, job_id)
        if not as_json:
            print_text(job.log())
            return
        for event in job.history():
            print_json(event)


def _get(client: Client, kind: Kind, job_id: str) -> BlockingJob[Any]:
    job: BlockingJob[Any] = getattr(client, f"get_{kind.noun}")(job_id)
    return job


def _follow(kind: Kind, job: BlockingJob[Any], *, as_json: bool) -> None:
    """Show a job until it has ended, and what it found.

    Raises:
        Interrupted: Ctrl-C came; the job goes on.
        JobNotSucceeded: it failed or was cancelled.
    """
    view = view_of(kind)
    try:
        if as_json:
            for event in job.events():
                print_json(event)
            job.refresh()
        else:
            with display_on(output, view.words) as display:
                show_until_ended(job, display, view.new_epochs(job))
    except KeyboardInterrupt:
        again = f"To watch it again: pdarts {kind.noun} watch {job.id}"
        raise Interrupted(f"{job.id} keeps running. {again}") from None
    check_success(job)
    view.tell_end(job.record)
