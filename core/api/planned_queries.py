"""Fields of Query that a module has written, in a plan: each function runs once, rows are read by their places."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from operator import attrgetter
from typing import Any, Protocol

from graphql import FieldNode, GraphQLLeafType, GraphQLList, GraphQLNonNull, GraphQLObjectType, is_leaf_type
from strawberry.types.field import StrawberryField

from core.api.context import Context
from core.api.planned_roots import CompiledRoot
from core.api.queries import run_root_query
from core.catalog.catalog import Catalog, QueryField
from core.read.compiling import JsonCompiler
from core.read.loaders import RowsById
from core.read.plan import Selection
from core.read.reader import Reader
from core.read.selection import FieldArguments, Selector, response_key
from core.read.sql import Query
from core.read.unplanned import NotPlannedError, Reason

Keys = dict["RowsAt", dict[str, None]]
"""By place, the keys of the rows there; a set in order."""
Rows = Mapping["RowsAt", Mapping[str, Any]]
"""By place and key, the rows as the answer has them."""


class Shape(Protocol):
    """A part of a query's answer."""

    def note(self, value: Any, keys: Keys) -> None:
        """Note which rows a value holds, and where."""
        ...

    def write(self, value: Any, rows: Rows) -> Any:
        """Return a value as the answer has it."""
        ...


class Leaf:
    """A scalar or enum, or always the same."""

    def __init__(self, write: Callable[[Any], Any]) -> None:
        self._write = write

    def note(self, value: Any, keys: Keys) -> None:
        pass

    def write(self, value: Any, rows: Rows) -> Any:
        return None if value is None else self._write(value)


class Required:
    def __init__(self, inner: Shape) -> None:
        self.inner = inner
        self.note = inner.note

    def write(self, value: Any, rows: Rows) -> Any:
        written = self.inner.write(value, rows)
        if written is None:
            raise NotPlannedError(Reason.NULL_VALUE, "null stands where it may not")  # its error needs a path
        return written


class Listed:
    """A list; one of rows has those in sight."""

    def __init__(self, inner: Shape) -> None:
        rows = inner.inner if isinstance(inner, Required) else inner
        self.inner, self.in_sight = (rows, True) if isinstance(rows, RowsAt) else (inner, False)

    def note(self, value: Any, keys: Keys) -> None:
        for item in value or ():
            self.inner.note(item, keys)

    def write(self, value: Any, rows: Rows) -> Any:
        if value is None:
            return None
        written = [self.inner.write(item, rows) for item in value]
        return [one for one in written if one is not None] if self.in_sight else written


class Members:
    """A plain Strawberry type.

    Args:
        members: By response key, what reads the member of an instance, and its shape.
    """

    def __init__(self, members: Mapping[str, tuple[Callable[[Any], Any], Shape]]) -> None:
        self.members = members

    def note(self, value: Any, keys: Keys) -> None:
        if value is not None:
            for read, shape in self.members.values():
                shape.note(read(value), keys)

    def write(self, value: Any, rows: Rows) -> Any:
        if value is None:
            return None
        return {key: shape.write(read(value), rows) for key, (read, shape) in self.members.items()}


class RowsAt:
    """The rows of an entity at one place of the answer."""

    def __init__(self, selection: Selection) -> None:
        self.selection = selection

    def note(self, value: Any, keys: Keys) -> None:
        if value is not None:
            keys.setdefault(self, {}).setdefault(str(value.id))

    def write(self, value: Any, rows: Rows) -> Any:
        return None if value is None else rows[self].get(str(value.id))


class QueryRoot:
    """One such field.

    Raises:
        NotPlannedError: Something that is asked for of its answer has a resolver of its own.
    """

    def __init__(
        self,
        query: QueryField,
        catalog: Catalog,
        selector: Selector,
        nodes: Sequence[FieldNode],
        arguments: FieldArguments,
    ) -> None:
        self.query = query
        self.catalog = catalog
        self.selector = selector
        self.arguments = arguments
        self.key = response_key(nodes)
        self.places: list[RowsAt] = []
        self.shape = self._shape(arguments.definition.type, nodes)

    async def run(self, context: Context) -> Any:
        """Return what the function does."""
        return await run_root_query(context, self.key, self.query, self.arguments.given(context.reader.variables))

    def _shape(self, kind: Any, nodes: Sequence[FieldNode]) -> Shape:
        if isinstance(kind, GraphQLNonNull):
            return Required(self._shape(kind.of_type, nodes))
        if isinstance(kind, GraphQLList):
            return Listed(self._shape(kind.of_type, nodes))
        if is_leaf_type(kind):
            leaf: GraphQLLeafType = kind
            return Leaf(leaf.serialize)
        entity = self.catalog.entities.get(kind.name)
        if entity is not None:
            place = RowsAt(self.selector.rows(nodes, entity))
            self.places.append(place)
            return place
        if not isinstance(kind, GraphQLObjectType):
            raise NotPlannedError(Reason.SEVERAL_TYPES, f"{kind.name} is no object type")
        members = {key: self._member(kind, group) for key, group in self.selector.collect(nodes, kind.name).items()}
        return Members(members)

    def _member(self, kind: GraphQLObjectType, nodes: Sequence[FieldNode]) -> tuple[Callable[[Any], Any], Shape]:
        name = nodes[0].name.value
        if name == "__typename":
            return (lambda _: kind.name), Leaf(str)
        field = kind.fields[name]
        written = field.extensions.get("strawberry-definition")
        if not isinstance(written, StrawberryField) or written.base_resolver is not None:
            raise NotPlannedError(Reason.OWN_RESOLVER, f"{kind.name}.{name} has a resolver of its own")
        return attrgetter(written.python_name), self._shape(field.type, nodes)

    def compile(self, compiler: JsonCompiler) -> CompiledRoot:
        loaders = {
            place: compiler.rows_by_id(place.selection)
            for place in self.places
            if compiler.access.may_read(place.selection.entity)
        }
        return _CompiledQuery(self.shape, loaders)


class _CompiledQuery:
    def __init__(self, shape: Shape, loaders: Mapping[RowsAt, RowsById]) -> None:
        self.shape = shape
        self.loaders = loaders

    async def read(self, reader: Reader, value: Any = None) -> Any:
        keys: Keys = {}
        self.shape.note(value, keys)
        rows: dict[RowsAt, Mapping[str, Any]] = {place: {} for place in keys}
        for place, loader in self.loaders.items():
            if place in keys:
                rows[place] = await loader.load(reader, list(keys[place]))
        return self.shape.write(value, rows)

    def queries(self) -> Iterator[Query]:
        for loader in self.loaders.values():
            yield from loader.queries()
