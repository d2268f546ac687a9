"""Opaque keyset cursors: the order's values of one row, and its id."""

from __future__ import annotations

import base64
import binascii
import hashlib
from collections.abc import Sequence
from typing import Any

import orjson

from core.catalog.catalog import Column
from core.errors import BadInputError


class CursorError(BadInputError):
    """A cursor is none, or one of another ordering; it is looked at when there are rows for its list alone."""


def order_mark(terms: Sequence[str]) -> str:
    """Return a short mark of an ordering, so that a cursor of another one is noticed."""
    return hashlib.blake2b("\0".join(terms).encode(), digest_size=4).hexdigest()


def encode_cursor(mark: str, values: Sequence[Any]) -> str:
    """Return the cursor of a row.

    Args:
        values: The order's values as JSON has them, then the id.
    """
    content = orjson.dumps([mark, *values])
    return base64.urlsafe_b64encode(content).decode().rstrip("=")


def decode_cursor(cursor: str, mark: str, count: int) -> list[Any]:
    """Return the values of a cursor.

    Raises:
        CursorError: It is no cursor, or one of another ordering.
    """
    try:
        raw = base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True)
        content = orjson.loads(raw)
    except (binascii.Error, ValueError):
        content = None
    if not isinstance(content, list) or not content or not isinstance(content[0], str):
        raise CursorError("this is not a cursor of this API; take it from pageInfo or an edge")
    if content[0] != mark or len(content) != count + 1:
        raise CursorError("this cursor belongs to another ordering; start again without it")
    return content[1:]


def cursor_value(column: Column, value: Any) -> Any:
    """Return what a cursor holds for a column as the column's Python value.

    Raises:
        CursorError: Somebody has changed the cursor.
    """
    if value is None:
        return None
    try:
        return column.kind.parse(value)
    except (TypeError, ValueError):
        raise CursorError("this is not a cursor of this API; take it from pageInfo or an edge") from None
