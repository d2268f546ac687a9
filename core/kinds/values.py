"""How Python's values are written to and read from each database, by their types: for what has no column.

SQLite has no types for most of them. tortoise keeps a UUID as 36 characters, a date as `2026-01-31`, an instant as
`2026-01-31 08:00:00+00:00` (with microseconds only if there are any), a Decimal and JSON as text, a boolean as 0 or 1;
so do we, but instants are brought to UTC first, because SQLite compares them as text.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from enum import Enum
from typing import Any, Final
from uuid import UUID

import orjson

from core.kinds.kind import Convert, Dialect

MAX_NUMBER: Final = 2**63 - 1
"""The largest whole number that a column holds; the least one's amount is larger by one, which nobody needs."""
_INFINITIES: Final = {"infinity": datetime.max.replace(tzinfo=UTC), "-infinity": datetime.min.replace(tzinfo=UTC)}


def is_storable(text: str) -> bool:
    """Return whether every database can hold a text: no NUL, no half of a surrogate pair."""
    if "\0" in text:
        return False
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


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
        return aware(value)
    if isinstance(value, (list, tuple, set, frozenset)):
        return arguments("postgres", list(value))
    if isinstance(value, dict):
        return json_text(value)
    return value


def aware(value: datetime) -> datetime:
    """Return an instant that has a zone.

    Raises:
        ValueError: It has none.
    """
    if value.tzinfo is None:
        raise ValueError(f"{value} has no time zone; instants are aware")
    return value


def instant_text(value: datetime) -> str:
    """Return an instant as SQLite keeps it."""
    return aware(value).astimezone(UTC).isoformat(" ")


def json_text(value: Any) -> str:
    """Return a value as JSON."""
    return orjson.dumps(value, default=str).decode()


def _json_array(value: Any) -> str:
    return json_text(arguments("sqlite", list(value)))


def instant(value: str | datetime) -> datetime:
    """Return an instant in UTC, of SQLite's text or of what asyncpg gives."""
    found = datetime.fromisoformat(value) if isinstance(value, str) else value
    if found.tzinfo is UTC:
        return found
    # What a column default such as CURRENT_TIMESTAMP wrote is in UTC without saying so, and so are asyncpg's
    # infinities, which it makes of the first and the last instant.
    return found.replace(tzinfo=UTC) if found.tzinfo is None else found.astimezone(UTC)


def instant_of_postgres(text: str) -> datetime:
    """Return an instant of PostgreSQL from its text; the infinities are the last and the first, as asyncpg has them."""
    return _INFINITIES.get(text) or datetime.fromisoformat(text).astimezone(UTC)


_NATIVE: Final = frozenset({int, str, float, bytes, bool, type(None)})
_POSTGRES_NATIVE: Final = _NATIVE | {UUID, Decimal, date, time, timedelta}
# datetime is a date, so it comes first.
_SQLITE_WRITERS: Final[tuple[tuple[type | tuple[type, ...], Convert], ...]] = (
    (UUID, str),
    (datetime, instant_text),
    (date, date.isoformat),
    (Decimal, str),
    (time, time.isoformat),
    (dict, json_text),
    ((list, tuple, set, frozenset), _json_array),
)
