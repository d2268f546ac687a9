"""The families of tortoise's own fields; the SDK's other fields, and those of plugins, say their kinds themselves."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import timedelta
from decimal import Decimal
from enum import Enum
from functools import cache
from typing import Any, Final
from uuid import UUID

import orjson
from tortoise import fields
from tortoise.fields import Field
from tortoise.fields.data import CharEnumFieldInstance, IntEnumFieldInstance

from core.ids import uuid7
from core.kinds.kind import AS_IT_IS, EMPTY, Convert, Dialect, Kind, Leaf, everywhere, same
from core.kinds.numbers import integer, number
from core.kinds.operators import EQ, EQUALITY, IS_NULL
from core.kinds.texts import text
from core.kinds.times import day, moment

_MICROSECOND: Final = timedelta(microseconds=1)


@cache
def boolean() -> Kind:
    """Return the kind of a yes or no."""
    return Kind(
        family="boolean",
        python=bool,
        parse=bool,
        scalar="Boolean",
        filter="BooleanFilter",
        filter_text="Conditions on a yes or no.",
        operators=(EQ, IS_NULL),
        ordered=True,
        grouped=True,
        read={"sqlite": bool},
        leaves={"sqlite": Leaf("{}", bool), "postgres": AS_IT_IS},
        json_sql="{}",
        sample=lambda number, _: False,
    )


@cache
def key() -> Kind:
    """Return the kind of a UUID."""

    def parse(value: Any) -> UUID:
        return value if isinstance(value, UUID) else UUID(value)

    return Kind(
        family="uuid",
        python=UUID,
        parse=parse,
        scalar="UUID",
        filter="UUIDFilter",
        filter_text="Conditions on a reference without a type.",
        operators=(*EQUALITY, IS_NULL),
        ordered=True,
        grouped=True,
        dump=str,
        bind={"sqlite": str},
        read={"sqlite": UUID},
        read_text=str,
        leaves={"sqlite": AS_IT_IS, "postgres": Leaf("{}::text")},
        json_sql="{}::text",
        sample=lambda number, now: uuid7(),
    )


def row_id() -> Kind:
    """Return the kind of a row's id as clients have it."""
    return Kind(
        family="id",
        python=str,
        parse=same,
        scalar="ID",
        filter="IDFilter",
        filter_text="Conditions on an id.",
        operators=(*EQUALITY, IS_NULL),
    )


def enum(cls: type[Enum]) -> Kind:
    """Return the kind of the members of an enum; the schema knows their names."""
    members = list(cls)
    return Kind(
        family="enum",
        python=cls,
        parse=cls,
        scalar=cls.__name__,
        filter=f"{cls.__name__}Filter",
        filter_text=f"Conditions on a {cls.__name__}.",
        operators=(*EQUALITY, IS_NULL),
        ordered=True,
        grouped=True,
        dump=lambda member: member.value,
        bind=everywhere(lambda member: member.value),
        read=everywhere(cls),
        by_schema=True,
        sample=lambda number, now: members[number % len(members)],
    )


def json(field: Any) -> Kind:
    """Return the kind of whatever JSON holds: the API shows it, and asks nothing of it."""
    default = field.default() if callable(field.default) else field.default
    fragment = Leaf("{}", orjson.Fragment)
    return Kind(
        family="json",
        python=dict,
        parse=same,
        as_annotated=True,
        scalar="JSON",
        bind=everywhere(lambda value: value if isinstance(value, str) else field.encoder(value)),
        read=everywhere(field.to_python_value),
        leaves=everywhere(fragment),
        json_sql="{}",
        sample=lambda number, now: default or {},
    )


def stored_only(family: str, python: type, parse: Convert, field: Field[Any], bind: Mapping[Dialect, Convert]) -> Kind:
    """Return the kind of what models keep and the API doesn't show."""
    return Kind(family=family, python=python, parse=parse, bind=bind, read=everywhere(field.to_python_value))


def _decimal(value: Any) -> Decimal:
    return value if isinstance(value, Decimal) else Decimal(str(value))


def _microseconds(value: timedelta) -> int:
    return value // _MICROSECOND


_FAMILIES: Final[Mapping[type, Callable[[Any], Kind]]] = {
    CharEnumFieldInstance: lambda field: enum(field.enum_type),
    IntEnumFieldInstance: lambda field: enum(field.enum_type),
    fields.CharField: lambda field: text(max_length=field.max_length),
    fields.TextField: lambda field: text(),
    fields.SmallIntField: lambda field: integer(16),
    fields.IntField: lambda field: integer(32),
    fields.BigIntField: lambda field: integer(64),
    fields.FloatField: lambda field: number(),
    fields.BooleanField: lambda field: boolean(),
    fields.DateField: lambda field: day(),
    fields.DatetimeField: lambda field: moment(),
    fields.UUIDField: lambda field: key(),
    fields.JSONField: json,
    # SQLite compares and adds tortoise's decimals as text; ours are whole numbers.
    fields.DecimalField: lambda field: stored_only("text decimal", Decimal, _decimal, field, {"sqlite": str}),
    fields.TimeDeltaField: lambda field: stored_only("duration", timedelta, same, field, everywhere(_microseconds)),
}


def family_of(field: Any) -> Kind:
    """Return the kind of one of tortoise's fields; the API shows none that is not among them."""
    for cls in type(field).__mro__:
        make = _FAMILIES.get(cls)
        if make is not None:
            return make(field)
    return stored_only(type(field).__name__, object, same, field, EMPTY)
