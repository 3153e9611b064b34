"""Identifiers that say what they name and sort by when they were made."""

import base64
import re
import secrets
import time
from enum import StrEnum

_RANDOM_BYTES = 10
_TIME_BYTES = 6
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
    """Return a new identifier: prefix, milliseconds since 1970, 80 random bits."""
    milliseconds = (time.time_ns() // 1_000_000).to_bytes(_TIME_BYTES, "big")
    body = base64.b32hexencode(milliseconds + secrets.token_bytes(_RANDOM_BYTES))
    return f"{kind}_{body.decode().rstrip('=').lower()}"


def id_pattern(kind: str) -> str:
    """Return the regular expression for identifiers with this prefix."""
    return rf"^{kind}_[0-9a-v]{{26}}$"


def is_id(text: str, kind: str) -> bool:
    """Tell whether the text has the form of an identifier with this prefix."""
    prefix, _, body = text.partition("_")
    return prefix == kind and _BODY.fullmatch(body) is not None
