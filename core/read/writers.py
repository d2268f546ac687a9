"""From Python's values and pages to what orjson writes, by the types of the schema."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from graphql import (
    FieldNode,
    GraphQLLeafType,
    GraphQLList,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLOutputType,
    is_leaf_type,
)

from core.read.plan import Edges, Nodes, Page, PageInfoPart, PagePlan, Part, Selection, Total
from core.read.unplanned import NotPlannedError, Reason

if TYPE_CHECKING:
    from core.read.selection import Selector

WriteLeaf = Callable[[Any], Any]

_SPARED: Mapping[str, type] = {"String": str, "ID": str, "Boolean": bool}
"""Scalars whose values are left as they are if they are of this type: graphql-core would do the same."""


class LeafWriters:
    """Makes functions that write a value of a type: a scalar, an enum, a list of them, or an object of plain parts."""

    def __init__(self, selector: Selector) -> None:
        self.selector = selector

    def writer(self, kind: GraphQLOutputType, nodes: Sequence[FieldNode]) -> WriteLeaf:
        """Return the function for a type, and for the selections of some nodes where it is an object."""
        if isinstance(kind, GraphQLNonNull):
            return _required(self.writer(kind.of_type, nodes))
        if isinstance(kind, GraphQLList):
            inner = self.writer(kind.of_type, nodes)
            return _nullable(lambda values: [inner(value) for value in values])
        if isinstance(kind, GraphQLObjectType):
            return self._object(kind, nodes)
        if not is_leaf_type(kind):
            raise NotPlannedError(Reason.SEVERAL_TYPES, f"{kind} has several types")
        return _scalar(kind)

    def _object(self, kind: GraphQLObjectType, nodes: Sequence[FieldNode]) -> WriteLeaf:
        parts = []
        for key, group in self.selector.collect(nodes, kind.name).items():
            name = group[0].name.value
            if name == "__typename":
                parts.append((key, _constant(kind.name)))
                continue
            definition: Any = kind.fields[name].extensions.get("strawberry-definition")
            if definition is None or not definition.is_basic_field or "resolve" in (definition.metadata or {}):
                raise NotPlannedError(Reason.OWN_RESOLVER, f"{kind.name}.{name} has a resolver of its own")
            write = self.writer(kind.fields[name].type, group)
            parts.append((key, _attribute(definition.python_name, write)))
        return _nullable(lambda value: {key: write(value) for key, write in parts})


def _constant(value: Any) -> WriteLeaf:
    return lambda _: value


def _attribute(name: str, write: WriteLeaf) -> WriteLeaf:
    return lambda value: write(getattr(value, name))


def _nullable(write: WriteLeaf) -> WriteLeaf:
    return lambda value: None if value is None else write(value)


def _required(write: WriteLeaf) -> WriteLeaf:
    def written(value: Any) -> Any:
        if value is None:
            raise NotPlannedError(Reason.NULL_VALUE, "a value is missing where the schema promises one")
        return write(value)

    return written


def _scalar(kind: GraphQLLeafType) -> WriteLeaf:
    """Return graphql-core's own serialisation, spared where the value is what JSON has already."""
    spared = _SPARED.get(kind.name)
    serialise = kind.coerce_output_value
    if spared is None:
        return lambda value: None if value is None else serialise(value)
    return lambda value: value if value is None or type(value) is spared else serialise(value)


def page_writer(plan: PagePlan) -> Callable[[Page], Any]:
    """Return the function that writes a page as its plan asks for it."""
    parts = [(part.key, _part(plan, part)) for part in plan.parts]
    return lambda page: {key: write(page) for key, write in parts}


def _part(plan: PagePlan, part: Part) -> Callable[[Page], Any]:
    if isinstance(part, Total):
        return lambda page: page.total
    if isinstance(part, Nodes):
        place = plan.places[part.key,]
        return lambda page: page.rows[place]
    if isinstance(part, PageInfoPart):
        return lambda page: {key: _PAGE_INFO[name](page) for key, name in part.parts}
    if isinstance(part, Edges):
        edges = [(key, _edge_part(plan, part.key, key, wanted)) for key, wanted in part.parts]
        return lambda page: [{key: write(page, index) for key, write in edges} for index in range(page.count)]
    return _constant(f"{plan.entity.name}Connection")


def _edge_part(plan: PagePlan, edges: str, key: str, wanted: Selection | str) -> Callable[[Page, int], Any]:
    if isinstance(wanted, Selection):
        place = plan.places[edges, key]
        return lambda page, index: page.rows[place][index]
    if wanted == "cursor":
        return lambda page, index: page.cursor(index)
    return lambda *_: f"{plan.entity.name}Edge"


_PAGE_INFO: Mapping[str, Callable[[Page], Any]] = {
    "hasNextPage": lambda page: page.has_next,
    "hasPreviousPage": lambda page: page.has_previous,
    "startCursor": lambda page: page.cursor(0) if page.count else None,
    "endCursor": lambda page: page.cursor(page.count - 1) if page.count else None,
    "__typename": lambda _: "PageInfo",
}
