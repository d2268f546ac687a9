"""Values that nobody should send, by the kind of place that they are sent to."""

from __future__ import annotations

import base64
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from graphql import (
    GraphQLEnumType,
    GraphQLInputObjectType,
    GraphQLList,
    GraphQLNonNull,
    get_nullable_type,
)

from core.ids import global_id, uuid7
from tests.core.api.inputs import WRONG_IDS

CANARY: Final = "Kanarie7q"
"""A word that no schema, text or row has: whoever finds it in an error has found an input there."""
CANARY_NUMBER: Final = 739184620577


class Absent:
    """The place is left out."""

    def __repr__(self) -> str:
        return "(absent)"


ABSENT: Final = Absent()


def _deep(levels: int, inner: Any) -> Any:
    for _ in range(levels):
        inner = [inner]
    return inner


def _deep_object(levels: int) -> Any:
    inner: Any = CANARY
    for _ in range(levels):
        inner = {"and": [inner], CANARY: inner} if levels < 5 else {"not": inner}
    return inner


WRONG_KINDS: Final[Sequence[Any]] = (
    ABSENT,
    None,
    True,
    0,
    -1,
    1.5,
    CANARY_NUMBER,
    CANARY,
    "",
    [],
    {},
    [CANARY],
    [None],
    [[CANARY]],
    {CANARY: CANARY},
    {"id": CANARY, "amountMinor": CANARY},
    _deep(60, CANARY),
    _deep_object(60),
)
"""For every place: most are of another kind than it has."""

