"""Types that are made anew for each set of modules: their fields follow when the schema asks for them."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any

import strawberry
from strawberry.annotation import StrawberryAnnotation
from strawberry.schema_directives import OneOf
from strawberry.tools import create_type
from strawberry.types.arguments import StrawberryArgument
from strawberry.types.field import StrawberryField

from core.api.filters import filter_field
from core.api.resolvers import Resolver

Fields = list[StrawberryField]


def optional(kind: Any) -> Any:
    """Return the annotation of a field that may be null; kinds are made at run time, where no checker follows."""
    return kind | None


def many(kind: Any) -> Any:
    """Return the annotation of a list."""
    return list[kind]


def planned_field(
    name: str,
    annotation: Any,
    description: str,
    resolve: Resolver,
    arguments: list[StrawberryArgument] | None = None,
    deprecated: str | None = None,
) -> StrawberryField:
    """Return a field whose answer comes from a plan: graphql-core calls `resolve` with coerced arguments."""
    field: Any = strawberry.field(
        name=name, description=description, deprecation_reason=deprecated, metadata={"resolve": resolve}
    )
    field.python_name = name
    field.type_annotation = StrawberryAnnotation(annotation)
    field.arguments = arguments or []
    return field  # type: ignore[no-any-return]  # strawberry.field is typed as the field's value


def argument(name: str, annotation: Any, description: str, *, nullable: bool = True) -> StrawberryArgument:
    """Return an argument of a planned field."""
    return StrawberryArgument(
        python_name=name,
        graphql_name=name,
        type_annotation=StrawberryAnnotation(optional(annotation) if nullable else annotation),
        description=description,
        default=strawberry.UNSET,
    )


class Shells:
    """The composed types of one kernel, each once, by name."""

    def __init__(self) -> None:
        self._types: dict[str, type] = {}
        self._fields: dict[type, Callable[[], Fields]] = {}

    def fields(self, cls: type) -> Fields | None:
        """Return the fields of a composed type; None for any other."""
        make = self._fields.get(cls)
        return make() if make else None

    def once(self, name: str, make: Callable[[], type]) -> type:
        """Return the type of a name, made whole at the first call."""
        known = self._types.get(name)
        if known is None:
            known = self._types[name] = make()
        return known

    def shell(
        self, name: str, description: str, make: Callable[[], Fields], *, is_input: bool = False, one_of: bool = False
    ) -> type:
        """Return a type whose fields are made when the schema asks, so that types may refer to each other."""
        known = self._types.get(name)
        if known is None:
            filler = filter_field("filler", str, "Replaced.")
            directives = [OneOf()] if one_of else []
            known = create_type(name, [filler], is_input=is_input, description=description, directives=directives)
            self._types[name] = known
            self._fields[known] = cache(make)
        return known
