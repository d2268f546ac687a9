"""How a column's value becomes what JSON has, without a detour over Python's types where that can be spared."""

from __future__ import annotations

from binascii import b2a_base64
from collections.abc import Callable
from typing import Any

from graphql import GraphQLLeafType

from core.catalog.catalog import Column
from core.kinds.kind import Dialect, Kind, Leaf
from core.read.sql import literal

Convert = Callable[[Any], Any]


def record_leaf(dialect: Dialect, column: Column, place: str, leaf: GraphQLLeafType) -> Leaf:
    """Return how a column is fetched for an answer that Python puts together.

    Args:
        place: The column with its table's alias.
    """
    kind = column.kind
    known = kind.leaves.get(dialect) if kind.scalar == leaf.name else None
    if known is not None:
        return Leaf(known.expression.format(place), known.convert)
    if kind.by_schema:
        return Leaf(place, _names(kind, leaf).__getitem__)
    read, serialise = kind.read.get(dialect), leaf.coerce_output_value
    return Leaf(place, serialise if read is None else lambda value: serialise(read(value)))


def json_leaf(column: Column, place: str, leaf: GraphQLLeafType) -> str | None:
    """Return what PostgreSQL puts into JSON for a column; None where only Python can tell."""
    kind = column.kind
    if kind.by_schema:
        names = _names(kind, leaf)
        if any(not isinstance(value, str) for value in names):
            return None
        cases = " ".join(f"WHEN {literal(value)} THEN {literal(name)}" for value, name in names.items())
        # A value that is no member fails here, as it does in Python.
        return f"CASE {place} {cases} ELSE ({place}::text::int)::text END"
    return kind.json_sql.format(place) if kind.json_sql is not None and kind.scalar == leaf.name else None


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


def _names(kind: Kind, leaf: GraphQLLeafType) -> dict[Any, Any]:
    return {member.value: leaf.coerce_output_value(member) for member in kind.python}
