"""How each family of servers words what is asked, and how its answers read in one shape."""

from __future__ import annotations

import re
from base64 import b64decode, urlsafe_b64encode
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

from benchmarks.operations import DUE_AT, Asked

Variables = dict[str, Any]
_UUID: Final = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_INSTANT: Final = re.compile(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d")


@dataclass(frozen=True, slots=True)
class Family:
    """Servers that take the same documents.

    Attributes:
        name: The folder below `documents`.
        variables: Makes the variables of an operation, for the data set's store.
        counts: Returns stages with their numbers from the answer to `counts`.
        must_have: What the answer to a command holds if it was done; answers to queries hold data and no errors.
    """

    name: str
    variables: Callable[[str, Asked, str], Variables]
    counts: Callable[[Any], dict[str, int]]
    must_have: Mapping[str, bytes]


def global_id(type_name: str, row_id: str) -> str:
    """Return Forecourt's id of a row."""
    return urlsafe_b64encode(f"{type_name}:{row_id}".encode()).decode().rstrip("=")


def _forecourt(operation: str, asked: Asked, _store: str) -> Variables:
    match operation:
        case "customer" | "cursor":
            return {"id": global_id("Customer", asked.customer)}
        case "create":
            given = {"customer": global_id("Customer", asked.customer), "channel": "CALL", "dueAt": DUE_AT}
            return {"input": {**given, "subject": asked.subject}, "key": asked.key or None}
        case "update":
            changed = {"id": global_id("FollowUpTask", asked.follow_up), "subject": asked.subject}
            return {"input": changed, "version": asked.version}
        case "deep":
            # The bare handler's cursor is the id of the last row.
            return {"after": global_id("Customer", asked.after) if _UUID.fullmatch(asked.after) else asked.after}
    return _list(operation, asked)


def _usual(operation: str, asked: Asked, _store: str) -> Variables:
    match operation:
        case "customer":
            return {"id": asked.customer}
        case "create":
            given = {"customerId": asked.customer, "channel": "CALL", "subject": asked.subject, "dueAt": DUE_AT}
            return {"input": given}
        case "update":
            return {"id": asked.follow_up, "subject": asked.subject, "expectedVersion": asked.version}
        case "deep":
            return {"after": asked.after}
    return _list(operation, asked)


def _postgraphile(operation: str, asked: Asked, store: str) -> Variables:
    match operation:
        case "customer" | "cursor":
            return {"id": asked.customer}
        case "create":
            given = {"customerId": asked.customer, "channel": "CALL", "subject": asked.subject, "dueAt": DUE_AT}
            return {"input": given}
        case "update":
            changed = {"id": asked.follow_up, "subject": asked.subject, "expectedVersion": asked.version}
            return {"input": changed}
        case "deep":
            return {"store": store, "after": asked.after}
    return {"store": store, **_list(operation, asked)}


def _list(operation: str, asked: Asked) -> Variables:
    match operation:
        case "counts":
            return {}
        case "relation":
            return {"brand": asked.brand}
        case "rows":
            return {"stage": asked.stage, "first": asked.first}
    return {"stage": asked.stage}


def _without_key(operation: str, asked: Asked, store: str) -> Variables:
    return {**_forecourt(operation, asked, store), "key": None}


FORECOURT: Final = Family(
    "forecourt",
    _forecourt,
    lambda data: {group["key"]["lifecycle"]: group["count"] for group in data["customerStats"]},
    {"create": b'"problems":[]', "update": b'"problems":[]'},
)
WITHOUT_KEY: Final = Family("forecourt", _without_key, FORECOURT.counts, FORECOURT.must_have)
"""Forecourt's commands without an `idempotencyKey`."""
BARE: Final = Family(
    "forecourt",
    _forecourt,
    FORECOURT.counts,
    {"create": b'"followUpTask" : {', "update": b'"followUpTask" : {'},
)
USUAL: Final = Family(
    "usual",
    _usual,
    lambda data: {group["stage"]: group["count"] for group in data["counts"]},
    {"create": b'"version":1', "update": b'"version":'},
)
POSTGRAPHILE: Final = Family(
    "postgraphile",
    _postgraphile,
    lambda data: {
        group["keys"][0]: int(group["distinctCount"]["rowId"]) for group in data["customers"]["groupedAggregates"]
    },
    {"create": b'"version":1', "update": b'"version":'},
)


def normalised(family: Family, operation: str, asked: Asked, answer: Any) -> Any:
    """Return the data of an answer in the shape that all servers' answers are compared in."""
    if operation == "counts":
        return dict(sorted(family.counts(answer["data"]).items()))
    shape = _shape(answer["data"])
    if operation == "create":
        row = _row(shape)
        return {key: value for key, value in row.items() if key != "id"}
    if operation == "update":
        row = _row(shape)
        # Each server changes the row once more, so what counts is the step.
        return {**row, "version": row["version"] - asked.version, "subject": row["subject"] == asked.subject}
    return shape


def _row(shape: Any) -> dict[str, Any]:
    """Return the follow-up in a payload, however deep a server has wrapped it."""
    while "subject" not in shape:
        shape = next(value for value in shape.values() if isinstance(value, dict))
    row: dict[str, Any] = shape
    return row


def _shape(value: Any, key: str = "") -> Any:
    if isinstance(value, dict):
        if set(value) == {"nodes"}:
            return _shape(value["nodes"])
        return {name: _shape(inner, name) for name, inner in value.items() if name != "endCursor"}
    if isinstance(value, list):
        return [_shape(inner) for inner in value]
    if not isinstance(value, str):
        return value
    if key == "id" and not _UUID.fullmatch(value):
        return b64decode(value + "=" * (-len(value) % 4), altchars=b"-_").decode().partition(":")[2]
    if _INSTANT.match(value):
        return datetime.fromisoformat(value).astimezone(UTC).isoformat()
    return value
