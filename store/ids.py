"""Identifiers that say what they name and sort by when they were made."""

import base64
import re
import secrets
import time
from enum import StrEnum

_TIME_BYTES = 6
_FRACTION_BYTES = 2
_RANDOM_BYTES = 8
_NANOSECONDS = 1_000_000
"""Of a millisecond."""
_BODY = re.compile(r"[0-9a-v]{26}")


class IdKind(StrEnum):
    """The prefixes of identifiers."""

    SEARCH = "srch"
    EVALUATION = "eval"
    GENOTYPE = "gt"
    WEIGHTS = "wts"
    DATASET = "ds"
    CHECK = "chk"
    UPLOAD = "upl"
    WORKER = "wrk"
    KEY = "key"
    WEBHOOK = "whk"
    DELIVERY = "msg"


def new_id(kind: str) -> str:
    """Return a new identifier: prefix, milliseconds since 1970, their fraction, 64 random bits."""
    milliseconds, rest = divmod(time.time_ns(), _NANOSECONDS)
    fraction = rest * 2 ** (8 * _FRACTION_BYTES) // _NANOSECONDS
    moment = milliseconds.to_bytes(_TIME_BYTES, "big") + fraction.to_bytes(_FRACTION_BYTES, "big")
    body = base64.b32hexencode(moment + secrets.token_bytes(_RANDOM_BYTES))
    return f"{kind}_{body.decode().rstrip('=').lower()}"


def id_pattern(kind: str) -> str:
    """Return the regular expression for identifiers with this prefix."""
    return rf"^{kind}_[0-9a-v]{{26}}$"


def is_id(text: str, kind: str) -> bool:
    """Tell whether the text has the form of an identifier with this prefix."""
    prefix, _, body = text.partition("_")
    return prefix == kind and _BODY.fullmatch(body) is not None


def search_id_of(job_id: str | None) -> str | None:
    """Return the id of a job if that is a search: clients from before other kinds ask for it."""
    return job_id if job_id is not None and is_id(job_id, IdKind.SEARCH) else None
