"""Where an operation looks protected values up, found once for all its requests, and how many values one may ask for.

Whoever may look a number up, but not read it, could otherwise open a mask by trying: 400 alternatives of a filter
leave few requests until it is found. So one request asks for one protected value, and `core.access_log.counting`
counts.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from graphql import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLError,
    GraphQLSchema,
    InlineFragmentNode,
    ListValueNode,
    ObjectValueNode,
    OperationDefinitionNode,
    SelectionSetNode,
    ValueNode,
    VariableNode,
    get_named_type,
)
from graphql.execution.values import VariableValues

from core.catalog.catalog import Catalog, Entity, ToManyField, ToOneField, ValueField
from core.errors import LimitRefusal
from core.read.lookups import LookUp, in_filter, in_search
from core.read.selection import FieldArguments
from core.security.vault import Vault

MOST_VALUES = 1
"""Protected values that one operation may look up."""


@dataclass(frozen=True, slots=True)
class Place:
    """A list or an aggregate whose arguments may look protected values up."""

    entity: Entity
    arguments: FieldArguments

    def look_ups(self, variables: VariableValues, vault: Vault) -> Iterator[LookUp]:
        """Yield what it looks up in one request; nothing where its arguments don't fit, which is told elsewhere."""
        try:
            given = self.arguments.given(variables)
        except GraphQLError:
            return
        if given.get("filter"):
            yield from in_filter(self.entity, given["filter"], vault)
        if given.get("search"):
            yield from in_search(self.entity, given["search"], vault)


def look_ups(places: Sequence[Place], variables: VariableValues, vault: Vault) -> list[LookUp]:
    """Return what an operation looks up in one request.

    Raises:
        LimitRefusal: More than one value.
    """
    found = [one for place in places for one in place.look_ups(variables, vault)]
    requested = len({one.text for one in found})
    if requested > MOST_VALUES:
        raise LimitRefusal(
            f"the operation looks up {requested} protected values (such as telephone numbers); {MOST_VALUES} is "
            "allowed. Ask for one at a time",
            rule="protected_values",
            limit="protectedValues",
            requested=requested,
            allowed=MOST_VALUES,
        )
    return found


class Places:
    """Finds the places of a document, looking at each fragment once."""

    def __init__(self, catalog: Catalog, schema: GraphQLSchema, document: DocumentNode) -> None:
        self.catalog = catalog
        self.schema = schema
        self.fragments = {d.name.value: d for d in document.definitions if isinstance(d, FragmentDefinitionNode)}

    def of(self, definition: OperationDefinitionNode) -> tuple[Place, ...]:
        """Return the places of an operation."""
        root = self.schema.get_root_type(definition.operation)
        return tuple(self._in(definition.selection_set, root, set()))

    def _in(self, selections: SelectionSetNode | None, parent: Any, seen: set[str]) -> Iterator[Place]:
        for node in selections.selections if selections else ():
            if isinstance(node, FragmentSpreadNode):
                if node.name.value not in seen:
                    seen.add(node.name.value)
                    fragment = self.fragments[node.name.value]
                    yield from self._in(fragment.selection_set, self._type(fragment.type_condition.name.value), seen)
            elif isinstance(node, InlineFragmentNode):
                condition = node.type_condition
                yield from self._in(
                    node.selection_set, parent if condition is None else self._type(condition.name.value), seen
                )
            elif isinstance(node, FieldNode) and (field := self.schema.get_field(parent, node.name.value)) is not None:
                kind = get_named_type(field.type)
                if (entity := self._listed(kind.name)) is not None and _may_look_up(entity, node):
                    yield Place(entity, FieldArguments(field, node))
                yield from self._in(node.selection_set, kind, seen)

    def _type(self, name: str) -> Any:
        return self.schema.type_map[name]

    def _listed(self, name: str) -> Entity | None:
        """Return the entity whose rows a list or an aggregate is about."""
        for suffix in ("Connection", "Stats"):
            if name.endswith(suffix) and (entity := self.catalog.entities.get(name.removesuffix(suffix))) is not None:
                return entity
        return None


def _may_look_up(entity: Entity, node: FieldNode) -> bool:
    given = {argument.name.value: argument.value for argument in node.arguments or ()}
    searches = "search" in given and any(column.protected is not None for column in entity.search)
    return searches or ("filter" in given and _names_protected(entity, given["filter"]))


def _names_protected(entity: Entity, value: ValueNode) -> bool:
    """Tell whether a filter, as it stands in the operation, may ask for a protected value."""
    if isinstance(value, ListValueNode):
        return any(_names_protected(entity, one) for one in value.values)
    if isinstance(value, VariableNode):
        return _reaches_protected(entity, set())
    if not isinstance(value, ObjectValueNode):
        return False
    return any(_part_names_protected(entity, part.name.value, part.value) for part in value.fields)


def _part_names_protected(entity: Entity, name: str, value: ValueNode) -> bool:
    if name in ("and", "or", "not"):
        return _names_protected(entity, value)
    field = entity.filters.get(name)
    if isinstance(field, ToOneField):
        return _names_protected(field.target, value)
    if isinstance(field, ToManyField):
        if isinstance(value, ObjectValueNode):
            return any(_names_protected(field.target, part.value) for part in value.fields)
        return _names_protected(field.target, value)
    return isinstance(field, ValueField) and field.protected is not None


def _reaches_protected(entity: Entity, seen: set[str]) -> bool:
    """Tell whether any filter on an entity, relations included, can ask for a protected value."""
    if entity.name in seen:
        return False
    seen.add(entity.name)
    for field in entity.filters.values():
        if isinstance(field, ValueField) and field.protected is not None:
            return True
        if isinstance(field, ToOneField | ToManyField) and _reaches_protected(field.target, seen):
            return True
    return False
