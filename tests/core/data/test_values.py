from __future__ import annotations

from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest

from core.data.database import Database
from core.ids import uuid7
from core.kinds.kind import kind_of
from core.kinds.values import instant_of_postgres
from tests.core.data.samples import Branch, Colour, Size, ValueSample

FULL: dict[str, Any] = {
    "text": "张伟 'quoted' \\ % _",
    "short": "",
    "number": -(2**31),
    "small": 7,
    "big": 2**63 - 1,
    "ratio": 2.0,
    "exact": Decimal("1234567.50"),
    "flag": False,
    "day": date(2026, 2, 28),
    "instant": datetime(2026, 2, 28, 23, 59, 59, 1, UTC),
    "span": timedelta(days=3, microseconds=5),
    "document": {"a": [1, None, "x"], "b": {"c": True}},
    "reference": UUID("0192f000-0000-7000-8000-000000000001"),
    "binary": b"\x00\xff",
    "colour": Colour.BLUE,
    "size": Size.LARGE,
}
COMPARABLE = [name for name in FULL if name not in ("document", "binary")]


def column(name: str) -> str:
    return f'"{ValueSample._meta.fields_db_projection[name]}"'


def mark(database: Database) -> str:
    return "?" if database.dialect == "sqlite" else "$1"


async def read(database: Database, name: str, row_id: UUID) -> Any:
    rows = await database.fetch(
        f"SELECT {column(name)} FROM samples_value_sample WHERE id = {mark(database)}", (row_id,), bounded=True
    )
    convert = kind_of(ValueSample._meta.fields_map[name]).read.get(database.dialect)
    value = rows[0][0]
    return value if convert is None or value is None else convert(value)


@pytest.mark.parametrize("name", FULL)
async def test_value_written_by_the_model_is_read_alike_and_found_by_comparison(database: Database, name: str) -> None:
    async with database.transaction():
        row = await ValueSample.create(**{name: FULL[name]})
        empty = await ValueSample.create()
        loaded = await ValueSample.get(id=row.id)
    value = await read(database, name, row.id)
    assert value == FULL[name] == getattr(loaded, name)
    assert type(value) is type(getattr(loaded, name)) or isinstance(value, UUID)
    assert await read(database, name, empty.id) is None
    if name in COMPARABLE:
        bound = kind_of(ValueSample._meta.fields_map[name]).stored(database.dialect, FULL[name])
        found = await database.fetch(
            f"SELECT id FROM samples_value_sample WHERE {column(name)} = {mark(database)}", (bound,)
        )
        assert [str(r[0]) for r in found] == [str(row.id)]


async def test_foreign_key_column_is_converted_as_the_key_it_refers_to(database: Database) -> None:
    async with database.transaction():
        branch = await Branch.create(name="north")
        row = await ValueSample.create(branch=branch)
    assert await read(database, "branch_id", row.id) == branch.id


async def test_instants_of_any_zone_compare_and_sort_as_instants(database: Database) -> None:
    start = datetime(2026, 3, 1, tzinfo=UTC)
    instants = [start + timedelta(seconds=s) for s in (0, 0.5, 1, 3600, 86400 * 400)]
    shanghai = timezone(timedelta(hours=8))
    async with database.transaction():
        for instant in reversed(instants):
            await ValueSample.create(instant=instant.astimezone(shanghai))
    convert = kind_of(ValueSample._meta.fields_map["instant"]).read[database.dialect]
    rows = await database.fetch("SELECT instant FROM samples_value_sample ORDER BY instant")
    assert [convert(row[0]) for row in rows] == instants
    assert all(convert(row[0]).utcoffset() == timedelta(0) for row in rows)
    for index, instant in enumerate(instants):
        for zone in (UTC, shanghai):
            rows = await database.fetch(
                f"SELECT count(*) FROM samples_value_sample WHERE instant < {mark(database)}",
                (instant.astimezone(zone),),
            )
            assert rows[0][0] == index


