"""Statements that are written once give what tortoise's own give."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID

import pytest
from tortoise.exceptions import DoesNotExist, MultipleObjectsReturned
from tortoise.expressions import Q
from tortoise.queryset import QuerySet

from core.data import equality
from core.data.database import Database
from tests.core.data.samples import Branch, Colour, Size, ValueSample

NOON = datetime(2026, 11, 21, 4, 0, 0, 120, UTC)
SHORT, REFERENCE = "x' OR 1=1 --", UUID("01a2300c-3d85-7df0-82fe-2a5deb3d1afa")


@pytest.fixture(autouse=True)
def active(database: Database) -> Iterator[None]:
    token = database.activate()
    yield
    database.deactivate(token)


async def made() -> list[ValueSample]:
    branch = await Branch.create(name="north")
    full: dict[str, Any] = {
        "text": "é\n", "short": SHORT, "number": -1, "small": 2, "big": 2**62, "ratio": 1.5, "exact": "1.10",
        "flag": True, "day": date(2026, 2, 28), "instant": NOON, "document": {"a": [1]}, "reference": REFERENCE,
        "binary": b"\0x", "colour": Colour.RED, "size": Size.LARGE, "branch_id": branch.id,
    }  # fmt: skip
    return [
        await ValueSample.create(**full),
        await ValueSample.create(**{**full, "number": 7, "flag": False, "colour": Colour.BLUE}),
        await ValueSample.create(),
    ]


def plain(rows: Any) -> Any:
    """Return what the attributes of rows are, with their kinds."""
    if isinstance(rows, list):
        return [plain(row) for row in rows]
    return rows and {name: (type(getattr(rows, name)), getattr(rows, name)) for name in ValueSample._meta.db_fields}


@pytest.mark.parametrize(
    "wanted",
    [
        {},
        {"short": SHORT},
        {"number": -1, "flag": True},
        {"flag": False},
        {"big": 2**62},
        {"day": date(2026, 2, 28)},
        {"instant": NOON},
        {"reference": REFERENCE},
        {"reference": str(REFERENCE), "small": 2},
        {"colour": Colour.BLUE},
        {"colour": "RED", "size": Size.LARGE},
        {"branch_id": None},
        {"text": None, "number": None},
        {"short": "nothing"},
    ],
    ids=str,
)
async def test_rows_are_the_same_as_by_tortoise(wanted: dict[str, Any]) -> None:
    rows = await made()
    for query in (
        ValueSample.filter(**wanted).order_by("id"),
        ValueSample.filter(**wanted).order_by("-flag", "id"),
        ValueSample.filter(Q(**wanted)).order_by("id").limit(2),
        ValueSample.filter(**wanted).order_by("-id").first(),
        ValueSample.get_or_none(**wanted, id=rows[0].id),
    ):
        assert isinstance(query, QuerySet)
        written = equality.select(query)
        assert written is not None
        assert plain(await equality.fetch(query, *written)) == plain(await query)


async def test_what_asks_for_more_is_left_to_tortoise() -> None:
    for query in (
        ValueSample.filter(number__gte=1),
        ValueSample.exclude(number=1),
        ValueSample.filter(Q(number=1) | Q(number=2)),
        ValueSample.filter(Q(number=1, small=2, join_type="OR")),
        ValueSample.filter(~Q(number=1)),
        ValueSample.filter(exact="1.10"),
        ValueSample.filter(document={"a": [1]}),
        ValueSample.filter(branch__name="north"),
        ValueSample.all().order_by("branch__name"),
        ValueSample.all().select_related("branch"),
        ValueSample.all().prefetch_related("branch"),
        ValueSample.all().only("id"),
        ValueSample.all().distinct(),
        ValueSample.all().offset(1).limit(1),
        ValueSample.filter(unknown=1),
    ):
        assert isinstance(query, QuerySet)
        assert equality.select(query) is None


@pytest.mark.postgres
async def test_rows_are_locked_by_tortoise() -> None:
    assert equality.select(ValueSample.all().select_for_update()) is None


async def test_one_row_that_is_none_or_several_is_told() -> None:
    await made()

    async def fetch(query: Any) -> Any:
        written = equality.select(query)
        assert written is not None
        return await equality.fetch(query, *written)

    with pytest.raises(DoesNotExist):
        await fetch(ValueSample.get(number=99))
    with pytest.raises(MultipleObjectsReturned):
        await fetch(ValueSample.get(short=SHORT))
    assert await fetch(ValueSample.get_or_none(number=99)) is None
    assert await fetch(ValueSample.filter(short="longer than the column is")) == []