NUMBERS: Final[Sequence[Any]] = (
    1,
    100,
    101,
    2**31 - 1,
    2**31,
    -(2**31),
    -(2**31) - 1,
    2**53 + 1,
    10**15,
    2**63 - 1,
    2**63,
    2**64,
    -(2**63) - 1,
    10**400,
    1.0,
    -0.0,
    1e300,
    -1e-300,
)
NUMBER_TEXTS: Final[Sequence[str]] = (
    *(str(number) for number in NUMBERS),
    "1_0",
    " 1 ",
    "+1",
    "１２",
    "9" * 5000,
    "NaN",
    "sNaN",
    "-Infinity",
    "1e999999999",
    "1e-999999999",
    "0x10",
    "0." + "3" * 400,
)
TEXTS: Final[Sequence[str]] = (
    " ",
    CANARY + "x" * 92,
    CANARY + "x" * 300,
    CANARY + "名" * 3000,
    CANARY + " y" * 900,
    CANARY + "z" * 70_000,
    CANARY + "\0",
    "\0",
    CANARY + "\ud800",
    "\u202e\u200b\ufeff" + CANARY,
    "😀" * 40 + CANARY,
    "e\u0301" * 60,
    "İ" * 120,
    "ŉ" * 64,
    f"%_\\'\"; -- {CANARY}",
    f"{CANARY}\r\n\t\x01\x7f\u2028",
    f"{{{CANARY}}} {{0}} %s $1 ${{{CANARY}}}",
    f"<b>{CANARY}</b>",
    "=cmd()|" + CANARY,
    "٣٤٥٦",
    "+8613800138000",
    "138" + "0" * 40,
    "13800138000",
    "a@b.cn",
    f"{CANARY}@example.com",
    "沪A12345",
    "11010119900307803X",
    "LSVAA49J132047371",
    "2026-02-30",
    "CNY",
    "Asia/Shanghai",
    f"sales.Opportunity:{CANARY}",
    "sales.Opportunity:0192f0c1-2b3c-7def-8123-456789abcdef",
    *NUMBER_TEXTS,
)
DATES: Final[Sequence[Any]] = (
    "0001-01-01",
    "0000-01-01",
    "9999-12-31",
    "10000-01-01",
    "2026-02-30",
    "1900-01-01",
    "20261121",
    "2026-W01-1",
    "2026-11-21T00:00:00Z",
    f"2026-11-21{CANARY}",
    20261121,
)
INSTANTS: Final[Sequence[Any]] = (
    "0001-01-01T00:00:00Z",
    "0001-01-01T00:00:00+14:00",
    "0002-01-01T00:00:00Z",
    "9999-12-31T23:59:59.999999Z",
    "9999-12-31T23:59:59-14:00",
    "9998-12-31T23:59:59Z",
    "1970-01-01T00:00:00Z",
    "2026-11-21T24:00:00Z",
    "2026-11-21T08:00:00",
    "2026-11-21T08:00:00+23:59",
    "2026-11-21T08:00:00+00:00:01",
    "2026-03-29T02:30:00+01:00",
    f"2026-11-21T08:00:00Z{CANARY}",
    1_700_000_000,
    CANARY_NUMBER,
)
IDS: Final[Sequence[Any]] = (
    *WRONG_IDS,
    global_id("Customer", uuid7()),
    global_id("Store", uuid7()),
    global_id(CANARY, uuid7()),
    base64.urlsafe_b64encode(f"Customer:{CANARY}".encode()).decode().rstrip("="),
    base64.urlsafe_b64encode(b"Customer:\xff\xfe").decode().rstrip("="),
    global_id("Customer", uuid7()) + "==",
    "0192f0c1-2b3c-7def-8123-456789abcdef",
    CANARY + "A" * 5000,
    CANARY + "\ud800",
    "é" + CANARY,
)
UUIDS: Final[Sequence[Any]] = (
    "00000000-0000-0000-0000-000000000000",
    "{0192f0c1-2b3c-7def-8123-456789abcdef}",
    "urn:uuid:0192f0c1-2b3c-7def-8123-456789abcdef",
    "ffffffff-ffff-ffff-ffff-ffffffffffff",
    f"0192f0c1-{CANARY}",
)
OBJECTS: Final[Sequence[Any]] = (
    {"amountMinor": "1", "currency": "CNY"},
    {"amountMinor": 1, "currency": None},
    {"amountMinor": None, "currency": CANARY},
    {"amount_minor": 10**30, "currency": "CNY"},
    {"$uuid": CANARY},
    {"$at": CANARY},
    {"$money": [CANARY]},
    {"": {"": CANARY}},
    {CANARY + "\0": 1},
    {CANARY: "\0"},
    {"a": 10**400},
    [{CANARY: [_deep(30, 1)]}],
    {str(number): number for number in range(500)},
    {"a": "x" * 70_000},
)
_SCALARS: Final[Mapping[str, Sequence[Any]]] = {
    "Int": (*NUMBERS, "1", "1.0"),
    "Float": (*NUMBERS, *NUMBER_TEXTS[:6]),
    "BigInt": (*NUMBERS, *NUMBER_TEXTS),
    "Decimal": (*NUMBERS, *NUMBER_TEXTS),
    "Boolean": ("true", 1, "TRUE"),
    "String": TEXTS,
    "ID": IDS,
    "UUID": (*UUIDS, *IDS),
    "Date": DATES,
    "DateTime": INSTANTS,
    "JSON": (*OBJECTS, *NUMBERS, *TEXTS[:12]),
}
_MONEY: Final[Sequence[Any]] = tuple(
    {"amountMinor": amount, "currency": currency}
    for amount in ("0", "-1", str(10**15 - 1), str(10**15), str(2**63), str(-(10**14)))
    for currency in ("CNY", "XYZ", "cny", CANARY, "")
)


def hostile_values(kind: Any) -> Iterator[Any]:
    """Yield what is sent to a place of a type: wrong kinds, and the edges of the right one."""
    yield from WRONG_KINDS
    inner = get_nullable_type(kind)
    if isinstance(inner, GraphQLList):
        yield from _lists(inner)
    elif isinstance(inner, GraphQLEnumType):
        yield from (name.lower() for name in list(inner.values)[:1])
    elif isinstance(inner, GraphQLInputObjectType):
        yield from _MONEY if inner.name == "MoneyInput" else OBJECTS[:5]
    else:
        yield from _SCALARS.get(inner.name, TEXTS)


def _lists(kind: Any) -> Iterator[Any]:
    item = kind.of_type
    inner = get_nullable_type(item)
    if isinstance(inner, GraphQLInputObjectType):
        yield [{}] * 101
        yield [{}, None, {}]
        return
    for value in hostile_values(GraphQLNonNull(inner)):
        if value is not ABSENT:
            yield [value]
    yield [CANARY] * 101
    yield [None, CANARY]
