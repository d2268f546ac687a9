from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any
from uuid import UUID

import pytest
from tortoise.exceptions import ConfigurationError, IntegrityError

from core.data.database import Database
from core.data.indexes import IndexWhere, UniqueWhere
from core.migrations.compare import differences, read_schema
from core.migrations.fresh import wanted_schema
from core.migrations.state import MigratedModule
from tests.core.data import indexed
from tests.core.data.indexed import Car, Hold, Reservation

SQL = [
    ({"state": "A"}, "\"state\" = 'A'", None),
    ({"state": Hold.HELD}, "\"state\" = 'HELD'", None),
    ({"state": ["b", "a"]}, "\"state\" IN ('a', 'b')", None),
    ({"state__not": ["b", "a"]}, "\"state\" NOT IN ('a', 'b')", None),
    ({"state__not": 3}, '"state" <> 3', None),
    ({"state": None, "car": None}, '"state" IS NULL AND "car_id" IS NULL', None),
    ({"state__not": None}, '"state" IS NOT NULL', None),
    ({"state__isnull": False}, '"state" IS NOT NULL', None),
    ({"state": "O'Neill"}, "\"state\" = 'O''Neill'", None),
    ({"live": True, "dead": False}, '"live" = 1 AND "dead" = 0', '"live" = TRUE AND "dead" = FALSE'),
    ({"row": UUID(int=1)}, "\"row\" = '00000000-0000-0000-0000-000000000001'", None),
]


@pytest.mark.once
@pytest.mark.parametrize(("condition", "sqlite", "postgres"), SQL)
def test_condition_in_sql(condition: dict[str, Any], sqlite: str, postgres: str | None) -> None:
    index = IndexWhere(fields=("car",), condition=condition, name="some")
    assert index.condition_sql("sqlite", {"car": "car_id"}) == sqlite
    assert index.condition_sql("postgres", {"car": "car_id"}) == (postgres or sqlite)


@pytest.mark.once
@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"condition": {"a": 1}, "name": "Upper"}, "must be lower case"),
        ({"condition": {"a": 1}, "name": "x" * 61}, "at most 60"),
        ({"condition": {}, "name": "some"}, "has no condition"),
    ],
)
def test_bad_declaration_is_refused(arguments: dict[str, Any], message: str) -> None:
    with pytest.raises(ConfigurationError, match=message):
        UniqueWhere(fields=("a",), **arguments)


@pytest.mark.once
def test_unknown_operator_is_refused() -> None:
    index = UniqueWhere(fields=("a",), condition={"a__gt": 1}, name="some")
    with pytest.raises(ConfigurationError, match="a__not, a__isnull"):
        index.condition_sql("sqlite", {})


@pytest.fixture
async def database(database_url: str) -> AsyncIterator[Database]:
    database = Database(database_url)
    await database.create()
    await database.open({"indexed": [indexed]})
    await database.create_tables()
    token = database.activate()
    yield database
    database.deactivate(token)
    await database.close()


async def test_rule_holds_for_the_rows_that_meet_the_condition_only(database: Database) -> None:
    car = await Car.create(plate="A 1")
    first = await Reservation.create(car=car, state=Hold.HELD, note="1")
    await Reservation.create(car=car, state=Hold.GONE, note="2")
    await Reservation.create(car=car, state=Hold.HELD, note="3", archived=True)
    with pytest.raises(IntegrityError):
        await Reservation.create(car=car, state=Hold.PAID, note="4")
    first.state = Hold.GONE
    await first.save()
    await Reservation.create(car=car, state=Hold.PAID, note="4")


async def test_tables_that_tortoise_makes_are_those_of_migrations(database: Database) -> None:
    modules = [MigratedModule("indexed", [indexed], "tests.none")]
    assert differences(await read_schema(database), await wanted_schema(database, modules)) == []
