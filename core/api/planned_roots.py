"""The root fields of a query, as they are planned and compiled."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterator, Sequence
from typing import Any, Protocol

from graphql import FieldNode

from core.catalog.catalog import Catalog, Entity
from core.errors import BadInputError
from core.ids import parse_row_key
from core.read.compiling import JsonCompiler
from core.read.loaders import RowsById
from core.read.plan import PagePlan, Pending, Selection, StatsPlan, WantId, WantTypename
from core.read.reader import Reader
from core.read.selection import FieldArguments, Selector, response_key
from core.read.sql import Deferred, Query
from core.read.stats import StatsOf, stats_writer

NODES_LIMIT = 100
"""Ids that `nodes` takes at once."""


class CompiledRoot(Protocol):
    """One root field, compiled."""

    async def read(self, reader: Reader, value: Any = None) -> Any:
        """Return the field's answer; whatever is raised, graphql-core finds anew, with its path.

        Args:
            value: The outcome of a command, or what a subscription delivers.
        """
        ...

    def queries(self) -> Iterator[Query]:
        """Yield its statements."""
        ...


class PlannedRoot(Protocol):
    """One root field of an operation."""

    def compile(self, compiler: JsonCompiler) -> CompiledRoot:
        """Compile it for one shape of request."""
        ...


class Constant:
    def __init__(self, value: str) -> None:
        self.value = value

    def compile(self, compiler: JsonCompiler) -> CompiledRoot:
        return self

    async def read(self, reader: Reader, value: Any = None) -> Any:
        return self.value

    def queries(self) -> Iterator[Query]:
        yield from ()


class ResolverRoot:
    """A root field with a resolver of its own; that of a subscription takes the event."""

    def __init__(self, nodes: Sequence[FieldNode], type_name: str = "Query") -> None:
        self.nodes = nodes
        self.type_name = type_name

    def compile(self, compiler: JsonCompiler) -> CompiledRoot:
        return self

    async def read(self, reader: Reader, value: Any = None) -> Any:
        return reader.wait_for(Pending(self.type_name, value, response_key(self.nodes), self.nodes))

    def queries(self) -> Iterator[Query]:
        yield from ()


class Loaded:
    """A root field whose answer one loader gives."""

    def __init__(self, load: Callable[[Reader], Awaitable[Any]], queries: Callable[[], Iterator[Query]]) -> None:
        self.load = load
        self.queries = queries

    async def read(self, reader: Reader, value: Any = None) -> Any:
        return await self.load(reader)


class RowRoot:
    def __init__(self, entity: Entity, arguments: FieldArguments, selection: Selection) -> None:
        self.entity = entity
        self.arguments = arguments
        self.selection = selection

    def compile(self, compiler: JsonCompiler) -> CompiledRoot:
        compiler.access.require_read(self.entity)
        loader = compiler.rows_by_id(self.selection)
        named = self.arguments.given(compiler.variables)["id"]

        async def load(reader: Reader) -> Any:
            type_name, key = parse_row_key(named.read(reader, ()) if isinstance(named, Deferred) else named)
            if type_name != self.entity.name:
                raise BadInputError(f"this is an id of {type_name}, not of {self.entity.name}")
            return (await loader.load(reader, (key,))).get(key)

        return Loaded(load, loader.queries)


class PageRoot:
    def __init__(self, plan: PagePlan) -> None:
        self.plan = plan

    def compile(self, compiler: JsonCompiler) -> CompiledRoot:
        compiler.access.require_read(self.plan.entity)
        loader = compiler.page(self.plan)
        return Loaded(loader.load, loader.queries)


class StatsRoot:
    def __init__(self, plan: StatsPlan) -> None:
        self.plan = plan

    def compile(self, compiler: JsonCompiler) -> CompiledRoot:
        compiler.access.require_read(self.plan.entity)
        loader, write = StatsOf(compiler, self.plan), stats_writer(compiler, self.plan)

        async def load(reader: Reader) -> Any:
            return [write(group) for group in await loader.load(reader)]

        return Loaded(load, loader.queries)


class NodesRoot:
    """`node` and `nodes`: which type it is shows in the id, so each has a loader of its own, made when it comes."""

    def __init__(
        self,
        catalog: Catalog,
        selector: Selector,
        nodes: Sequence[FieldNode],
        arguments: FieldArguments,
        *,
        many: bool,
    ) -> None:
        self.catalog = catalog
        self.arguments = arguments
        self.many = many
        self.selections = {entity.name: selector.rows(nodes, entity) for entity in catalog.entities.values()}

    def compile(self, compiler: JsonCompiler) -> CompiledRoot:
        loaders: dict[str, RowsById] = {}

        def loader(type_name: str) -> RowsById | None:
            entity = self.catalog.entities.get(type_name)
            if entity is None:
                raise BadInputError("an id is of a type that is not here; is its module on?")
            if not compiler.access.may_read(entity):
                return None
            if type_name not in loaders:
                loaders[type_name] = compiler.rows_by_id(self.selections[type_name])
            return loaders[type_name]

        # The types that a fragment names are compiled now: what can't be planned shows before it runs.
        for type_name, selection in self.selections.items():
            if any(not isinstance(want, WantId | WantTypename) for want in selection.wants):
                loader(type_name)

        async def load(reader: Reader) -> Any:
            given = self.arguments.given(reader.variables)
            texts = given["ids"] if self.many else [given["id"]]
            if len(texts) > NODES_LIMIT:
                raise BadInputError(f"ask for {NODES_LIMIT} ids at the most, not for {len(texts)}")
            wanted = [parse_row_key(text) for text in texts]
            found: dict[tuple[str, str], Any] = {}
            for type_name in dict.fromkeys(name for name, _ in wanted):
                keys = list(dict.fromkeys(key for name, key in wanted if name == type_name))
                of_type = loader(type_name)
                rows = await of_type.load(reader, keys) if of_type is not None else {}
                found |= {(type_name, key): row for key, row in rows.items()}
            answers = [found.get(one) for one in wanted]
            return answers if self.many else answers[0]

        return Loaded(load, lambda: (query for made in loaders.values() for query in made.queries()))
