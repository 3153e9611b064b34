"""Hooks of the schema tests: make-believe that is like what clients send.

Half of the ids and names that are made up become ones that exist. Keys of idempotent requests
become new ones, since a key that came before with another request is refused. Nobody waits for
long.
"""

import itertools
import json
import os
import re
from typing import Any

import schemathesis

schemathesis.serializer.alias("application/offset+octet-stream", "application/octet-stream")
_KNOWN: dict[str, list[str]] = json.loads(os.environ.get("PDARTS_FUZZ_IDS", "{}"))
_ID = re.compile(r"[a-z]+_[0-9a-v]{26}")
_NAME = "name"
"""The parameter that names a data set."""
_KEY = re.compile(r"[\x21-\x7e]{1,255}")
_WAIT = re.compile(r"wait\s*=\s*\"?\d+")
_WAITING_IN = 20
"""One request in so many waits, and for a second: in half a minute many others are made."""
_numbers = itertools.count()


@schemathesis.hook
def map_path_parameters(context: Any, path_parameters: dict[str, Any] | None) -> Any:
    """Replace ids that have the right form, and names."""
    replaced = dict(path_parameters or {})
    for name, known in _KNOWN.items():
        value = replaced.get(name)
        is_kept = _ID.fullmatch(str(value)) or (name == _NAME and _names_dataset(context))
        if isinstance(value, str) and is_kept:
            number = sum(map(ord, value))
            if number % 2 == 0:
                replaced[name] = known[number % len(known)]
    return replaced or path_parameters


def _names_dataset(context: Any) -> bool:
    return context.operation is not None and "/datasets/" in context.operation.path


@schemathesis.hook
def before_call(_context: Any, case: Any, _kwargs: dict[str, Any]) -> None:
    """Replace keys that have the right form, and addresses of the internet."""
    if isinstance(case.body, dict) and "://" in str(case.body.get("url")):
        case.body = case.body | {"url": os.environ["PDARTS_FUZZ_LOOPBACK"]}
    if (case.path_parameters or {}).get("key_id") in _KNOWN.get("own_key", []):
        # Whoever revoked it would be told nothing more.
        case.path_parameters["key_id"] = f"key_{'0' * 26}"
    kept = _KNOWN.get(_NAME, [])[:1]
    if case.method.upper() == "DELETE" and (case.path_parameters or {}).get(_NAME) in kept:
        # Else none would be left for the other operations.
        case.path_parameters[_NAME] = "none"
    for name, value in (case.headers or {}).items():
        if name.lower() == "idempotency-key" and _KEY.fullmatch(str(value)):
            case.headers[name] = f"key-{os.getpid()}-{next(_numbers)}"
        if name.lower() == "prefer" and _WAIT.search(str(value)):
            seconds = 0 if next(_numbers) % _WAITING_IN else 1
            case.headers[name] = _WAIT.sub(f"wait={seconds}", str(value))
