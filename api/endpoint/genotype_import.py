"""Reads a genotype that a client sends: bare cells, a document, or Python text (never run)."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Annotated, Any

from fastapi import Depends, Request
from fastapi.concurrency import run_in_threadpool

from api.http.errors import InvalidRequest, MalformedJson, UnsupportedMediaType
from api.http.strict_json import parse_json
from api.schemas.genotype_import import LONGEST_NAME, PYTHON_TEXT
from pdarts_core.genotype import Genotype, GenotypeError, from_dict, from_python

Path = tuple[str, ...]
"""Where something is in a body: the names of members."""

_FORMAT, _FORMAT_VERSION = "darts-genotype", 1


@dataclass(frozen=True, kw_only=True)
class SentGenotype:
    """What a client sent."""

    genotype: Genotype
    name: str | None


async def get_sent_genotype(request: Request) -> SentGenotype:
    """Return the genotype in a request's body.

    Raises:
        UnsupportedMediaType: it is declared as neither JSON nor Python.
        MalformedJson: it is no JSON, or no UTF-8.
        InvalidRequest: it is no genotype; the error points to where it goes wrong.
    """
    declared = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if declared not in {"application/json", PYTHON_TEXT}:
        raise UnsupportedMediaType(f"the body must be application/json or {PYTHON_TEXT}")
    body = await request.body()
    read = _read_python if declared == PYTHON_TEXT else _read_json
    return await run_in_threadpool(read, body)


SentGenotypeDep = Annotated[SentGenotype, Depends(get_sent_genotype)]


def _read_python(body: bytes) -> SentGenotype:
    try:
        text = body.decode()
    except UnicodeDecodeError as error:
        raise MalformedJson("the body is not UTF-8") from error
    return SentGenotype(genotype=_checked(from_python, text), name=None)


def _read_json(body: bytes) -> SentGenotype:
    return read_sent(parse_json(body))


def read_sent(document: Any, at: Path = ()) -> SentGenotype:
    """Return the genotype in a JSON value: bare cells, a document, or Python text.

    Args:
        document: the value.
        at: where it is in the body.

    Raises:
        InvalidRequest: it is no genotype; the error points to where it goes wrong.
    """
    if not isinstance(document, dict):
        raise InvalidRequest.at(at, "expected an object with cells, a document or Python text")
    if "python" in document and "genotype" not in document:
        return _from_python_text(document, at)
    if "genotype" in document:
        return _from_document(document, at)
    return SentGenotype(genotype=_checked(from_dict, document, at), name=None)


def _from_python_text(document: Mapping[str, Any], at: Path) -> SentGenotype:
    for member in document:
        if member not in {"python", "name"}:
            raise InvalidRequest.at([*at, member], "unknown field; allowed beside `python`: name")
    text = document["python"]
    if not isinstance(text, str):
        raise InvalidRequest.at([*at, "python"], "expected a string")
    # A path inside Python text is none of JSON: the error's words say where.
    try:
        genotype = from_python(text)
    except GenotypeError as error:
        raise InvalidRequest.at([*at, "python"], str(error)) from error
    return SentGenotype(genotype=genotype, name=_name(document, at))


def _from_document(document: Mapping[str, Any], at: Path) -> SentGenotype:
    told = document.get("format", _FORMAT), document.get("format_version", _FORMAT_VERSION)
    if told[0] != _FORMAT:
        raise InvalidRequest.at([*at, "format"], f"expected {_FORMAT}")
    if told[1] != _FORMAT_VERSION or isinstance(told[1], bool):
        raise InvalidRequest.at([*at, "format_version"], f"expected {_FORMAT_VERSION}")
    cells = document["genotype"]
    if not isinstance(cells, dict):
        raise InvalidRequest.at([*at, "genotype"], "expected an object")
    genotype = _checked(from_dict, cells, (*at, "genotype"))
    return SentGenotype(genotype=genotype, name=_name(document, at))


def _name(document: Mapping[str, Any], at: Path) -> str | None:
    name = document.get("name")
    if name is not None and (not isinstance(name, str) or not 1 <= len(name) <= LONGEST_NAME):
        detail = f"expected a string of 1 to {LONGEST_NAME} characters"
        raise InvalidRequest.at([*at, "name"], detail)
    return name


def _checked(read: Callable[[Any], Genotype], source: Any, at: Path = ()) -> Genotype:
    try:
        return read(source)
    except GenotypeError as error:
        is_text = isinstance(source, str)
        where = () if is_text else (*at, *error.path)
        raise InvalidRequest.at(where, str(error) if is_text else error.detail) from error
