"""How a process logs: lines of JSON or text that say what they belong to and hold no secret."""

import logging
import re
import sys
from collections.abc import Iterator, Mapping
from contextvars import ContextVar

from pythonjsonlogger.core import RESERVED_ATTRS
from pythonjsonlogger.json import JsonFormatter

from store.kinds import KINDS
from store.plain_text import on_one_line
from store.settings import Settings

ACCESS_LOGGER = "pdarts.access"
"""One line for each request."""
_OURS = ("api", "cli", "migrations", "pdarts", "pdarts_core", "store", "worker")
_TALKATIVE = ("httpcore", "httpx")
"""They log whole addresses, and with them the secrets that protect those."""
_RENAMED = {"levelname": "level", "name": "logger"}
_OF_OTHERS = ("color_message", "data")
"""What uvicorn and Celery add to their records for their own use."""
_SECRET = re.compile(
    r"(?P<kind>\bpdk_|\bwhsec_|(?i:\bbearer ))[\w+/=.~%-]+|(?P<user>://[^\s:/@]*:)[^\s/@]+(?=@)"
)
_HIDDEN = "…"

_of_process: dict[str, str] = {}
_of_task: ContextVar[Mapping[str, str]] = ContextVar("log_fields", default={})  # noqa: B039


def add_fields(**fields: str) -> None:
    """Make the lines of this task, and of the threads it uses, say what they belong to."""
    _of_task.set({**_of_task.get(), **fields})


def set_process_fields(**fields: str | None) -> None:
    """Make all lines of this process say what they belong to; None removes a field."""
    for name, value in fields.items():
        if value is None:
            _of_process.pop(name, None)
        else:
            _of_process[name] = value


def configure_logging(settings: Settings) -> None:
    """Send every line of this process to its standard error, in the format of the settings."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(make_formatter(settings.log_format))
    handler.addFilter(add_context)
    root = logging.getLogger()
    root.handlers[:] = [handler]
    # Other libraries log headers and statements below INFO, which may hold secrets.
    root.setLevel(max(logging.INFO, logging.getLevelName(settings.log_level)))
    for name in _OURS:
        logging.getLogger(name).setLevel(settings.log_level)
    for name in _TALKATIVE:
        logging.getLogger(name).setLevel(logging.WARNING)
    _take_over_uvicorn()
    # No line shows these, but each would look them up.
    logging.logThreads = logging.logProcesses = logging.logMultiprocessing = False
    logging.captureWarnings(capture=True)


def make_formatter(log_format: str) -> logging.Formatter:
    """Return what turns a record into a line: of JSON, or of text."""
    return _JsonLines() if log_format == "json" else _TextLines()


def without_secrets(line: str) -> str:
    """Return a line without any key, signing secret or password."""
    return _SECRET.sub(lambda found: f"{found['kind'] or found['user']}{_HIDDEN}", line)


def _take_over_uvicorn() -> None:
    for name in ("uvicorn", "uvicorn.error", "uvicorn.access"):
        logger = logging.getLogger(name)
        logger.handlers.clear()
        logger.setLevel(logging.NOTSET)
        # It writes no line about a request where nobody would read it.
        logger.propagate = name != "uvicorn.access"


class _JsonLines(JsonFormatter):
    def __init__(self) -> None:
        super().__init__(
            ["levelname", "name", "message"],
            rename_fields=_RENAMED,
            timestamp="time",
            json_ensure_ascii=False,
            reserved_attrs=[*RESERVED_ATTRS, *_OF_OTHERS],
        )

    def format(self, record: logging.LogRecord) -> str:
        return without_secrets(super().format(record))


class _TextLines(logging.Formatter):
    def __init__(self) -> None:
        super().__init__("%(asctime)s %(levelname)s %(name)s: %(message)s")

    def formatMessage(self, record: logging.LogRecord) -> str:  # noqa: N802  logging's hook
        told = ((name, getattr(record, name, None)) for name in _fields())
        named = [f"{name}={value}" for name, value in told if value]
        # Whoever chose a part of the message must not write lines of their own; the traceback
        # below it is ours.
        record.message = on_one_line(record.message)
        message = super().formatMessage(record)
        return f"{message} [{' '.join(named)}]" if named else message

    def format(self, record: logging.LogRecord) -> str:
        return without_secrets(super().format(record))


def _fields() -> Iterator[str]:
    """Yield the parts of their context that lines of text show, in this order."""
    yield "request_id"
    yield from (kind.id_field for kind in KINDS.values())
    yield "worker_id"


def add_context(record: logging.LogRecord) -> bool:
    """Add to a record what it belongs to; for use as a handler's filter."""
    for name, value in (_of_process | dict(_of_task.get())).items():
        if not hasattr(record, name):
            setattr(record, name, value)
    return True
