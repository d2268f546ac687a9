"""The operators that a filter has for each kind of value."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from enum import Enum
from typing import Any
from uuid import UUID

import strawberry
from strawberry.tools import create_type
from strawberry.types.field import StrawberryField

from core.api.catalog import Column, MoneyColumns, ToManyField, ValueField
from core.api.scalars import BigInt, as_enum

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


def filter_field(name: str, annotation: Any, description: str) -> StrawberryField:
    """Return an optional field of a composed input."""
    python_name = {"in": "in_", "and": "and_", "or": "or_", "not": "not_"}.get(name, name)
    field: Any = strawberry.field(name=name, description=description, default=strawberry.UNSET)
    field.python_name = python_name
    field.type_annotation = strawberry.annotation.StrawberryAnnotation(annotation | None)
    return field  # type: ignore[no-any-return]  # strawberry.field is typed as the field's value


def _operators(name: str, kind: Any, operators: tuple[str, ...], description: str) -> type:
    fields = [
        filter_field(
            operator,
            bool if operator == "isNull" else (list[kind] if operator in ("in", "notIn") else kind),
            _TEXTS[operator],
        )
        for operator in (*operators, "isNull")
    ]
    return create_type(name, fields, is_input=True, description=description)


StringFilter = _operators("StringFilter", str, (*_EQUALITY, "contains", "startsWith"), "Conditions on a text.")
IntFilter = _operators("IntFilter", int, (*_EQUALITY, *_ORDER), "Conditions on a whole number.")
BigIntFilter = _operators("BigIntFilter", BigInt, (*_EQUALITY, *_ORDER), "Conditions on a large whole number.")
FloatFilter = _operators("FloatFilter", float, (*_EQUALITY, *_ORDER), "Conditions on a number.")
DecimalFilter = _operators("DecimalFilter", Decimal, (*_EQUALITY, *_ORDER), "Conditions on a decimal number.")
BooleanFilter = _operators("BooleanFilter", bool, ("eq",), "Conditions on a yes or no.")
DateFilter = _operators("DateFilter", date, (*_EQUALITY, *_ORDER), "Conditions on a date.")
DateTimeFilter = _operators("DateTimeFilter", datetime, (*_EQUALITY, *_ORDER), "Conditions on an instant.")
UUIDFilter = _operators("UUIDFilter", UUID, _EQUALITY, "Conditions on a reference without a type.")
IDFilter = _operators("IDFilter", strawberry.ID, _EQUALITY, "Conditions on an id.")
ProtectedFilter = _operators(
    "ProtectedFilter", str, ("eq", "last4"), "Conditions on an encrypted value: it can be compared as a whole only."
)
MoneyFilter = create_type(
    "MoneyFilter",
    [
        filter_field("amountMinor", BigIntFilter, "Conditions on the minor units."),
        filter_field("currency", StringFilter, "Conditions on the currency."),
    ],
    is_input=True,
    description="Conditions on an amount.",
)

_BY_TYPE: dict[type, type] = {
    str: StringFilter,
    int: IntFilter,
    float: FloatFilter,
    Decimal: DecimalFilter,
    bool: BooleanFilter,
    date: DateFilter,
    datetime: DateTimeFilter,
    UUID: UUIDFilter,
}


def enum_filter(cls: type[Enum]) -> type:
    """Return a new input with the operators of an enum."""
    return _operators(f"{cls.__name__}Filter", as_enum(cls), _EQUALITY, f"Conditions on a {cls.__name__}.")


def many_filter(name: str, inner: type, field: ToManyField) -> type:
    """Return a new input for conditions on the rows that refer here."""
    fields = [filter_field(how, inner, _TEXTS[how]) for how in ("some", "none", "every")]
    return create_type(name, fields, is_input=True, description=f"Conditions on many {field.target.name}s.")


def value_filter(field: ValueField) -> type | None:
    """Return the operators for a value; None for an enum, which has its own."""
    if field.protected is not None:
        return ProtectedFilter
    if isinstance(field.source, MoneyColumns):
        return MoneyFilter
    column: Column = field.source
    if column.is_enum:
        return None
    return BigIntFilter if column.big else _BY_TYPE.get(column.python_type, StringFilter)
