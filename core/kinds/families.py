"""The families of tortoise's own fields; the SDK's other fields, and those of plugins, say their kinds themselves."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date, datetime, timedelta
from decimal import Decimal
from enum import Enum
from functools import cache, lru_cache
from typing import Any, Final, NewType
from uuid import UUID

import orjson
from tortoise import fields
from tortoise.fields import Field
from tortoise.fields.data import CharEnumFieldInstance, IntEnumFieldInstance

from core.clock import format_instant
from core.ids import uuid7
from core.kinds.folding import composed
from core.kinds.kind import EMPTY, Convert, Dialect, Kind, Leaf, Measure, Part
from core.kinds.operators import CONTAINS, EQ, EQUALITY, IS_NULL, ORDER, STARTS_WITH
from core.kinds.values import aware, instant, instant_of_postgres, instant_text

BigInt = NewType("BigInt", int)
"""Annotation of a whole number that JSON numbers would lose digits of."""

FOLDED: Final = "search"
"""The suffix of the column that keeps a text in the form in which it is searched."""
AS_IT_IS: Final = Leaf()
_MICROSECOND: Final = timedelta(microseconds=1)
_INT_LIMIT: Final = 2**31


def same(value: Any) -> Any:
    """Return a value as it is."""
    return value


def everywhere(convert: Any) -> Mapping[Dialect, Any]:
    """Return what holds for each database."""
    return {"sqlite": convert, "postgres": convert}


@lru_cache(maxsize=256)
def text(*, max_length: int | None = None, searched: bool = False, folded: bool = False) -> Kind:
    """Return the kind of a text.

    Args:
        max_length: In characters.
        searched: Its folded form is kept in a column beside it.
        folded: It is kept in its folded form itself.
    """

    def parse(value: Any) -> str:
        if isinstance(value, Enum):
            value = value.value
        if not isinstance(value, str):
            raise TypeError(f"{value!r} is no text")
        return composed(value)

    def sample(number: int, _: datetime) -> str:
        return f"{number:x}"[:max_length]

    return Kind(
        family="text",
        python=str,
        parse=parse,
        scalar="String",
        filter="StringFilter",
        filter_text="Conditions on a text.",
        operators=(*EQUALITY, CONTAINS, STARTS_WITH, IS_NULL),
        ordered=True,
        searched=searched or folded,
        search_mend="the model keeps no folded form of it; give its field searched=True",
        folded=folded,
        grouped=True,
        leaves=everywhere(AS_IT_IS),
        json_sql="{}",
        parts=(Part(FOLDED, text()),) if searched else (),
        limits={} if max_length is None else {"max_length": max_length},
        sample=sample,
    )


@lru_cache(maxsize=8)
def integer(bits: int) -> Kind:
    """Return the kind of a whole number."""
    big = bits > 32
    scalar = "BigInt" if big else "Int"
    return Kind(
        family="integer",
        python=int,
        written=BigInt if big else None,
        parse=_whole,
        scalar=scalar,
        filter=f"{scalar}Filter",
        filter_text=f"Conditions on a {'large ' if big else ''}whole number.",
        operators=(*EQUALITY, *ORDER, IS_NULL),
        ordered=True,
        grouped=True,
        measures=numeric(scalar, total=Measure("BigInt", int)),
        # Of what it is compared with, the driver would refuse what is larger.
        compared_as="" if big else "bigint",
        leaves={"sqlite": Leaf("{}", str if big else _sqlite_int), "postgres": Leaf("{}::text" if big else "{}")},
        json_sql="{}::text" if big else "{}",
        # GraphQL's own types hold the larger ones within theirs.
        limits={"ge": -(2 ** (bits - 1)), "le": 2 ** (bits - 1) - 1} if bits < 32 else {},
    )


def numeric(scalar: str, *, total: Measure, average: Convert = float) -> Mapping[str, Measure]:
    """Return the measures of numbers."""
    own = Measure(scalar, same)
    return {"sum": total, "average": Measure("Float", average), "min": own, "max": own}


def _of_time(scalar: str) -> Mapping[str, Measure]:
    return {"min": Measure(scalar, same), "max": Measure(scalar, same)}


def _whole(value: Any) -> int:
    return value if type(value) is int else int(value)


def _sqlite_int(number: int) -> int:
    if -_INT_LIMIT <= number < _INT_LIMIT:  # SQLite keeps larger ones, too
        return number
    raise ValueError("a number is larger than GraphQL's Int")


@cache
def number() -> Kind:
    """Return the kind of a number of 64 bits in binary."""
    return Kind(
        family="float",
        python=float,
        parse=float,
        scalar="Float",
        filter="FloatFilter",
        filter_text="Conditions on a number.",
        operators=(*EQUALITY, *ORDER, IS_NULL),
        ordered=True,
        grouped=True,
        measures=numeric("Float", total=Measure("Float", float)),
        leaves=everywhere(AS_IT_IS),
        json_sql="{}",
        sample=lambda number, _: float(number),
    )


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
def day() -> Kind:
    """Return the kind of a date."""

    def parse(value: Any) -> date:
        return value if isinstance(value, date) else date.fromisoformat(value)

    # asyncpg writes the first and the last value that Python has as PostgreSQL's infinities, and reads them so.
    json_sql = "CASE {0} WHEN 'infinity' THEN '9999-12-31' WHEN '-infinity' THEN '0001-01-01' ELSE {0}::text END"
    return Kind(
        family="date",
        python=date,
        parse=parse,
        scalar="Date",
        filter="DateFilter",
        filter_text="Conditions on a date.",
        operators=(*EQUALITY, *ORDER, IS_NULL),
        ordered=True,
        grouped=True,
        measures=_of_time("Date"),
        dump=date.isoformat,
        bind={"sqlite": date.isoformat},
        read={"sqlite": lambda text: date.fromisoformat(text[:10])},
        leaves={"sqlite": Leaf("{}", lambda text: text[:10]), "postgres": Leaf(json_sql)},
        json_sql=json_sql,
        sample=lambda number, now: date(2026, 11, 21) + timedelta(days=number),
    )


@cache
def moment() -> Kind:
    """Return the kind of an instant."""

    def parse(value: Any) -> datetime:
        return value if isinstance(value, datetime) else aware(datetime.fromisoformat(value))

    json_sql = (
        "CASE {0} WHEN 'infinity' THEN '9999-12-31T23:59:59.999999Z' WHEN '-infinity' THEN '0001-01-01T00:00:00Z'"
        " ELSE replace(({0} AT TIME ZONE 'UTC')::text, ' ', 'T') || 'Z' END"
    )
    return Kind(
        family="instant",
        python=datetime,
        parse=parse,
        scalar="DateTime",
        filter="DateTimeFilter",
        filter_text="Conditions on an instant.",
        operators=(*EQUALITY, *ORDER, IS_NULL),
        ordered=True,
        grouped=True,
        measures=_of_time("DateTime"),
        dump=datetime.isoformat,
        bind={"sqlite": instant_text, "postgres": aware},
        read=everywhere(instant),
        read_text=instant_of_postgres,
        leaves={"sqlite": Leaf("{}", _sqlite_instant), "postgres": Leaf(json_sql)},
        json_sql=json_sql,
        sample=lambda number, now: now + timedelta(minutes=number),
    )


def _sqlite_instant(text: str) -> str:
    if not text.endswith("+00:00"):
        # What a column default wrote is in UTC, without saying so.
        return format_instant(datetime.fromisoformat(text if "+" in text else f"{text}+00:00"))
    body = text[:-6]
    return f"{body[:10]}T{body[11:].rstrip('0') if '.' in body else body[11:]}Z"


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


@lru_cache(maxsize=64)
def decimal(digits: int, places: int) -> Kind:
    """Return the kind of a decimal number, kept as a whole number of its last place on both databases.

    So it is exact, and ordered, added up and indexed as whole numbers are.
    """
    unit = Decimal(1).scaleb(-places)
    limit = 10**digits

    def parse(value: Any) -> Decimal:
        found = value if isinstance(value, Decimal) else Decimal(str(value))
        if not found.is_finite() or found != found.quantize(unit) or abs(_units(found)) >= limit:
            raise ValueError(f"{value} has more than {digits} digits, or more than {places} decimal places")
        return found.quantize(unit)

    def _units(value: Decimal) -> int:
        return int(value.scaleb(places))

    def read(units: Any) -> Decimal:
        return Decimal(units).scaleb(-places)

    json_sql = f"round({{}}::numeric / {10**places}, {places})::text"
    return Kind(
        family="decimal",
        python=Decimal,
        parse=parse,
        stored_as=f"decimal, {places} places",
        scalar="Decimal",
        filter="DecimalFilter",
        filter_text="Conditions on a decimal number.",
        operators=(*EQUALITY, *ORDER, IS_NULL),
        ordered=True,
        grouped=True,
        measures=numeric(
            "Decimal", total=Measure("Decimal", read), average=lambda units: float(Decimal(units).scaleb(-places))
        ),
        dump=str,
        bind=everywhere(_units),
        read=everywhere(read),
        leaves={"sqlite": Leaf("{}", lambda units: str(read(units))), "postgres": Leaf(json_sql)},
        json_sql=json_sql,
        limits={"max_digits": digits, "decimal_places": places},
        sample=lambda number, _: Decimal(number).quantize(unit),
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
