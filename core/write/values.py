"""How values are written as JSON: the one place for audit entries, events, fingerprints and job arguments."""

from __future__ import annotations

import base64
from collections.abc import Mapping, Set
from dataclasses import fields, is_dataclass
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from enum import Enum
from typing import Any
from uuid import UUID

import orjson
from pydantic import BaseModel

from core.money import Money

_LARGEST = 2**63 - 1


def json_value(value: Any) -> Any:
    """Return a value as JSON knows it.

    Ids, decimals, dates and times become text (instants in UTC, ISO 8601, with a `Z`), an enum its value, money an
    object of `amount_minor` and `currency`, bytes base64, a duration its seconds, an integer beyond 64 bits text.

    Raises:
        TypeError: There is no rule for the type.
    """
    if value is None or isinstance(value, (bool, float)):
        return value
    if isinstance(value, Enum):
        return json_value(value.value)
    if isinstance(value, str):
        return str(value)
    if isinstance(value, int):
        return int(value) if -_LARGEST <= value <= _LARGEST else str(value)
    return _text(value) if isinstance(value, _TEXTS) else _container(value)


_TEXTS = (UUID, Decimal, datetime, date, time, timedelta, bytes)


def _text(value: Any) -> Any:
    if isinstance(value, datetime):
        if value.tzinfo is None:
            raise TypeError("an instant without a zone has no place here")
        return value.astimezone(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")
    if isinstance(value, (date, time)):
        return value.isoformat()
    if isinstance(value, timedelta):
        return value.total_seconds()
    if isinstance(value, bytes):
        return base64.b64encode(value).decode()
    return str(value)


def _container(value: Any) -> Any:
    if isinstance(value, Money):
        return {"amount_minor": value.amount_minor, "currency": value.currency}
    if isinstance(value, Mapping):
        return {str(key.value if isinstance(key, Enum) else key): json_value(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [json_value(item) for item in value]
    if isinstance(value, Set):
        return sorted((json_value(item) for item in value), key=str)
    if isinstance(value, BaseModel):
        return value.model_dump(mode="json")
    if is_dataclass(value) and not isinstance(value, type):
        return {field.name: json_value(getattr(value, field.name)) for field in fields(value)}
    raise TypeError(f"a {type(value).__name__} can't be written as JSON")


def canonical_json(value: Any) -> bytes:
    """Return the one UTF-8 form of a value: keys sorted, no blanks, values as `json_value` has them."""
    return orjson.dumps(json_value(value), option=orjson.OPT_SORT_KEYS)


_TAGS: dict[str, Any] = {
    "$uuid": UUID,
    "$at": datetime.fromisoformat,
    "$on": date.fromisoformat,
    "$decimal": Decimal,
}


def pack(value: Any) -> Any:
    """Return a value as JSON from which `unpack` makes the same value: ids, instants, dates and money as well."""
    if isinstance(value, UUID):
        return {"$uuid": str(value)}
    if isinstance(value, datetime):
        return {"$at": json_value(value)}
    if isinstance(value, date):
        return {"$on": value.isoformat()}
    if isinstance(value, Decimal):
        return {"$decimal": str(value)}
    if isinstance(value, Money):
        return {"$money": [value.amount_minor, value.currency]}
    if isinstance(value, Mapping):
        return {str(key): pack(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [pack(item) for item in value]
    return json_value(value)


def unpack(value: Any) -> Any:
    """Return what was given to `pack`; a tuple comes back as a list."""
    if isinstance(value, list):
        return [unpack(item) for item in value]
    if not isinstance(value, dict):
        return value
    if len(value) == 1:
        tag, content = next(iter(value.items()))
        if tag in _TAGS:
            return _TAGS[tag](content)
        if tag == "$money":
            return Money(*content)
    return {key: unpack(item) for key, item in value.items()}
