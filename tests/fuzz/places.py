"""Every place of a schema that takes an input: arguments of all fields, and fields of all inputs."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from graphql import (
    GraphQLArgument,
    GraphQLField,
    GraphQLInputObjectType,
    GraphQLInterfaceType,
    GraphQLObjectType,
    GraphQLSchema,
    get_named_type,
    is_leaf_type,
    is_required_argument,
)

FIRST_LEAVES = 8


@dataclass(frozen=True, slots=True)
class Place:
    """A place that takes an input.

    Attributes:
        operation: `query` or `mutation`.
        root: The field of the operation's type.
        field: The field of the root's rows that has the argument; empty where the root has it.
        path: From the argument inwards, by names; lists are passed through.
        kind: What the schema wants there.
    """

    operation: str
    root: str
    field: str
    argument: str
    path: tuple[str, ...]
    kind: Any
    coordinate: str


def places(schema: GraphQLSchema) -> list[Place]:
    """Return them, each once; what a filter or an order takes counts once for its type, whatever leads there."""
    return list(_Walk(schema).run())


class _Walk:
    def __init__(self, schema: GraphQLSchema) -> None:
        self.schema = schema
        self.met: set[str] = set()

    def run(self) -> Iterator[Place]:
        """Yield arguments first, then what is in them, step by step inwards: so each has the shortest way to it."""
        waiting = deque(self._all_arguments())
        while waiting:
            place = waiting.popleft()
            yield place
            waiting += self._inside(place)

    def _all_arguments(self) -> Iterator[Place]:
        for operation, root in (("query", self.schema.query_type), ("mutation", self.schema.mutation_type)):
            for name, definition in root.fields.items() if root else ():
                yield from self._arguments(operation, name, "", root, definition)
        assert self.schema.query_type is not None
        for name, definition in self.schema.query_type.fields.items():
            yield from self._of_rows(name, definition)

    def _of_rows(self, root: str, definition: GraphQLField) -> Iterator[Place]:
        """Yield the places within the rows of a list; each type of rows has one list of its own."""
        kind = get_named_type(definition.type)
        if not isinstance(kind, GraphQLObjectType) or "nodes" not in kind.fields:
            return
        row = get_named_type(kind.fields["nodes"].type)
        assert isinstance(row, GraphQLObjectType)
        for name, field in row.fields.items():
            yield from self._arguments("query", root, name, row, field)

    def _arguments(
        self, operation: str, root: str, name: str, parent: Any, definition: GraphQLField
    ) -> Iterator[Place]:
        for argument, declared in definition.args.items():
            coordinate = f"{parent.name}.{name or root}({argument}:)"
            if coordinate not in self.met:
                self.met.add(coordinate)
                yield Place(operation, root, name, argument, (), declared.type, coordinate)

    def _inside(self, at: Place) -> Iterator[Place]:
        inner = get_named_type(at.kind)
        if not isinstance(inner, GraphQLInputObjectType):
            return
        for name, field in inner.fields.items():
            coordinate = f"{inner.name}.{name}"
            # A command may have a rule of its own for what is of the same type elsewhere, such as an amount.
            if at.operation == "mutation" or coordinate not in self.met:
                self.met.add(coordinate)
                yield Place(at.operation, at.root, at.field, at.argument, (*at.path, name), field.type, coordinate)


def selections(kind: Any, depth: int = 2) -> str:
    """Return the text of a selection that shows what is there, the problems of a payload in full."""
    inner = get_named_type(kind)
    if is_leaf_type(inner):
        return ""
    if not isinstance(inner, GraphQLObjectType | GraphQLInterfaceType):
        return "{ __typename }"
    if inner.name == "Problem":
        return "{ __typename code message path }"
    parts = ["__typename"]
    leaves = 0
    for name, field in inner.fields.items():
        if any(is_required_argument(argument) for argument in field.args.values()):
            continue
        if is_leaf_type(get_named_type(field.type)):
            leaves += 1
            if leaves <= FIRST_LEAVES:
                parts.append(name)
        elif depth > 0 and name not in ("edges", "pageInfo") and not _is_list_of_rows(inner, field):
            parts.append(f"{name} {selections(field.type, depth - 1)}")
    return f"{{ {' '.join(parts)} }}"


def _is_list_of_rows(parent: Any, field: GraphQLField) -> bool:
    return "id" in parent.fields and get_named_type(field.type).name.endswith("Connection")


def arguments_of(schema: GraphQLSchema, place: Place) -> dict[str, GraphQLArgument]:
    """Return the arguments beside the one of a place."""
    definition = root_field(schema, place)
    return dict((row_type(definition).fields[place.field] if place.field else definition).args)


def row_type(definition: GraphQLField) -> GraphQLObjectType:
    """Return the type of the rows of a list."""
    connection: Any = get_named_type(definition.type)
    row: GraphQLObjectType = get_named_type(connection.fields["nodes"].type)
    return row


def root_field(schema: GraphQLSchema, place: Place) -> GraphQLField:
    """Return the definition of the root field that leads to a place."""
    root = schema.query_type if place.operation == "query" else schema.mutation_type
    assert root is not None
    found: GraphQLField = root.fields[place.root]
    return found