async def test_statement_takes_plain_values_enums_and_lists(database: Database) -> None:
    async with database.transaction():
        rows = [await ValueSample.create(colour=colour, day=date(2026, 1, 1)) for colour in Colour]
    any_of = "IN (SELECT value FROM json_each(?))" if database.dialect == "sqlite" else "= ANY($1)"
    for value, expected in (([r.id for r in rows], 2), ({rows[0].id}, 1), ((), 0)):
        found = await database.fetch(f"SELECT id FROM samples_value_sample WHERE id {any_of}", (value,))
        assert len(found) == expected
    sql = f"SELECT count(*) FROM samples_value_sample WHERE colour {any_of}"
    assert (await database.fetch(sql, ([Colour.RED],)))[0][0] == 1
    sql = f"SELECT count(*) FROM samples_value_sample WHERE colour = {mark(database)}"
    assert (await database.fetch(sql, (Colour.RED,)))[0][0] == 1


async def test_document_written_by_statement_is_read_by_the_model(database: Database) -> None:
    marks = ("?", "?") if database.dialect == "sqlite" else ("$1", "$2")
    row_id = uuid7()
    field = ValueSample._meta.fields_map["document"]
    await database.execute(
        f"INSERT INTO samples_value_sample (id, document) VALUES ({marks[0]}, {marks[1]})",
        (row_id, kind_of(field).stored(database.dialect, [1, {"a": "b"}])),
    )
    token = database.activate()
    assert (await ValueSample.get(id=row_id)).document == [1, {"a": "b"}]
    database.deactivate(token)


@pytest.mark.parametrize(
    ("name", "text", "value"),
    [
        ("reference", str(FULL["reference"]), FULL["reference"]),
        ("instant", "2026-02-28T23:59:59.000001Z", FULL["instant"]),
        ("day", "2026-02-28", FULL["day"]),
        ("exact", "1234567.50", FULL["exact"]),
        ("colour", "BLUE", FULL["colour"]),
        ("size", 2, FULL["size"]),
    ],
)
def test_text_from_a_client_binds_as_the_value_does(dialect: Any, name: str, text: Any, value: Any) -> None:
    field = ValueSample._meta.fields_map[name]
    assert kind_of(field).stored(dialect, text) == kind_of(field).stored(dialect, value)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("reference", "no id"),
        ("instant", datetime(2026, 1, 1)),  # noqa: DTZ001  # naive on purpose
        ("instant", "2026-01-01T00:00:00"),
        ("day", "yesterday"),
        ("colour", "GREEN"),
    ],
)
def test_value_that_no_row_could_have_is_a_value_error(dialect: Any, name: str, value: Any) -> None:
    with pytest.raises((TypeError, ValueError)):
        kind_of(ValueSample._meta.fields_map[name]).stored(dialect, value)


def test_text_longer_than_the_column_is_bound_as_it_is(dialect: Any) -> None:
    assert kind_of(ValueSample._meta.fields_map["short"]).stored(dialect, "x" * 99) == "x" * 99


@pytest.mark.parametrize(
    ("text", "instant"),
    [
        ("2026-07-29 11:32:30.361+00", datetime(2026, 7, 29, 11, 32, 30, 361_000, UTC)),
        ("2026-07-29 17:02:30+05:30", datetime(2026, 7, 29, 11, 32, 30, tzinfo=UTC)),
        ("1890-01-01 08:05:43+08:05:43", datetime(1890, 1, 1, tzinfo=UTC)),
        ("infinity", datetime.max.replace(tzinfo=UTC)),
        ("-infinity", datetime.min.replace(tzinfo=UTC)),
    ],
)
def test_instants_are_read_from_texts_of_postgresql(text: str, instant: datetime) -> None:
    found = instant_of_postgres(text)
    assert found == instant
    assert found.tzinfo is UTC


@pytest.mark.postgres
@pytest.mark.parametrize("zone", ["UTC", "Asia/Shanghai", "Asia/Kolkata", "America/St_Johns"])
async def test_an_instant_as_text_is_the_same_in_every_zone(database_url: str, zone: str) -> None:
    database = Database(database_url)
    try:
        async with database.transaction():
            await database.execute(f"SET LOCAL TimeZone = '{zone}'")
            sql = "SELECT now(), now()::text, 'infinity'::timestamptz::text, '-infinity'::timestamptz::text"
            (now, text, last, first), *_ = await database.fetch(sql)
    finally:
        await database.close()
    assert instant_of_postgres(text) == now
    assert (last, first) == ("infinity", "-infinity")
