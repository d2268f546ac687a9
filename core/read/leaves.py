"""How a column's value becomes what JSON has, without a detour over Python's types where that can be spared."""

from __future__ import annotations

from binascii import b2a_base64
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

import orjson
from graphql import GraphQLLeafType
from tortoise.fields import JSONField

from core.catalog.catalog import Column
from core.clock import format_instant
from core.data.values import from_database
from core.read.sql import DialectName, literal

Convert = Callable[[Any], Any]

_KINDS: Mapping[tuple[type, str], str] = {
    (str, "String"): "text",
    (int, "Int"): "int",
    (int, "BigInt"): "big",
    (bool, "Boolean"): "bool",
    (datetime, "DateTime"): "instant",
    (date, "Date"): "date",
    (UUID, "UUID"): "uuid",
    (Decimal, "Decimal"): "decimal",
}
_POSTGRES: Mapping[str, str] = {
    "text": "{}",
    "int": "{}",
    "bool": "{}",
    "big": "{}::text",
    "uuid": "{}::text",
    "decimal": "{}::text",
    # asyncpg writes the first and the last value that Python has as PostgreSQL's infinities, and reads them so.
    "date": "CASE {0} WHEN 'infinity' THEN '9999-12-31' WHEN '-infinity' THEN '0001-01-01' ELSE {0}::text END",
    "instant": (
        "CASE {0} WHEN 'infinity' THEN '9999-12-31T23:59:59.999999Z' WHEN '-infinity' THEN '0001-01-01T00:00:00Z'"
        " ELSE replace(({0} AT TIME ZONE 'UTC')::text, ' ', 'T') || 'Z' END"
    ),
}
_INT_LIMIT = 2**31


@dataclass(frozen=True, slots=True)
class Leaf:
    """An expression of the select list, and what makes JSON of its value; None where it is that already."""

    expression: str
    convert: Convert | None = None


def record_leaf(dialect: DialectName, column: Column, place: str, kind: GraphQLLeafType) -> Leaf:
    """Return how a column is fetched for an answer that Python puts together.

    Args:
        place: The column with its table's alias.
    """
    what = _kind(column, kind)
    if what == "json":
        return Leaf(place, orjson.Fragment)
    if what == "enum":
        return Leaf(place, _names(column, kind).__getitem__)
    if dialect == "postgres" and what is not None:
        return Leaf(_POSTGRES[what].format(place))
    if what in _SQLITE:
        return Leaf(place, _SQLITE[what])
    return Leaf(place, _by_schema(dialect, column, kind))


def json_leaf(column: Column, place: str, kind: GraphQLLeafType) -> str | None:
    """Return what PostgreSQL puts into JSON for a column; None where only Python can tell."""
    what = _kind(column, kind)
    if what == "json":
        return place
    if what == "enum":
        names = _names(column, kind)
        if any(not isinstance(value, str) for value in names):
            return None
        cases = " ".join(f"WHEN {literal(value)} THEN {literal(name)}" for value, name in names.items())
        # A value that is no member fails here, as it does in Python.
        return f"CASE {place} {cases} ELSE ({place}::text::int)::text END"
    return _POSTGRES[what].format(place) if what is not None else None


def id_maker(type_name: str) -> Convert:
    """Return what makes the global id of a row id as text; see `core.ids.global_id`."""
    prefix = f"{type_name}:".encode()
    padding = -(len(prefix) + 36) % 3

    def make(row_id: str) -> str:
        # Base64 of ASCII letters, digits, colons and hyphens has neither `+` nor `/`, so it is base64url as well.
        encoded = b2a_base64(prefix + row_id.encode(), newline=False).decode()
        return encoded[:-padding] if padding else encoded

    return make


def json_id(type_name: str, place: str) -> str:
    """Return the same for PostgreSQL, of a row id in a column."""
    encoded = f"encode(({literal(type_name + ':')} || {place}::text)::bytea, 'base64')"
    if len(type_name) + 37 > 57:  # it breaks its lines after 57 bytes
        encoded = f"replace({encoded}, E'\\n', '')"
    return f"rtrim({encoded}, '=')"


def _kind(column: Column, kind: GraphQLLeafType) -> str | None:
    if column.is_enum:
        return "enum"
    if isinstance(column.field, JSONField):
        return "json" if kind.name == "JSON" else None
    return _KINDS.get((column.python_type, kind.name))


def _names(column: Column, kind: GraphQLLeafType) -> dict[Any, Any]:
    return {member.value: kind.coerce_output_value(member) for member in column.python_type}  # type: ignore[attr-defined]  # an enum class


def _by_schema(dialect: DialectName, column: Column, kind: GraphQLLeafType) -> Convert:
    convert, serialise = from_database(dialect, column.field), kind.coerce_output_value
    return serialise if convert is None else lambda value: serialise(convert(value))


def _sqlite_instant(text: str) -> str:
    if not text.endswith("+00:00"):
        # What a column default wrote is in UTC, without saying so.
        found = datetime.fromisoformat(text if "+" in text else f"{text}+00:00")
        return format_instant(found)
    body = text[:-6]
    return f"{body[:10]}T{body[11:].rstrip('0') if '.' in body else body[11:]}Z"


def _sqlite_int(number: int) -> int:
    if -_INT_LIMIT <= number < _INT_LIMIT:  # SQLite keeps larger ones, too
        return number
    raise ValueError("a number is larger than GraphQL's Int")


_SQLITE: Mapping[str | None, Convert | None] = {
    "text": None,
    "uuid": None,
    "int": _sqlite_int,
    "big": str,
    "bool": bool,
    "instant": _sqlite_instant,
    "date": lambda text: text[:10],
}
