"""Queries answered from a plan, without walking the schema field by field for each row.

A plan covers a query whose root fields are all generated and whose selections hold no resolver of its own. Anything
else, and anything that goes wrong on the way, is left to graphql-core, whose answer is the same: a plan costs or saves
time, never correctness.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from graphql import (
    FieldNode,
    GraphQLLeafType,
    GraphQLList,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLOutputType,
    GraphQLSchema,
    OperationDefinitionNode,
    is_leaf_type,
)
from graphql.execution.values import VariableValues

from core.api.catalog import ComputedField, Entity, EntityField, ResolverField, ToManyField, ToOneField
from core.api.context import Context
from core.ids import parse_global_id
from core.read.plan import Page, PagePlan, Selection, WantMany, WantOne
from core.read.selection import FieldArguments, Selector

if TYPE_CHECKING:
    from core.kernel import Kernel

Write = Callable[[Any], Any]
Root = Callable[[Context], Awaitable[Any]]


class NotPlannedError(Exception):
    """The operation is left to graphql-core; the message says why."""


@dataclass(frozen=True, slots=True)
class QueryPlan:
    """A query ready to run: response keys with what reads and writes them."""

    roots: tuple[tuple[str, Root], ...]

    async def run(self, context: Context) -> dict[str, Any]:
        """Return the data of the response.

        Raises:
            Exception: Whatever goes wrong; graphql-core then finds the error anew, with its path.
        """
        return {key: await read(context) for key, read in self.roots}


def plan_query(
    kernel: Kernel, definition: OperationDefinitionNode, fragments: Mapping[str, Any], directives: VariableValues
) -> QueryPlan:
    """Plan a query.

    Args:
        directives: The variables that decide about `@include` and `@skip`; the plan holds for these values alone.

    Raises:
        NotPlannedError: Part of it can't be planned.
    """
    planner = _Planner(kernel, Selector(kernel.schema.graphql, fragments, directives))
    node = FieldNode(name=None, selection_set=definition.selection_set)  # type: ignore[arg-type]  # only its selections count
    roots = []
    for key, group in planner.selector.collect([node], "Query").items():
        roots.append((key, planner.root(group)))
    return QueryPlan(tuple(roots))


class _Planner:
    def __init__(self, kernel: Kernel, selector: Selector) -> None:
        self.catalog = kernel.catalog
        self.schema: GraphQLSchema = kernel.schema.graphql
        self.selector = selector
        self.single = {entity.singular: entity for entity in self.catalog.entities.values()}
        self.plural = {entity.plural: entity for entity in self.catalog.entities.values()}

    def root(self, nodes: Sequence[FieldNode]) -> Root:
        name = nodes[0].name.value
        if name == "__typename":
            return _typename
        arguments = FieldArguments(self._field("Query", name), nodes[0]) if not name.startswith("__") else None
        if arguments is not None and name in self.single:
            return self._row_root(self.single[name], nodes, arguments)
        if arguments is not None and name in self.plural:
            return self._page_root(self.plural[name], nodes, arguments)
        raise NotPlannedError(f"Query.{name} has a resolver of its own")

    def _row_root(self, entity: Entity, nodes: Sequence[FieldNode], arguments: FieldArguments) -> Root:
        selection = self.selector.rows(nodes, entity)
        write = self._row(selection, nodes, "")

        async def read(context: Context) -> Any:
            type_name, row_id = parse_global_id(arguments.values(context.reader.variables)["id"])
            if type_name != entity.name:
                raise NotPlannedError("the id is of another type")
            context.reader.access.require_read(entity)
            rows = await context.reader.rows(selection, [row_id])
            return write(rows[row_id]) if row_id in rows else None

        return read

    def _page_root(self, entity: Entity, nodes: Sequence[FieldNode], arguments: FieldArguments) -> Root:
        plan = self.selector.page(nodes, entity, arguments)
        write = self._page(plan, nodes)

        async def read(context: Context) -> Any:
            return write(await context.reader.page(plan.bind(context.reader.variables)))

        return read

    def _field(self, type_name: str, name: str) -> Any:
        parent = self.schema.type_map[type_name]
        assert isinstance(parent, GraphQLObjectType)
        return parent.fields[name]

    def _row(self, selection: Selection, nodes: Sequence[FieldNode], prefix: str) -> Write:
        """Return what writes a row as the selections of some nodes ask for it."""
        entity = selection.entity
        wants = {want.key: want for want in selection.wants}
        parts: list[tuple[str, str, Write | None]] = []
        constants: dict[str, Any] = {}
        for key, group in self.selector.collect(nodes, entity.name).items():
            name = group[0].name.value
            if name == "__typename":
                constants[key] = entity.name
                parts.append((key, "", None))
                continue
            if name == "id":
                parts.append((key, prefix + key, _same))
                continue
            parts.append((key, prefix + key, self._value(entity, entity.fields[name], wants[prefix + key], group)))
        return _row_writer(parts, constants)

    def _value(self, entity: Entity, field: EntityField, want: Any, nodes: Sequence[FieldNode]) -> Write:
        if isinstance(field, ResolverField):
            raise NotPlannedError(f"{entity.name}.{field.graphql_name} has a resolver of its own")
        if isinstance(field, ToOneField):
            assert isinstance(want, WantOne)
            return _nullable(self._row(want.rows, nodes, ""))
        if isinstance(field, ToManyField):
            assert isinstance(want, WantMany)
            return _nullable(self._page(want.page, nodes))
        if isinstance(field, ComputedField) and not _is_plain(self._field(entity.name, field.graphql_name).type):
            raise NotPlannedError(f"{entity.name}.{field.graphql_name} is computed as an object")
        return self._leaf(self._field(entity.name, field.graphql_name).type, nodes)

    def _leaf(self, kind: GraphQLOutputType, nodes: Sequence[FieldNode]) -> Write:
        """Return what writes a value of a type: a scalar, an enum, a list of them, or an object of plain parts."""
        if isinstance(kind, GraphQLNonNull):
            return _required(self._leaf(kind.of_type, nodes))
        if isinstance(kind, GraphQLList):
            inner = self._leaf(kind.of_type, nodes)
            return _nullable(lambda values: [inner(value) for value in values])
        if isinstance(kind, GraphQLObjectType):
            return self._object(kind, nodes)
        assert is_leaf_type(kind)
        return _scalar(kind)

    def _object(self, kind: GraphQLObjectType, nodes: Sequence[FieldNode]) -> Write:
        parts = []
        for key, group in self.selector.collect(nodes, kind.name).items():
            name = group[0].name.value
            if name == "__typename":
                parts.append((key, _constant(kind.name)))
                continue
            definition = kind.fields[name].extensions["strawberry-definition"]
            write = self._leaf(kind.fields[name].type, group)
            parts.append((key, _attribute(definition.python_name, write)))
        return _nullable(lambda value: {key: write(value) for key, write in parts})

    def _page(self, plan: PagePlan, nodes: Sequence[FieldNode]) -> Write:
        parts: list[tuple[str, Callable[[Page], Any]]] = []
        type_name = f"{plan.entity.name}Connection"
        for key, group in self.selector.collect(nodes, type_name).items():
            parts.append((key, self._page_part(plan, type_name, key, group)))
        return lambda page: {key: part(page) for key, part in parts}

    def _page_part(self, plan: PagePlan, type_name: str, key: str, group: Sequence[FieldNode]) -> Callable[[Page], Any]:
        name = group[0].name.value
        if name == "__typename":
            return _constant(type_name)
        if name == "totalCount":
            return lambda page: page.total
        if name == "pageInfo":
            return self._page_info(group)
        assert plan.rows is not None
        if name == "nodes":
            write = self._row(plan.rows, group, plan.prefixes["nodes", key])
            return lambda page: [write(row) for row in page.rows]
        return self._edges(plan, key, group)

    def _page_info(self, group: Sequence[FieldNode]) -> Callable[[Page], Any]:
        parts = {key: nodes[0].name.value for key, nodes in self.selector.collect(group, "PageInfo").items()}
        return lambda page: {key: _PAGE_INFO[name](page) for key, name in parts.items()}

    def _edges(self, plan: PagePlan, key: str, group: Sequence[FieldNode]) -> Callable[[Page], Any]:
        assert plan.rows is not None
        type_name = f"{plan.entity.name}Edge"
        parts: list[tuple[str, Callable[[Page, int], Any]]] = []
        for inner_key, nodes in self.selector.collect(group, type_name).items():
            name = nodes[0].name.value
            if name == "node":
                write = self._row(plan.rows, nodes, plan.prefixes["edges", key, inner_key])
                parts.append((inner_key, lambda page, index, w=write: w(page.rows[index])))  # type: ignore[misc]  # a default binds now
            elif name == "cursor":
                parts.append((inner_key, lambda page, index: page.cursors[index]))
            else:
                parts.append((inner_key, lambda page, index: type_name))
        return lambda page: [{k: part(page, index) for k, part in parts} for index in range(len(page.rows))]


_PAGE_INFO: Mapping[str, Callable[[Page], Any]] = {
    "hasNextPage": lambda page: page.has_next,
    "hasPreviousPage": lambda page: page.has_previous,
    "startCursor": lambda page: page.cursors[0] if page.cursors else None,
    "endCursor": lambda page: page.cursors[-1] if page.cursors else None,
    "__typename": lambda page: "PageInfo",
}


async def _typename(context: Context) -> str:
    return "Query"


def _same(value: Any) -> Any:
    return value


def _constant(value: str) -> Write:
    return lambda _: value


def _attribute(name: str, write: Write) -> Write:
    return lambda value: write(getattr(value, name))


def _nullable(write: Write) -> Write:
    return lambda value: None if value is None else write(value)


def _required(write: Write) -> Write:
    def written(value: Any) -> Any:
        if value is None:
            raise NotPlannedError("a value is missing where the schema promises one")
        return write(value)

    return written


def _scalar(kind: GraphQLLeafType) -> Write:
    """Return graphql-core's own serialisation, spared where the value is what JSON has already."""
    spared = {"String": str, "ID": str, "Boolean": bool}.get(kind.name)
    serialise = kind.coerce_output_value
    if spared is None:
        return lambda value: None if value is None else serialise(value)
    return lambda value: value if value is None or type(value) is spared else serialise(value)


