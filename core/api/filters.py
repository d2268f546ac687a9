"""The operators that a filter has for each kind of value."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from enum import Enum
from typing import Any
from uuid import UUID

import strawberry
from graphql import GraphQLInputObjectType

from core.api.composer import Composer, InputFields, input_field, many
from core.api.scalars import BigInt, as_enum
from core.catalog.catalog import Column, MoneyColumns, ToManyField, ValueField

_TEXTS = {
    "eq": "Equals.",
    "ne": "Does not equal; rows without a value count too.",
    "in": "Is one of.",
    "notIn": "Is none of; rows without a value count too.",
    "lt": "Is below.",
    "lte": "Is below or equal.",
    "gt": "Is above.",
    "gte": "Is above or equal.",
    "contains": "Has this text anywhere; case does not matter.",
    "startsWith": "Begins with this text; case does not matter.",
    "last4": "Ends with these four characters.",
    "isNull": "Has no value (true), or has one (false).",
    "some": "At least one row is so.",
    "none": "No row is so.",
    "every": "All rows are so; holds where there are none.",
}
_EQUALITY = ("eq", "ne", "in", "notIn")
_ORDER = ("lt", "lte", "gt", "gte")


@dataclass(frozen=True, slots=True)
class Operators:
    """The operators for one kind of value, besides `isNull`, which all have."""

    name: str
    annotation: Any
    operators: tuple[str, ...]
    description: str


_STRING = Operators("StringFilter", str, (*_EQUALITY, "contains", "startsWith"), "Conditions on a text.")
_BIG_INT = Operators("BigIntFilter", BigInt, (*_EQUALITY, *_ORDER), "Conditions on a large whole number.")
_ID = Operators("IDFilter", strawberry.ID, _EQUALITY, "Conditions on an id.")
_PROTECTED = Operators(
    "ProtectedFilter", str, ("eq", "last4"), "Conditions on an encrypted value: it can be compared as a whole only."
)
_BY_TYPE: Mapping[type, Operators] = {
    str: _STRING,
    int: Operators("IntFilter", int, (*_EQUALITY, *_ORDER), "Conditions on a whole number."),
    float: Operators("FloatFilter", float, (*_EQUALITY, *_ORDER), "Conditions on a number."),
    Decimal: Operators("DecimalFilter", Decimal, (*_EQUALITY, *_ORDER), "Conditions on a decimal number."),
    bool: Operators("BooleanFilter", bool, ("eq",), "Conditions on a yes or no."),
    date: Operators("DateFilter", date, (*_EQUALITY, *_ORDER), "Conditions on a date."),
    datetime: Operators("DateTimeFilter", datetime, (*_EQUALITY, *_ORDER), "Conditions on an instant."),
    UUID: Operators("UUIDFilter", UUID, _EQUALITY, "Conditions on a reference without a type."),
}


class ValueFilters:
    """Makes the inputs for conditions on values among the composed types of one kernel."""

    def __init__(self, composer: Composer) -> None:
        self.composer = composer

    def of(self, field: ValueField) -> GraphQLInputObjectType:
        """Return the input for conditions on a field."""
        if field.protected is not None:
            return self._input(_PROTECTED)
        if isinstance(field.source, MoneyColumns):
            return self._money()
        column: Column = field.source
        if column.is_enum:
            return self._enum(column.python_type)
        return self._input(_BIG_INT if column.big else _BY_TYPE.get(column.python_type, _STRING))

    def of_id(self) -> GraphQLInputObjectType:
        """Return the input for conditions on an id."""
        return self._input(_ID)

    def shared(self) -> Iterator[GraphQLInputObjectType]:
        """Yield the inputs that every schema has, so that no module seems to bring them."""
        for operators in (*_BY_TYPE.values(), _BIG_INT, _ID, _PROTECTED):
            yield self._input(operators)
        yield self._money()

    def of_many(self, name: str, inner: GraphQLInputObjectType, field: ToManyField) -> GraphQLInputObjectType:
        """Return the input for conditions on the rows that refer here."""
        text = f"Conditions on many {field.target.name}s."
        how = ("some", "none", "every")
        return self.composer.input(name, text, lambda: {one: input_field(inner, _TEXTS[one]) for one in how})

    def _enum(self, cls: type[Enum]) -> GraphQLInputObjectType:
        name = f"{cls.__name__}Filter"
        return self._input(Operators(name, as_enum(cls), _EQUALITY, f"Conditions on a {cls.__name__}."))

    def _money(self) -> GraphQLInputObjectType:
        def make() -> InputFields:
            return {
                "amountMinor": input_field(self._input(_BIG_INT), "Conditions on the minor units."),
                "currency": input_field(self._input(_STRING), "Conditions on the currency."),
            }

        return self.composer.input("MoneyFilter", "Conditions on an amount.", make)

    def _input(self, operators: Operators) -> GraphQLInputObjectType:
        def make() -> InputFields:
            kind = self.composer.kind(operators.annotation)
            fields = {
                operator: input_field(many(kind) if operator in ("in", "notIn") else kind, _TEXTS[operator])
                for operator in operators.operators
            }
            return fields | {"isNull": input_field(self.composer.kind(bool), _TEXTS["isNull"])}

        return self.composer.input(operators.name, operators.description, make)
