from __future__ import annotations

from collections.abc import Callable
from inspect import isawaitable
from typing import Any

import pytest
from tortoise.connection import get_connection
from tortoise.expressions import F
from tortoise.manager import Manager
from tortoise.models import Model as TortoiseModel
from tortoise.queryset import QuerySet
from tortoise.transactions import in_transaction

from core.data.errors import UnauditedWriteError
from core.scope import Scope
from core.write.models import AuditEntry
from core.write.pipeline import transact
from tests.core.write.dealership import SampleDealer
from tests.core.write.samples import Car, Tag

Verb = Callable[[Car], Any]


async def by_connection(sql: str) -> None:
    await get_connection("default").execute_query(sql)


async def in_own_transaction(sql: str) -> None:
    async with in_transaction() as connection:
        await connection.execute_script(sql)


REFUSED: dict[str, Verb] = {
    "model bulk_create": lambda car: Car.bulk_create([Car(number="2")]),
    "model bulk_update": lambda car: Car.bulk_update([car], ["state"]),
    "model get_or_create": lambda car: Car.get_or_create(number="2"),
    "model update_or_create": lambda car: Car.update_or_create(number="1", defaults={"state": "GONE"}),
    "model raw": lambda car: Car.raw("UPDATE samples_car SET state = 'GONE' RETURNING *"),
    "row delete": lambda car: car.delete(),
    "row clone": lambda car: car.clone(),
    "row save as tortoise does": lambda car: TortoiseModel.save(car, force_update=True),
    "query update": lambda car: Car.all().update(state="GONE"),
    "query update by itself": lambda car: Car.filter(number="1").update(version=F("version") + 1),
    "query delete": lambda car: Car.filter(number="1").delete(),
    "query bulk_create": lambda car: Car.all().bulk_create([Car(number="2")]),
    "query bulk_update": lambda car: Car.all().bulk_update([car], ["state"]),
    "query raw": lambda car: Car.all().raw("DELETE FROM samples_car"),
    "manager update": lambda car: Car._meta.manager.update(state="GONE"),
    "manager delete": lambda car: Car._meta.manager.delete(),
    "another manager update": lambda car: Manager(Car).update(state="GONE"),
    "another query set's update": lambda car: QuerySet(Car).update(state="GONE"),
    "another query set's delete": lambda car: QuerySet(Car).filter(number="1").delete(),
    "another query set's bulk_create": lambda car: QuerySet(Car).bulk_create([Car(number="2")]),
    "another query set's bulk_update": lambda car: QuerySet(Car).bulk_update([car], ["state"]),
    "another query set's raw": lambda car: QuerySet(Car).raw("UPDATE samples_car SET state = 'GONE'"),
    "relation add": lambda car: car.tags.add(Tag.construct(_saved_in_db=True)),
    "relation remove": lambda car: car.tags.remove(Tag(id=car.id)),
    "relation clear": lambda car: car.tags.clear(),
    "connection": lambda car: by_connection("DELETE FROM samples_car"),
    "connection with a schema": lambda car: by_connection('  update main."samples_car" set state = 1'),
    "connection with": lambda car: by_connection("WITH a AS (SELECT 1) INSERT INTO samples_car (id) SELECT 'x'"),
    "connection's script": lambda car: in_own_transaction("SELECT 1; TRUNCATE TABLE samples_car"),
}


@pytest.mark.parametrize("verb", REFUSED)
async def test_a_verb_that_would_write_past_the_audit_is_refused(dealer: SampleDealer, verb: str) -> None:
    async def work(scope: Scope) -> tuple[Car, Tag]:
        car, tag = Car(number="1"), Tag()
        await car.save()
        await tag.save()
        return car, tag

    async def refused(scope: Scope) -> None:
        # A refused statement of SQLite's or PostgreSQL's own would be another error.
        with pytest.raises(UnauditedWriteError, match=r"save|archive"):
            answer = REFUSED[verb](car)
            if isawaitable(answer):
                await answer

    car, _ = await transact(dealer.user(), "begin", work)
    car_before = dict((await Car.all().values())[0])
    await transact(dealer.user(), "verb", refused)

    assert await Car.all().values() == [car_before]
    assert await AuditEntry.all().count() == 2


AUDITED: dict[str, Verb] = {
    "model create": lambda car: Car.create(number="2"),
    "row save": lambda car: car.update_from_dict({"state": "SOLD"}).save(),
    "row save of some columns": lambda car: car.update_from_dict({"state": "SOLD"}).save(update_fields=["state"]),
    "row save, forced": lambda car: car.update_from_dict({"state": "SOLD"}).save(force_update=True),
    "row save by a connection": lambda car: car.update_from_dict({"state": "SOLD"}).save(get_connection("default")),
    "row archive": lambda car: car.archive(),
    "row change_where": lambda car: car.change_where(where={"state": "FREE"}, state="SOLD"),
}


@pytest.mark.parametrize("verb", AUDITED)
async def test_a_verb_that_writes_is_audited(dealer: SampleDealer, verb: str) -> None:
    async def begin(scope: Scope) -> Car:
        car = Car(number="1")
        await car.save()
        return car

    car = await transact(dealer.user(), "begin", begin)

    await transact(dealer.user(), "verb", lambda _: AUDITED[verb](car))

    entry = await AuditEntry.get(command="verb")
    row = await Car.get(id=entry.row_id)
    assert entry.version == row.version == (1 if "create" in verb else 2)


async def test_reading_verbs_work(dealer: SampleDealer) -> None:
    async def work(scope: Scope) -> Car:
        car = Car(number="1")
        await car.save()
        return car

    car = await transact(dealer.user(), "begin", work)

    assert await Car.in_bulk([car.id], "id") == {car.id: car}
    assert await Car.exists(number="1")
    assert await Car.get_or_none(number="2") is None
    assert await Car.all().count() == 1
    assert await Car.filter(number="1").values("number") == [{"number": "1"}]
    assert await Car.all().union(Car.filter(number="2")) == [car]
    assert await car.tags.all() == []
    await car.refresh_from_db()
    await car.fetch_related("tags")
