"""Whole, decimal and binary numbers."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from functools import cache, lru_cache
from typing import Any, Final, NewType

from core.kinds.kind import AS_IT_IS, Convert, Kind, Leaf, Measure, everywhere, same
from core.kinds.operators import EQUALITY, IS_NULL, ORDER

BigInt = NewType("BigInt", int)
"""Annotation of a whole number that JSON numbers would lose digits of."""
_INT_LIMIT: Final = 2**31


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
