"""Types that are made anew for each set of modules, as graphql-core has them.

Strawberry would make a class, a dataclass and a definition of each before it makes the same; there are two thousand.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from enum import Enum
from types import SimpleNamespace
from typing import Any, Final, Protocol, TypeVar, cast

from graphql import (
    GraphQLArgument,
    GraphQLEnumType,
    GraphQLField,
    GraphQLInputField,
    GraphQLInputObjectType,
    GraphQLInterfaceType,
    GraphQLList,
    GraphQLNamedType,
    GraphQLNonNull,
    GraphQLObjectType,
    get_nullable_type,
)
from strawberry.annotation import StrawberryAnnotation
from strawberry.schema_directives import OneOf
from strawberry.types.base import StrawberryObjectDefinition
from strawberry.types.field import StrawberryField

from core.api.resolvers import Resolver

Fields = dict[str, GraphQLField]
InputFields = dict[str, GraphQLInputField]
GraphQLArguments = dict[str, GraphQLArgument]

N = TypeVar("N", bound=GraphQLNamedType)


class PlainTypes(Protocol):
    """Converts what is written with Strawberry."""

    def from_maybe_optional(self, type_: Any) -> Any:
        """Return the type of a Strawberry type: without null unless it is optional."""
        ...

    def from_interface(self, interface: StrawberryObjectDefinition) -> GraphQLInterfaceType:
        """Return the type of an interface."""
        ...

    def plain_field(self, field: StrawberryField, owner: StrawberryObjectDefinition) -> tuple[str, GraphQLField]:
        """Return name and definition of a field."""
        ...


def planned_field(
    kind: Any,
    description: str,
    resolve: Resolver,
    arguments: GraphQLArguments | None = None,
    deprecated: str | None = None,
) -> GraphQLField:
    """Return a field whose answer comes from a plan: graphql-core calls `resolve` with coerced arguments."""
    return GraphQLField(kind, arguments, resolve, description=description, deprecation_reason=deprecated)


def argument(kind: Any, description: str) -> GraphQLArgument:
    """Return an argument of a planned field."""
    return GraphQLArgument(kind, description=description)


def input_field(kind: Any, description: str) -> GraphQLInputField:
    """Return a field of a composed input."""
    return GraphQLInputField(kind, description=description)


def required(kind: Any) -> Any:
    """Return a type without null."""
    return GraphQLNonNull(kind)


def many(kind: Any) -> Any:
    """Return the type of a list, which may be null, of values that may not."""
    return GraphQLList(GraphQLNonNull(kind))


class Composer:
    """The composed types of one kernel, each once, by name.

    Fields follow when the schema asks for them, so that types may refer to each other. A kind is nullable unless
    `required` says otherwise, as in graphql-core.
    """

    def __init__(self, plain: PlainTypes) -> None:
        self.plain = plain
        self._types: dict[str, GraphQLNamedType] = {}
        self._kinds: dict[Any, Any] = {}

    def written(self, annotation: Any) -> Any:
        """Return the type of an annotation that Strawberry understands: without null unless it allows None."""
        known = self._kinds.get(annotation)
        if known is None:
            resolved = StrawberryAnnotation(annotation).resolve()
            known = self._kinds[annotation] = self.plain.from_maybe_optional(resolved)
        return known

    def kind(self, annotation: Any) -> Any:
        """Return the nullable type of an annotation that Strawberry understands."""
        return get_nullable_type(self.written(annotation))

    def object(self, name: str, description: str | None, fields: Callable[[], Fields]) -> GraphQLObjectType:
        """Return the object type of a name."""
        return self._once(name, lambda: GraphQLObjectType(name, fields, description=description))

    def input(
        self, name: str, description: str, fields: Callable[[], InputFields], *, one_of: bool = False
    ) -> GraphQLInputObjectType:
        """Return the input type of a name."""
        extensions = {"strawberry-definition": _ONE_OF} if one_of else None
        return self._once(
            name,
            lambda: GraphQLInputObjectType(
                name, fields, description=description, extensions=extensions, is_one_of=one_of
            ),
        )

    def enum(self, name: str, description: str, members: Callable[[], Mapping[str, Enum]]) -> GraphQLEnumType:
        """Return the enum type of a name, whose values in Python are members of an enum."""
        return self._once(name, lambda: GraphQLEnumType(name, members(), description=description))

    def _once(self, name: str, make: Callable[[], N]) -> N:
        known = self._types.get(name)
        if known is None:
            known = self._types[name] = make()
        return cast("N", known)


_ONE_OF: Final = SimpleNamespace(is_input=True, is_one_of=True, directives=(OneOf(),))
"""What Strawberry's printer and its introspection look for on an input of which one field is to be given."""
