"""Two who post the same at the same moment."""

from __future__ import annotations

import asyncio
from functools import partial

import pytest

from forecourt import ConflictRefusal, Money, Scope
from plugins.inventory.models.ledger import MovementLine, StockMovement
from plugins.inventory.models.vehicles import Warehouse
from plugins.inventory.services import items, ledger
from plugins.inventory.services.kinds import MovementKind, WarehouseKind
from plugins.inventory.services.ledger import Line
from tests.plugins.inventory.conftest import House, assert_closed
from tests.plugins.inventory.test_ledger import balance
from tests.waiting import until


async def test_ten_parallel_reversals_leave_one(house: House) -> None:
    await house.films(2)

    async def work(scope: Scope) -> None:
        movement = await StockMovement.filter(kind=MovementKind.RECEIPT, reverses_id=None).get()
        await ledger.reverse(scope, movement, "wrong")

    async def one() -> bool:
        try:
            await house.sample.run(work)
        except ConflictRefusal:
            return False
        return True

    assert sum(await asyncio.gather(*(one() for _ in range(10)))) == 1
    await assert_closed(house)


@pytest.mark.postgres  # SQLite lets one writer in at a time
async def test_second_reversal_is_refused_however_late_the_first_commits(house: House) -> None:
    await house.films(2)
    posted, may_commit = asyncio.Event(), asyncio.Event()

    async def reverse(scope: Scope) -> None:
        movement = await StockMovement.filter(kind=MovementKind.RECEIPT, reverses_id=None).get()
        await ledger.reverse(scope, movement, "wrong")

    async def first(scope: Scope) -> None:
        await reverse(scope)
        # Whoever has seen no reversal and goes on to the lines waits for the commit there.
        await scope._dealer.database.execute(f'LOCK TABLE "{MovementLine._meta.db_table}" IN ACCESS EXCLUSIVE MODE')
        posted.set()
        await may_commit.wait()

    async def second() -> None:
        await posted.wait()
        with pytest.raises(ConflictRefusal):
            await house.sample.run(reverse)

    async def release() -> None:
        await posted.wait()
        await until(partial(_somebody_waits, house))
        may_commit.set()

    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(house.sample.run(first))
        tasks.create_task(second())
        tasks.create_task(release())
    await assert_closed(house)


def _somebody_waits(house: House) -> bool:
    turns = house.sample.dealer.database.turns
    return turns is not None and turns.waiting > 0


async def test_cause_that_was_posted_before_is_refused(house: House) -> None:
    async def work(scope: Scope) -> None:
        line = Line(
            source=await ledger.virtual_place(scope, WarehouseKind.SUPPLIER, house.sample.store_id),
            target=await Warehouse.get(id=house.main),
            value=Money(100),
            item=await items.find(house.film),
        )
        await ledger.post(scope, MovementKind.RECEIPT, "note:1", [line], store_id=house.sample.store_id)

    await house.sample.run(work)
    with pytest.raises(ConflictRefusal):
        await house.sample.run(work)
    assert await balance(house, house.main, house.film) == (1000, 100)
