"""Values that are in a dealer's data, as clients see them: ids, columns, cursors with the orders they belong to."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

from graphql import GraphQLObjectType, GraphQLSchema, get_named_type, is_leaf_type

from core.testing.harness import Client

ORDERS_PER_ENTITY = 3
PAGE = 40


@dataclass
class Pool:
    """What random arguments are drawn from.

    Attributes:
        ids: Global ids by type.
        values: By type and field; parts of an amount by `field.part`.
        cursors: By type: an `orderBy` with cursors of its rows.
    """

    ids: dict[str, list[str]] = field(default_factory=dict)
    values: dict[tuple[str, str], list[Any]] = field(default_factory=dict)
    cursors: dict[str, list[tuple[list[Any], list[str]]]] = field(default_factory=dict)

    def of_field(self, name: str) -> list[Any]:
        """Return the values of a field of that name, of whatever type."""
        return [value for (_, own), values in self.values.items() if own == name for value in values]


def connections(schema: GraphQLSchema) -> Iterator[tuple[str, GraphQLObjectType]]:
    """Yield the root fields that list rows, with the type of the rows."""
    assert schema.query_type is not None
    for name, definition in schema.query_type.fields.items():
        kind = get_named_type(definition.type)
        if isinstance(kind, GraphQLObjectType) and kind.name.endswith("Connection") and "nodes" in kind.fields:
            row = get_named_type(kind.fields["nodes"].type)
            assert isinstance(row, GraphQLObjectType)
            yield name, row


async def harvest(client: Client, schema: GraphQLSchema, order: Callable[[str], list[Any]] | None) -> Pool:
    """Read what there is, as a client that sees everything.

    Args:
        order: Makes a random `orderBy` for a type; without it no cursors are read.
    """
    pool = Pool()
    for root, kind in connections(schema):
        fields = " ".join(_leaves(kind))
        archived = (
            f"archived: {root}(first: {PAGE}, filter: {{archivedAt: {{isNull: false}}}}) {{ nodes {{ {fields} }} }}"
        )
        data = (await client(f"{{ live: {root}(first: {PAGE}) {{ nodes {{ {fields} }} }} {archived} }}")).data
        # By content, because the ids of what every new dealer has differ from run to run.
        rows = sorted(data["live"]["nodes"] + data["archived"]["nodes"], key=lambda row: repr({**row, "id": ""}))
        pool.ids[kind.name] = [row["id"] for row in rows]
        for name, values in _values(rows).items():
            pool.values[kind.name, name] = values
        if order is None:
            continue
        pool.cursors[kind.name] = [
            (terms, await _cursors(client, root, kind.name, terms))
            for terms in [[], *(order(kind.name) for _ in range(ORDERS_PER_ENTITY))]
        ]
    return pool


async def _cursors(client: Client, root: str, kind: str, order: list[Any]) -> list[str]:
    text = f"query($o: [{kind}Order!]) {{ {root}(first: {PAGE}, orderBy: $o) {{ edges {{ cursor }} }} }}"
    if not order:
        text = f"{{ {root}(first: {PAGE}) {{ edges {{ cursor }} }} }}"
    edges = (await client(text, **({"o": order} if order else {}))).data[root]["edges"]
    return [edge["cursor"] for edge in edges]


def everything(kind: GraphQLObjectType) -> str:
    """Return the selections of all that a row shows by itself, and the ids of what is next to it."""
    parts = [f"{{ __typename {' '.join(_leaves(kind))}"]
    for name, definition in kind.fields.items():
        inner = get_named_type(definition.type)
        if inner.name.endswith("Connection"):
            parts.append(f"{name}(first: 2) {{ totalCount nodes {{ id }} }}")
        elif isinstance(inner, GraphQLObjectType) and "id" in inner.fields:
            parts.append(f"{name} {{ id }}")
    return f"{' '.join(parts)} }}"


def _leaves(kind: GraphQLObjectType) -> Iterator[str]:
    for name, definition in kind.fields.items():
        inner = get_named_type(definition.type)
        if is_leaf_type(inner):
            yield name
        elif inner.name == "Money":
            yield f"{name} {{ amountMinor currency }}"


def _values(rows: Iterable[dict[str, Any]]) -> dict[str, list[Any]]:
    found: dict[str, dict[str, Any]] = defaultdict(dict)
    for row in rows:
        for name, value in row.items():
            if isinstance(value, dict) and set(value) == {"amountMinor", "currency"}:
                for part, inner in value.items():
                    found[f"{name}.{part}"][repr(inner)] = inner
            elif value is not None:
                found[name][repr(value)] = value
    return {name: list(values.values()) for name, values in found.items()}
