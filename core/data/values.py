"""How Python's values are written to and read from each database, the same for models and hand-made SQL.

SQLite has no types for most of them. tortoise keeps a UUID as 36 characters, a date as `2026-01-31`, an instant as
`2026-01-31 08:00:00+00:00` (with microseconds only if there are any), a Decimal and JSON as text, a boolean as 0 or 1;
so do we, but instants are brought to UTC first, because SQLite compares them as text.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from enum import Enum
from typing import Any, Literal
from uuid import UUID

import orjson
from tortoise import fields
from tortoise.fields import Field
from tortoise.fields.data import CharEnumFieldInstance, IntEnumFieldInstance

Dialect = Literal["sqlite", "postgres"]
Converter = Callable[[Any], Any]

MAX_NUMBER = 2**63 - 1
"""The largest whole number that a column holds; the least one's amount is larger by one, which nobody needs."""
_INFINITIES = {"infinity": datetime.max.replace(tzinfo=UTC), "-infinity": datetime.min.replace(tzinfo=UTC)}
_MICROSECOND = timedelta(microseconds=1)


def is_storable(text: str) -> bool:
    """Return whether every database can hold a text: no NUL, no half of a surrogate pair."""
    if "\0" in text:
        return False
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def to_database(dialect: Dialect, field: Field[Any], value: Any) -> Any:
    """Return what a statement must bind so that it compares with what the model has stored.

    Nothing is validated: a text longer than the column simply equals no row.

    Raises:
        ValueError: A text that is no UUID, date, instant, number or member of the column's enum; a naive datetime.
    """
    if value is None:
        return None
    if isinstance(field, fields.JSONField):
        return value if isinstance(value, str) else field.encoder(value)
    if isinstance(field, (CharEnumFieldInstance, IntEnumFieldInstance)):
        return field.enum_type(value).value
    for kind, parse in _PARSERS:
        if isinstance(field, kind):
            value = parse(value)
            break
    return arguments(dialect, (value,))[0]


def from_database(dialect: Dialect, field: Field[Any]) -> Converter | None:
    """Return what makes the model's value out of the driver's, None included; None if they are the same."""
    if isinstance(field, (fields.JSONField, fields.TimeDeltaField, CharEnumFieldInstance, IntEnumFieldInstance)):
        return field.to_python_value
    if dialect == "postgres":
        # asyncpg gives its infinities, which it makes of the first and the last instant, without a zone.
        return _instant if isinstance(field, fields.DatetimeField) else None
    if isinstance(field, (fields.DecimalField, fields.TimeField)):
        return field.to_python_value
    for kind, read in _SQLITE_READERS:
        if isinstance(field, kind):
            return read
    return None


def arguments(dialect: Dialect, values: Sequence[Any]) -> list[Any]:
    """Return values in the form that the driver binds.

    A list, tuple or set becomes an array on PostgreSQL (`= ANY($1)`) and JSON on SQLite
    (`IN (SELECT value FROM json_each(?))`); a dict becomes JSON.

    Raises:
        ValueError: A naive datetime.
    """
    convert, native = (_sqlite, _NATIVE) if dialect == "sqlite" else (_postgres, _POSTGRES_NATIVE)
    return [value if type(value) in native else convert(value) for value in values]


def _sqlite(value: Any) -> Any:
    if isinstance(value, Enum):
        return arguments("sqlite", (value.value,))[0]
    for kind, write in _SQLITE_WRITERS:
        if isinstance(value, kind):
            return write(value)
    return value


def _postgres(value: Any) -> Any:
    if isinstance(value, UUID):
        return value  # asyncpg's own kind
    if isinstance(value, Enum):
        return arguments("postgres", (value.value,))[0]
    if isinstance(value, datetime):
        return _aware(value)
    if isinstance(value, (list, tuple, set, frozenset)):
        return arguments("postgres", list(value))
    if isinstance(value, dict):
        return _json(value)
    return value


def _aware(value: datetime) -> datetime:
    if value.tzinfo is None:
        raise ValueError(f"{value} has no time zone; instants are aware")
    return value


def _instant_text(value: datetime) -> str:
    return _aware(value).astimezone(UTC).isoformat(" ")


def _json(value: Any) -> str:
    return orjson.dumps(value, default=str).decode()


def _json_array(value: Any) -> str:
    return _json(arguments("sqlite", list(value)))


def _instant(text: str | datetime | None) -> datetime | None:
    if text is None:
        return None
    value = datetime.fromisoformat(text) if isinstance(text, str) else text
    if value.tzinfo is UTC:
        return value
    # What a column default such as CURRENT_TIMESTAMP wrote is in UTC, without saying so.
    return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


def instant_of_postgres(text: str) -> datetime:
    """Return an instant of PostgreSQL from its text; the infinities are the last and the first, as asyncpg has them."""
    return _INFINITIES.get(text) or datetime.fromisoformat(text).astimezone(UTC)


def _date(text: str | None) -> date | None:
    return None if text is None else date.fromisoformat(text[:10])


def _uuid(text: str | None) -> UUID | None:
    return None if text is None else UUID(text)


def _bool(number: int | None) -> bool | None:
    return None if number is None else bool(number)


def _parse_uuid(value: Any) -> UUID:
    return value if isinstance(value, UUID) else UUID(value)


def _parse_instant(value: Any) -> datetime:
    return value if isinstance(value, datetime) else _aware(datetime.fromisoformat(value))


def _parse_date(value: Any) -> date:
    return value if isinstance(value, date) else date.fromisoformat(value)


def _parse_decimal(value: Any) -> Decimal:
    return value if isinstance(value, Decimal) else Decimal(str(value))


def _microseconds(value: timedelta) -> int:
    return value // _MICROSECOND


_NATIVE = frozenset({int, str, float, bytes, bool, type(None)})
_POSTGRES_NATIVE = _NATIVE | {UUID, Decimal, date, time, timedelta}
_PARSERS: tuple[tuple[type[Field[Any]], Converter], ...] = (
    (fields.UUIDField, _parse_uuid),
    (fields.DatetimeField, _parse_instant),
    (fields.DateField, _parse_date),
    (fields.DecimalField, _parse_decimal),
    (fields.TimeDeltaField, _microseconds),
)
_SQLITE_READERS: tuple[tuple[type[Field[Any]], Converter], ...] = (
    (fields.UUIDField, _uuid),
    (fields.DatetimeField, _instant),
    (fields.DateField, _date),
    (fields.BooleanField, _bool),
)
# datetime is a date, so it comes first.
_SQLITE_WRITERS: tuple[tuple[type | tuple[type, ...], Converter], ...] = (
    (UUID, str),
    (datetime, _instant_text),
    (date, date.isoformat),
    (Decimal, str),
    (time, time.isoformat),
    (dict, _json),
    ((list, tuple, set, frozenset), _json_array),
)
