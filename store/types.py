"""Column types and the database's clock, the same on SQLite and PostgreSQL."""

import struct
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import (
    JSON,
    ColumnElement,
    DateTime,
    Dialect,
    Double,
    Integer,
    LargeBinary,
    SQLColumnExpression,
    Text,
    literal,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.orm import InstrumentedAttribute
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement
from sqlalchemy.types import TypeDecorator

Json = JSON(none_as_null=True).with_variant(JSONB(none_as_null=True), "postgresql")
"""A JSON document."""


class UtcDateTime(TypeDecorator[datetime]):
    """A time with its zone, always UTC. SQLite stores it as text without one."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a moment needs a time zone")
        moment = value.astimezone(UTC)
        return moment.replace(tzinfo=None) if dialect.name == "sqlite" else moment

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


class SkipLimit(TypeDecorator[int]):
    """A skip limit; None stands for the unrestricted genotype.

    Stored as −1, since a unique index does not treat two NULLs as equal.
    """

    impl = Integer
    cache_ok = True
    coerce_to_is_types = ()
    _UNRESTRICTED = -1

    def process_bind_param(self, value: int | None, dialect: Dialect) -> int:
        return self._UNRESTRICTED if value is None else value

    def process_result_value(self, value: int | None, dialect: Dialect) -> int | None:
        return None if value == self._UNRESTRICTED else value


FloatTable = Sequence[Sequence[float]]


class Float32Table(TypeDecorator[FloatTable]):
    """Rows of single-precision numbers, packed: the alphas of a cell take 4 bytes each."""

    impl = LargeBinary
    cache_ok = True
    _HEADER = struct.Struct("<HH")

    def process_bind_param(self, value: FloatTable | None, dialect: Dialect) -> bytes | None:
        if value is None:
            return None
        columns = len(value[0]) if value else 0
        numbers = [number for row in value for number in row]
        header = self._HEADER.pack(len(value), columns)
        return header + struct.pack(f"<{len(value) * columns}f", *numbers)

    def process_result_value(
        self, value: bytes | None, dialect: Dialect
    ) -> list[list[float]] | None:
        if value is None:
            return None
        rows, columns = self._HEADER.unpack_from(value)
        numbers = struct.unpack_from(f"<{rows * columns}f", value, self._HEADER.size)
        return [list(numbers[row * columns : (row + 1) * columns]) for row in range(rows)]


class db_now(FunctionElement[datetime]):  # noqa: N801  a SQL function, named as such
    """The database's clock plus a number of seconds. Not fixed at the transaction's start."""

    type = UtcDateTime()
    inherit_cache = True

    def __init__(self, plus_seconds: float = 0.0) -> None:
        super().__init__(literal(float(plus_seconds), Double))


@compiles(db_now, "sqlite")
def _sqlite_now(element: db_now, compiler: SQLCompiler, **words: Any) -> str:
    # Six digits, as SQLAlchemy writes times, so that text order is time order.
    offset = compiler.process(element.clauses, **words)
    return f"strftime('%Y-%m-%d %H:%M:%f000', 'now', {offset} || ' seconds')"


@compiles(db_now, "postgresql")
def _postgresql_now(element: db_now, compiler: SQLCompiler, **words: Any) -> str:
    offset = compiler.process(element.clauses, **words)
    return f"(clock_timestamp() + CAST({offset} AS double precision) * interval '1 second')"


class json_member(FunctionElement[str]):  # noqa: N801  a SQL function, named as such
    """A member of a JSON object as text: the characters of a string, the JSON of others.

    Null if there is no such member, or if it is null, a list or an object.
    """

    type = Text()
    inherit_cache = True

    def __init__(
        self,
        document: InstrumentedAttribute[dict[str, Any]]
        | InstrumentedAttribute[dict[str, Any] | None],
        name: str,
    ) -> None:
        super().__init__(document, literal(name, Text))


def contains(column: SQLColumnExpression[str | None], part: str) -> ColumnElement[bool]:
    """Return the SQL condition that a text contains a part, in upper or lower case.

    `%` and `_` stand for themselves. SQLite knows the capitals of a to z only.
    """
    return column.icontains(part, autoescape=True)


@compiles(json_member, "sqlite")
def _sqlite_member(element: json_member, compiler: SQLCompiler, **words: Any) -> str:
    document, name = (compiler.process(clause, **words) for clause in element.clauses)
    # A boolean's atom is a number.
    text = "CASE WHEN m.type IN ('true', 'false') THEN m.type ELSE CAST(m.atom AS TEXT) END"
    return f"(SELECT {text} FROM json_each({document}) m WHERE m.key = {name})"  # noqa: S608


@compiles(json_member, "postgresql")
def _postgresql_member(element: json_member, compiler: SQLCompiler, **words: Any) -> str:
    document, name = (compiler.process(clause, **words) for clause in element.clauses)
    scalar = f"jsonb_typeof({document} -> {name}) NOT IN ('object', 'array')"
    return f"CASE WHEN {scalar} THEN {document} ->> {name} END"
