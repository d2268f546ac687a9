"""Answers of one operation that was run twice: alike, but for the ids of what it has made each time."""

from __future__ import annotations

import base64
import re
from typing import Any

import orjson

from core.errors import BadInputError
from core.ids import parse_global_id

_UUID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")


def assert_same(planned: bytes, executed: bytes) -> None:
    """Hold two answers to be the same, the order of their keys and the kinds of their numbers included."""
    assert orjson.dumps(_settled(planned)) == orjson.dumps(_settled(executed)), _shown(planned, executed)


def assert_same_outcome(planned: bytes, executed: bytes) -> None:
    """The same, but for ids that only one of them has: the first such id of each stands for the other, and so on."""
    left, right = (orjson.dumps(_opened(_settled(body))).decode() for body in (planned, executed))
    shared = set(_UUID.findall(left)) & set(_UUID.findall(right))
    assert _renamed(left, shared) == _renamed(right, shared), _shown(planned, executed)


def _settled(body: bytes) -> Any:
    """Return an answer with its errors in one order: fields that fail side by side do so as the database answers."""
    content = orjson.loads(body)
    if "errors" in content:
        content["errors"].sort(key=orjson.dumps)
    return content


def _renamed(text: str, shared: set[str]) -> str:
    new: dict[str, str] = {}
    return _UUID.sub(lambda m: m[0] if m[0] in shared else new.setdefault(m[0], f"new {len(new)}"), text)


def _opened(value: Any) -> Any:
    """Return an answer with the ids that it holds in the clear."""
    if isinstance(value, dict):
        return {key: _opened(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [_opened(inner) for inner in value]
    if not isinstance(value, str):
        return value
    try:
        return ":".join(map(str, parse_global_id(value)))
    except BadInputError:
        return _opened_cursor(value)


def _opened_cursor(text: str) -> str:
    try:
        return base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True).decode()
    except ValueError:  # whatever it is, it is no cursor
        return text


def _shown(planned: bytes, executed: bytes) -> str:
    return f"planned:  {planned.decode()}\nexecuted: {executed.decode()}"
