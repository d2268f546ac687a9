"""What a subscription delivers, as it is planned and compiled: each event is read for who gets it, at that moment."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from graphql import FieldNode, GraphQLList, GraphQLNonNull, GraphQLOutputType, get_named_type, get_nullable_type

from core.api.planned_roots import CompiledRoot, PlannedRoot, ResolverRoot
from core.catalog.catalog import Catalog
from core.data.model import Record
from core.read.compiling import JsonCompiler
from core.read.loaders import RowsById
from core.read.plan import Selection
from core.read.reader import Reader
from core.read.selection import Selector
from core.read.sql import Query
from core.read.unplanned import NotPlannedError, Reason
from core.read.writers import LeafWriters, WriteLeaf


def event_root(catalog: Catalog, selector: Selector, nodes: Sequence[FieldNode]) -> PlannedRoot:
    """Plan a field of Subscription: rows are read again, plain values are written, the rest is graphql-core's."""
    name = nodes[0].name.value
    assert selector.schema.subscription_type is not None
    kind = selector.schema.subscription_type.fields[name].type
    entity = catalog.entities.get(get_named_type(kind).name)
    if entity is not None:
        return RowsEvent(selector.rows(nodes, entity), kind)
    try:
        return PlainEvent(LeafWriters(selector).writer(kind, nodes))
    except NotPlannedError:
        selector.resolvers.setdefault(f"Subscription.{name}")
        return ResolverRoot(nodes, "Subscription")


class PlainEvent:
    """Values that need no row."""

    def __init__(self, write: WriteLeaf) -> None:
        self.write = write

    def compile(self, compiler: JsonCompiler) -> CompiledRoot:
        return self

    async def read(self, reader: Reader, value: Any = None) -> Any:
        return self.write(value)

    def queries(self) -> Iterator[Query]:
        yield from ()


class RowsEvent:
    """A row of an entity, or several."""

    def __init__(self, selection: Selection, kind: GraphQLOutputType) -> None:
        self.selection = selection
        self.kind = kind

    def compile(self, compiler: JsonCompiler) -> CompiledRoot:
        sees = compiler.access.may_read(self.selection.entity)
        return _Rows(compiler.rows_by_id(self.selection) if sees else None, self.kind)


class _Rows:
    """Reads what an event names.

    Args:
        loader: None for rows out of sight.
    """

    def __init__(self, loader: RowsById | None, kind: GraphQLOutputType) -> None:
        self.loader = loader
        self.required = isinstance(kind, GraphQLNonNull)
        self.listed = isinstance(get_nullable_type(kind), GraphQLList)

    async def read(self, reader: Reader, value: Any = None) -> Any:
        answer = await self._answer(reader, value)
        if answer is None and self.required:
            raise NotPlannedError(Reason.NULL_VALUE, "a value is missing where the schema promises one")
        return answer

    async def _answer(self, reader: Reader, value: Any) -> Any:
        if value is None:
            return None
        rows = value if isinstance(value, list) else [value]
        if isinstance(value, list) is not self.listed or not all(isinstance(row, Record) for row in rows):
            raise NotPlannedError(Reason.OTHER_EVENT, "an event is something else than its rows")
        keys = list(dict.fromkeys(str(row.id) for row in rows))
        found = await self.loader.load(reader, keys) if self.loader is not None else {}
        answers = [answer for row in rows if (answer := found.get(str(row.id))) is not None]
        return answers if self.listed else next(iter(answers), None)

    def queries(self) -> Iterator[Query]:
        if self.loader is not None:
            yield from self.loader.queries()
