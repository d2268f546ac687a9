"""The merged schema of one set of modules."""

from __future__ import annotations

from collections.abc import Callable
from inspect import isawaitable
from typing import Any

import strawberry
from graphql import (
    GraphQLField,
    GraphQLInterfaceType,
    GraphQLObjectType,
    GraphQLSchema,
    get_named_type,
)
from strawberry.printer import print_schema
from strawberry.schema.config import StrawberryConfig
from strawberry.types.base import StrawberryObjectDefinition
from strawberry.types.field import StrawberryField

from core.api.catalog import Catalog, Entity
from core.api.context import read_rows
from core.api.problems import PROBLEM_TYPES
from core.api.roots import Types
from core.api.scalars import SCALARS, Node
from core.data.model import Record
from core.read.plan import Row


class KernelSchema(strawberry.Schema):
    """Strawberry's schema over the classes of the modules that are on.

    The classes are shared by all kernels of the process; what the modules add to them, and all that is generated,
    comes through `get_fields`, so that two schemas of different modules live side by side.
    """

    def __init__(self, catalog: Catalog, *, hide_suggestions: bool = False) -> None:
        self.catalog = catalog
        self.types = Types(catalog)
        self._roots = {root: strawberry.type(type(root, (), {"__doc__": root})) for root in catalog.plain_roots}
        for entity in catalog.entities.values():
            _implement_node(entity)
        super().__init__(
            query=self._roots["Query"],
            mutation=self._roots["Mutation"] if self._mutations() else None,
            subscription=self._roots["Subscription"] if catalog.plain_roots["Subscription"] else None,
            types=[entity.cls for entity in catalog.entities.values()] + [kind for _, kind in PROBLEM_TYPES],
            config=StrawberryConfig(scalar_map=SCALARS, disable_field_suggestions=hide_suggestions),
        )
        self._use_planned_resolvers(self.graphql)

    @property
    def graphql(self) -> GraphQLSchema:
        """graphql-core's schema."""
        return self._schema

    def sdl(self) -> str:
        """Return the schema as text, ended by a line feed."""
        return print_schema(self) + "\n"

    def get_fields(self, type_definition: StrawberryObjectDefinition) -> list[StrawberryField]:
        """Return a type's own fields and those that the modules contribute to it."""
        for root, cls in self._roots.items():
            if type_definition.origin is cls:
                return self._root_fields(root)
        composed = self.types.fields_of(type_definition)
        if composed is not None:
            return composed
        extra = self.catalog.plain_extensions.get(type_definition.origin, ())
        return [*super().get_fields(type_definition), *(field for _, field in extra)]

    def _mutations(self) -> bool:
        return bool(self.catalog.commands or self.catalog.plain_roots["Mutation"])

    def _root_fields(self, root: str) -> list[StrawberryField]:
        fields: list[StrawberryField] = []
        if root == "Query":
            fields += self.types.query_fields()
        elif root == "Mutation":
            fields += self.types.mutation_fields()
        for _, cls in self.catalog.plain_roots[root]:
            fields += cls.__strawberry_definition__.fields  # type: ignore[attr-defined]  # a Strawberry type
        return fields

    def _use_planned_resolvers(self, schema: GraphQLSchema) -> None:
        """Let graphql-core call planned resolvers itself: they take its coerced arguments as they are."""
        for named in schema.type_map.values():
            if isinstance(named, GraphQLInterfaceType) and named.name == Node.__name__:
                named.resolve_type = _type_of_row
            if not isinstance(named, GraphQLObjectType) or named.name.startswith("__"):
                continue
            if named.name in self.catalog.entities:
                named.is_type_of = None  # the rows of a plan are no instances of the entity's class
            for field in named.fields.values():
                self._use_planned_resolver(named, field)

    def _use_planned_resolver(self, parent: GraphQLObjectType, field: GraphQLField) -> None:
        definition = field.extensions.get("strawberry-definition")
        resolve = (getattr(definition, "metadata", None) or {}).get("resolve")
        if resolve is not None:
            field.resolve = resolve
            return
        entity = self.catalog.entities.get(get_named_type(field.type).name)
        if entity is not None and field.resolve is not None:
            field.resolve = _reading(field.resolve, entity)


def _implement_node(entity: Entity) -> None:
    """Make the entity's GraphQL type implement Node."""
    definition = entity.cls.__strawberry_definition__  # type: ignore[attr-defined]  # @entity made it one
    node = Node.__strawberry_definition__  # type: ignore[attr-defined]  # a Strawberry interface
    if node not in definition.interfaces:
        definition.interfaces = [*definition.interfaces, node]


def _type_of_row(value: Any, *_: Any) -> str | None:
    return value.type_name if isinstance(value, Row) else None


def _reading(resolve: Callable[..., Any], entity: Entity) -> Callable[..., Any]:
    """Return a resolver whose model rows are read again through the seam, with the caller's selection and rights."""

    async def read(source: Any, info: Any, **arguments: Any) -> Any:
        value = resolve(source, info, **arguments)
        if isawaitable(value):
            value = await value
        if isinstance(value, Record):
            return (await read_rows(info, entity, [value.id]))[0]
        if isinstance(value, list) and value and all(isinstance(item, Record) for item in value):
            found = await read_rows(info, entity, [item.id for item in value])
            return [row for row in found if row is not None]
        return value

    return read
