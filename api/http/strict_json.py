"""JSON as RFC 8259 has it, bounded in values and depth before anything is built of it."""

import json
import re
from collections.abc import Iterator
from itertools import accumulate
from typing import Any, NoReturn

from api.http.errors import ApiError, BodyTooLarge, InvalidRequest, MalformedJson

MOST_VALUES = 2000
"""Of a document, its members' names counted as well."""
DEEPEST_NESTING = 32
_MOST_QUOTES = 8 * MOST_VALUES
"""With more, there are far too many texts, wherever each begins."""
_BRACKETS = b"[{]}"
_ALL_BUT_BRACKETS = bytes(byte for byte in range(256) if byte not in _BRACKETS)
_STEPS = {byte: 1 if byte in b"[{" else -1 for byte in _BRACKETS}
_UNSTORABLE = re.compile(rb"\\u(?:0000|[dD][89a-fA-F])")
"""NUL, or half a surrogate pair: no raw UTF-8 has either."""


def parse_json(body: bytes) -> Any:
    """Parse a document.

    Raises:
        MalformedJson: it is not JSON, names a member twice, or has NaN or Infinity.
        BodyTooLarge: it has too many values.
        InvalidRequest: it is nested too deeply, or has text that cannot be stored.
    """
    outline = _without_texts(body)
    if outline is None or estimated_values(outline) > MOST_VALUES:
        raise _refusal_of_many(body, outline or b"")
    try:
        document = json.loads(
            body.decode(), object_pairs_hook=_members, parse_constant=_refuse_constant
        )
    except RecursionError:
        raise MalformedJson("the body is nested too deeply") from None
    except ValueError as error:
        raise MalformedJson(f"the body is not valid JSON: {error}") from error
    if _depth(outline) > DEEPEST_NESTING or _UNSTORABLE.search(body):
        _check_texts(document)
    return document


def estimated_values(text: bytes) -> int:
    """Return about how many values and names a document has, of what stands outside its texts."""
    return sum(map(text.count, (b"[", b"{", b",", b":")))


def _without_texts(body: bytes) -> bytes | None:
    """Return what stands outside a document's texts; None if they are far too many."""
    plain = body.replace(rb"\\", b"").replace(rb"\"", b"") if b"\\" in body else body
    if plain.count(b'"') > _MOST_QUOTES:
        return None
    return b"".join(plain.split(b'"')[::2])


def _refusal_of_many(body: bytes, outline: bytes) -> ApiError:
    # Of a large document, the beginning says enough: to look at all of it takes 15 ms.
    if _depth(outline[:_MOST_QUOTES]) > DEEPEST_NESTING:
        return MalformedJson("the body is nested too deeply")
    if not body.rstrip().endswith((b"]", b"}")):
        return MalformedJson("the body is not valid JSON: its end is missing")
    return BodyTooLarge(f"the body must not have more than {MOST_VALUES} values and names")


def _depth(outline: bytes) -> int:
    brackets = outline.translate(None, _ALL_BUT_BRACKETS)
    return max(accumulate(map(_STEPS.__getitem__, brackets)), default=0)


def _members(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members = dict(pairs)
    if len(members) < len(pairs):
        raise ValueError("a member appears twice")
    return members


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not a JSON number")


def _check_texts(document: Any) -> None:
    for path, value in _walk(document):
        if len(path) > DEEPEST_NESTING:
            raise InvalidRequest.at(path, f"nested deeper than {DEEPEST_NESTING} levels")
        if isinstance(value, str) and not _is_storable(value):
            raise InvalidRequest.at(
                path, "the text contains a NUL character or half a surrogate pair"
            )


def _walk(document: Any) -> Iterator[tuple[tuple[str | int, ...], Any]]:
    waiting: list[tuple[tuple[str | int, ...], Any]] = [((), document)]
    while waiting:
        path, value = waiting.pop()
        yield path, value
        if isinstance(value, dict):
            yield from (((*path, name), name) for name in value)
            waiting += [((*path, name), member) for name, member in value.items()]
        elif isinstance(value, list):
            waiting += [((*path, place), item) for place, item in enumerate(value)]


def _is_storable(text: str) -> bool:
    return "\0" not in text and not any("\ud800" <= character <= "\udfff" for character in text)
