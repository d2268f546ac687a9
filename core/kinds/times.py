"""Dates and instants."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from functools import cache
from typing import Any

from core.clock import format_instant
from core.kinds.kind import Kind, Leaf, Measure, everywhere, same
from core.kinds.operators import EQUALITY, IS_NULL, ORDER
from core.kinds.values import aware, instant, instant_of_postgres, instant_text


def _of_time(scalar: str) -> Mapping[str, Measure]:
    return {"min": Measure(scalar, same), "max": Measure(scalar, same)}


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
