"""Rows that have values of every kind, null, edge and Unicode among them, and Python's answers about them."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from enum import Enum
from typing import Any
from uuid import UUID

from core.data.model import Record
from core.kinds.kind import kind_of
from core.money import Money
from core.scope import Scope
from core.testing.harness import Client, SampleDealer

ROWS = 26
NOON = datetime(2026, 11, 20, 4, 0, tzinfo=UTC)
TEXTS = (
    "",
    "abc",
    "ABC",
    "ＡＢＣ",  # wide
    "Änderung",
    "A\u0308nderung",  # the same, decomposed
    "Ω",
    "Жук",
    "straße",
    "STRASSE",
    "ΟΔΟΣ",
    "İstanbul",
    "ﬁn",  # a ligature
    "名字 示例",
    "100% a_b!",
    'it\'s \\ "quoted"',
    "ｶﾞ",  # half width, two characters for one
    "é",
    "😀 \u2028",
)
PHONES = ("13800138000", "13900138001", "13700138002")
VALUES: Mapping[str, Sequence[Any]] = {
    "name": TEXTS,
    "note": (*TEXTS[9:], *TEXTS[:9], "a longer text " * 40),
    "label": TEXTS[::-1],
    "small": (0, 1, -1, 2**15 - 1, -(2**15) + 1, 10),
    "count": (0, 1, -1, 2**31 - 1, -(2**31) + 1, 10, 9),
    "big": (0, 1, -1, 10**15 - 1, -(10**15) + 1, 2**53 + 1, 10, 9),
    "flag": (True, False),
    "day": (date(1, 1, 1), date(9999, 12, 31), date(2026, 2, 28), date(2024, 2, 29), date(2026, 11, 20)),
    "moment": (
        NOON,
        NOON + timedelta(microseconds=1),
        NOON + timedelta(microseconds=500_000),
        NOON - timedelta(days=40),
        datetime(1969, 12, 31, 23, 59, 59, tzinfo=UTC),
        datetime(9998, 12, 31, 23, 59, 59, 999_999, tzinfo=UTC),
    ),
    "colour": ("red", "green", "blue"),
    "key": (UUID(int=0), UUID(int=2**128 - 1), UUID("0192f0c1-2b3c-7def-8123-456789abcdef")),
    "rate": tuple(map(Decimal, ("0.00", "7.55", "10.00", "9.00", "-1.25", "-10.00", "100.10", "9999999999.99"))),
    "weight": (0.0, 0.5, -0.5, 10.25, 9.75, 1e-7, 1e15, 2.5),
    "price": (Money(0), Money(999), Money(1000), Money(-5), Money(10**15 - 1), Money(9, "EUR"), Money(1000, "EUR")),
    "phone": PHONES,
    "grade": ("FINE", "FAIR", "POOR"),
    "tags": ([], ["red"], ["red", "blue"], ["Red"], ["A\u0308", "%"], ["名字", "it's"], ["red", "red"]),
    "release": ("1.9.0", "1.10.0", "1.10.2", "2.0.0", "0.0.1", "99999.99999.99999"),
    "grades": ([], ["FINE"], ["FINE", "POOR"], ["POOR", "FAIR", "FINE"]),
}
"""Values by field; every row has one of them or none."""


def folded(text: str) -> str:
    """Return the form in which texts are compared by `contains`, `startsWith` and `search`."""
    return unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text).casefold())


def exact(value: Any) -> Any:
    """Return the form in which values are equal: the Unicode form of a text is no difference."""
    if isinstance(value, list):
        return [exact(one) for one in value]
    return unicodedata.normalize("NFC", value) if isinstance(value, str) else value


@dataclass(frozen=True)
class Specimens:
    """The rows, in the order of their numbers, as they were given to the models."""

    rows: Sequence[Mapping[str, Any]]

    model: type[Record]

    def values(self, field: str) -> list[Any]:
        """Return the value of a field, or of a part of an amount, of each row."""
        name, _, part = field.partition(".")
        kind = kind_of(self.model.composites.get(name) or self.model._meta.fields_map[name])
        values = [None if row[name] is None else kind.parse(row[name]) for row in self.rows]
        return [None if value is None else getattr(value, part) for value in values] if part else values


async def fill(sample: SampleDealer) -> Specimens:
    """Make the rows; values take turns, so that fields meet in many ways."""
    model = sample.dealer.kernel.catalog.entities["Specimen"].model
    rows: list[dict[str, Any]] = []
    for number in range(ROWS):
        row: dict[str, Any] = {"number": number}
        for name, values in VALUES.items():
            turn = [*values, None]
            row[name] = turn[number % len(turn)]
        rows.append(row)

    async def make(_: Scope) -> None:
        made: list[Record] = []
        for number, row in enumerate(rows):
            record = model(**row, other_id=made[number // 2].id if number % 3 else None, store_id=sample.store_id)
            await record.save()
            made.append(record)

    await sample.run(make)
    return Specimens(rows, model)


def sent(value: Any) -> Any:
    """Return what a client sends for a value."""
    if isinstance(value, list | tuple):
        return [sent(one) for one in value]
    if isinstance(value, Enum):
        return value.name
    if isinstance(value, Money):
        return {"amountMinor": str(value.amount_minor), "currency": value.currency}
    if isinstance(value, datetime | date):
        return value.isoformat()
    return str(value) if isinstance(value, UUID | Decimal) else value


async def numbers(client: Client, filter_: Mapping[str, Any]) -> list[int] | str:
    """Return the numbers of the rows that a filter leaves, or the code of its error."""
    answer = await client(
        "query($f: SpecimenFilter) { specimens(filter: $f, first: 100, orderBy: {number: ASC}) { nodes { number } } }",
        f=filter_,
    )
    if "errors" in answer:
        return answer.codes[0]
    return [node["number"] for node in answer["data"]["specimens"]["nodes"]]
