"""The inputs for conditions, made of the operators that kinds have."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

from graphql import GraphQLInputObjectType

from core.api.composer import Composer, InputFields, input_field, many
from core.api.scalars import annotation_of
from core.catalog.catalog import ToManyField
from core.kinds import families
from core.kinds.kind import Kind, Operator
from core.kinds.reference import shared_kinds

_TEXTS: Final[Mapping[str, str]] = {
    "some": "At least one row is so.",
    "none": "No row is so.",
    "every": "All rows are so; holds where there are none.",
}


class ValueFilters:
    """Makes the inputs for conditions on values among the composed types of one kernel."""

    def __init__(self, composer: Composer) -> None:
        self.composer = composer

    def of(self, kind: Kind) -> GraphQLInputObjectType:
        """Return the input for conditions on values of a kind."""

        def make() -> InputFields:
            parts = {part.graphql_name: input_field(self.of(part.kind), part.text) for part in kind.parts if part.text}
            return parts or {one.name: input_field(self._taken(kind, one), one.text["en"]) for one in kind.asked}

        return self.composer.input(kind.filter, kind.filter_text, make)

    def of_id(self) -> GraphQLInputObjectType:
        """Return the input for conditions on an id."""
        return self.of(families.row_id())

    def shared(self) -> Iterator[GraphQLInputObjectType]:
        """Yield the inputs that every schema has, so that no module seems to bring them."""
        for kind in shared_kinds():
            yield self.of(kind)

    def of_many(self, name: str, inner: GraphQLInputObjectType, field: ToManyField) -> GraphQLInputObjectType:
        """Return the input for conditions on the rows that refer here."""
        text = f"Conditions on many {field.target.name}s."
        how = ("some", "none", "every")
        return self.composer.input(name, text, lambda: {one: input_field(inner, _TEXTS[one]) for one in how})

    def _taken(self, kind: Kind, operator: Operator) -> Any:
        """Return the type of what an operator takes."""
        if operator.takes == "flag":
            return self.composer.kind(bool)
        one = self.composer.kind(annotation_of(kind))
        return many(one) if operator.takes == "many" else one