def _is_plain(kind: GraphQLOutputType) -> bool:
    while isinstance(kind, GraphQLNonNull | GraphQLList):
        kind = kind.of_type
    return is_leaf_type(kind) or getattr(kind, "name", "") == "Money"


def _row_writer(parts: Sequence[tuple[str, str, Write | None]], constants: Mapping[str, Any]) -> Write:
    """Return a function made for these fields: a loop over them for each row would cost twice as much."""
    names: dict[str, Any] = {"__builtins__": {}}
    items = []
    for index, (key, slot, write) in enumerate(parts):
        if write is None:
            names[f"c{index}"] = constants[key]
            items.append(f"{key!r}: c{index}")
        elif write is _same:
            items.append(f"{key!r}: a[{slot!r}]")
        else:
            names[f"w{index}"] = write
            items.append(f"{key!r}: w{index}(a[{slot!r}])")
    # The text holds response keys, which GraphQL's grammar limits to letters, digits and underscores.
    made: Write = eval(f"lambda a: {{{', '.join(items)}}}", names)  # noqa: S307 - see above
    return lambda row: made(row.answers)


def directive_variables(document: Any) -> frozenset[str]:
    """Return the names of the variables that decide about `@include` and `@skip`."""
    found: set[str] = set()

    def look(node: Any) -> None:
        for directive in getattr(node, "directives", None) or ():
            for argument in directive.arguments or ():
                if argument.value.kind == "variable":
                    found.add(argument.value.name.value)
        selections = getattr(node, "selection_set", None)
        for child in selections.selections if selections else ():
            look(child)

    for definition in document.definitions:
        look(definition)
    return frozenset(found)
