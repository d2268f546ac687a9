"""The merged schema of one set of modules."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from inspect import isawaitable
from typing import Any, TypeGuard

import strawberry
from graphql import (
    GraphQLField,
    GraphQLInputObjectType,
    GraphQLInterfaceType,
    GraphQLList,
    GraphQLNonNull,
    GraphQLNullableType,
    GraphQLObjectType,
    GraphQLSchema,
    get_named_type,
)
from strawberry.exceptions import DuplicatedTypeName, UnresolvedFieldTypeError
from strawberry.printer import print_schema
from strawberry.schema.config import StrawberryConfig
from strawberry.schema.schema_converter import GraphQLCoreConverter
from strawberry.schema.types import ConcreteType
from strawberry.types.base import StrawberryList, StrawberryObjectDefinition
from strawberry.types.field import UNRESOLVED, StrawberryField

from core.api.allowing import allow
from core.api.declarations import DeclarationError, field_error
from core.api.problems import PROBLEM_TYPES
from core.api.roots import Types
from core.api.scalars import SCALARS, SHARED_TYPES, GivenMoney, Node
from core.catalog.catalog import Catalog, Entity
from core.data.model import Record
from core.errors import PluginError
from core.read.plan import Row


class Converter(GraphQLCoreConverter):
    """Converts what plugins write with Strawberry, and answers for entities and roots with the composed types."""

    def __init__(self, given: GraphQLCoreConverter, catalog: Catalog, roots: Mapping[type, str]) -> None:
        super().__init__(
            given.config, scalar_overrides={}, scalar_map=given.config.scalar_map, get_fields=given.get_fields
        )
        self.catalog = catalog
        self.types = Types(catalog, self)
        self._roots = roots
        self._plain_roots = {cls for classes in catalog.plain_roots.values() for _, cls in classes}
        self._extending = {id(field) for fields in catalog.plain_extensions.values() for _, field in fields}

    def from_type(self, type_: Any) -> GraphQLNullableType:
        """Return the type of a class; a composed type is one already, and a table has that of its entity."""
        if _is_table(type_):
            return self.types.entities.type(self._entity_of(type_))
        return type_ if isinstance(type_, GraphQLInputObjectType) else super().from_type(type_)

    def from_maybe_optional(self, type_: Any) -> Any:
        """Return the type of a field; a row may be out of sight, so it may be null."""
        return self.from_type(type_) if _is_table(type_) else super().from_maybe_optional(type_)

    def from_list(self, type_: StrawberryList) -> GraphQLList[Any]:
        """Return the type of a list; rows out of sight are left out of it."""
        inner = type_.of_type
        return GraphQLList(GraphQLNonNull(self.from_type(inner))) if _is_table(inner) else super().from_list(type_)

    def _entity_of(self, model: type[Record]) -> Entity:
        entity = self.catalog.by_model.get(model)
        if entity is None:
            raise PluginError(
                f"{model.__module__}.{model.__name__} stands in an answer, but no entity shows it: declare one, or "
                "return what the answer needs of it"
            )
        return entity

    def from_object(self, object_type: StrawberryObjectDefinition) -> GraphQLObjectType:
        """Return the type of a Strawberry class."""
        entity = self.catalog.by_type.get(object_type.origin)
        if entity is not None:
            composed = self.types.entities.type(entity)
            self.type_map[entity.name] = ConcreteType(definition=object_type, implementation=composed)
            return composed
        root = self._roots.get(object_type.origin)
        return self.types.root(root) if root else super().from_object(object_type)

    def from_interface(self, interface: StrawberryObjectDefinition) -> GraphQLInterfaceType:
        """Return the type of a Strawberry interface."""
        made = super().from_interface(interface)
        if interface.origin is Node:
            made.resolve_type = _type_of_row
        return made

    def from_field(
        self, field: StrawberryField, *, type_definition: StrawberryObjectDefinition | None = None
    ) -> GraphQLField:
        """Return a Strawberry field, whose answer comes from the read seam where it is rows of an entity.

        Raises:
            DeclarationError: It can't be made.
        """
        try:
            made = super().from_field(field, type_definition=type_definition)
        except (DeclarationError, DuplicatedTypeName):
            raise
        except Exception as error:
            raise field_error(field, type_definition, error) from error
        metadata: Mapping[object, Any] = field.metadata or {}
        resolve = metadata.get("resolve")
        entity = self.catalog.entities.get(get_named_type(made.type).name)
        if resolve is not None:
            made.resolve = resolve
            return made
        if entity is not None and made.resolve is not None:
            made.resolve = _reading(made.resolve, entity)
        allow(made, metadata, signed_in=id(field) in self._extending or self._is_root(type_definition))
        return made

    def _is_root(self, definition: StrawberryObjectDefinition | None) -> bool:
        return definition is not None and definition.origin in self._plain_roots

    def plain_field(self, field: StrawberryField, owner: StrawberryObjectDefinition) -> tuple[str, GraphQLField]:
        """Return name and definition of a Strawberry field that a composed type has."""
        if field.type is UNRESOLVED:
            error = UnresolvedFieldTypeError(owner, field)
            raise field_error(field, owner, error) from error
        return self.config.name_converter.from_field(field), self.from_field(field, type_definition=owner)


class KernelSchema(strawberry.Schema):
    """Strawberry's schema over the classes of the modules that are on.

    The classes are shared by all kernels of the process; what the modules add to them comes through `get_fields`, all
    that is generated through the converter, so that two schemas of different modules live side by side.
    """

    def __init__(self, catalog: Catalog, *, hide_suggestions: bool = False) -> None:
        self.catalog = catalog
        roots = {root: strawberry.type(type(root, (), {})) for root in catalog.plain_roots}
        self._roots = {cls: root for root, cls in roots.items()}
        has_mutations = bool(catalog.commands or catalog.plain_roots["Mutation"])
        super().__init__(
            query=roots["Query"],
            mutation=roots["Mutation"] if has_mutations else None,
            subscription=roots["Subscription"] if catalog.plain_roots["Subscription"] else None,
            types=self._types(),
            config=StrawberryConfig(scalar_map=SCALARS, disable_field_suggestions=hide_suggestions),
        )
        money = self._schema.type_map["MoneyInput"]
        assert isinstance(money, GraphQLInputObjectType)
        money.out_type = GivenMoney  # type: ignore[method-assign, assignment]  # as graphql-core's constructor does

    def _types(self) -> Iterator[Any]:
        """Yield what is there whether or not a field leads to it; read when there is a converter."""
        yield from (entity.cls for entity in self.catalog.entities.values())
        yield from (kind for _, kind in PROBLEM_TYPES)
        yield from self.catalog.problems.values()
        yield from SHARED_TYPES
        yield from self.schema_converter.types.entities.values.shared()

    @property
    def schema_converter(self) -> Converter:
        """What makes graphql-core's types."""
        return self._converter

    @schema_converter.setter
    def schema_converter(self, given: GraphQLCoreConverter) -> None:
        # Strawberry's constructor makes a converter of its own and lets nobody choose another.
        self._converter = Converter(given, self.catalog, self._roots)

    @property
    def graphql(self) -> GraphQLSchema:
        """graphql-core's schema."""
        return self._schema

    def sdl(self) -> str:
        """Return the schema as text, ended by a line feed."""
        return print_schema(self) + "\n"

    def get_fields(self, type_definition: StrawberryObjectDefinition) -> list[StrawberryField]:
        """Return the fields of a plain type and those that the modules contribute to it."""
        extra = self.catalog.plain_extensions.get(type_definition.origin, ())
        return [*super().get_fields(type_definition), *(field for _, field in extra)]


def _is_table(type_: Any) -> TypeGuard[type[Record]]:
    return isinstance(type_, type) and issubclass(type_, Record)


def _type_of_row(value: Any, *_: Any) -> str | None:
    return value.type_name if isinstance(value, Row) else None


def _reading(resolve: Callable[..., Any], entity: Entity) -> Callable[..., Any]:
    """Return a resolver whose model rows are read again through the seam, with the caller's selection and rights."""

    async def read(source: Any, info: Any, **arguments: Any) -> Any:
        side_by_side = info.context.round_of(info, entity)
        with side_by_side:
            value = resolve(source, info, **arguments)
            if isawaitable(value):
                value = await value
        if isinstance(value, Record):
            return (await side_by_side.rows([value.id]))[0]
        if isinstance(value, list) and value and all(isinstance(item, Record) for item in value):
            found = await side_by_side.rows([item.id for item in value])
            return [row for row in found if row is not None]
        return value

    return read
