"""Many who want the same row: they wait without keeping from others what these need, and each has its turn."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from functools import partial
from itertools import count
from uuid import UUID

import pytest

from core.data.database import DatabaseTimeoutError
from core.data.lock_queues import HeldLocks, LockQueues, LockTakenError
from core.data.locking import take_turn
from core.errors import ConflictRefusal, ValidationRefusal
from core.scope import Scope
from core.write.models import AuditEntry
from core.write.pipeline import CommandCall, Done, run_command, transact
from tests.core.write.dealership import SampleDealer, open_dealer
from tests.core.write.samples import Car
from tests.core.write.test_pipeline import make_car
from tests.waiting import HANGS_SECONDS, until

MANY = 30
NUMBERS = count()
Lock = Callable[[UUID], Awaitable[object]]


async def by_id(car_id: UUID) -> object:
    return await Car.filter(id=car_id).select_for_update().get()


async def by_number(car_id: UUID) -> object:
    return await Car.filter(number="1", state__in=["FREE", "HELD"]).order_by("-id").select_for_update().first()


async def by_key(car_id: UUID) -> object:
    await take_turn(("samples_car", "anything"))
    return await by_id(car_id)


async def late(car_id: UUID) -> object:
    """Lock it when the transaction has begun already, so that waiting there would keep a connection."""
    await Car(number=f"beside {next(NUMBERS)}").save()
    await Car.all().count()
    return await by_id(car_id)


async def others_go_on(dealer: SampleDealer, other: UUID) -> None:
    """Read, and change another row."""

    async def change(scope: Scope) -> None:
        car = await Car.get(id=other)
        car.state = f"{car.state}x"[:20]
        await car.save()

    async with asyncio.timeout(HANGS_SECONDS / 12):  # below the time after which a connection is given up
        assert await Car.filter(id=other).count() == 1
        await transact(dealer.user("user:wang"), "change", change)


@pytest.mark.postgres  # SQLite lets one writer in at a time, and readers have connections of their own
@pytest.mark.parametrize("lock", [by_id, by_number, by_key, late])
async def test_who_waits_for_one_row_keeps_no_connection_from_others(dealer: SampleDealer, lock: Lock) -> None:
    car, other = await make_car(dealer), await make_car(dealer, number="2")
    held, may_end = asyncio.Event(), asyncio.Event()
    entered = 0

    async def work(scope: Scope, *, first: bool = False) -> None:
        nonlocal entered
        entered += 1
        await lock(car.id)
        if first:
            held.set()
            await may_end.wait()

    holder = asyncio.create_task(transact(dealer.user(), "hold", partial(work, first=True)))
    await held.wait()
    waiting = [asyncio.create_task(transact(dealer.user(), "wait", work)) for _ in range(MANY)]
    await until(lambda: entered > MANY)
    await others_go_on(dealer, other.id)
    may_end.set()
    await asyncio.gather(holder, *waiting)


@pytest.mark.postgres  # as above
async def test_reads_go_on_though_writers_wait_where_nobody_foresaw_it(dealer: SampleDealer) -> None:
    car = await make_car(dealer)
    held, may_end = asyncio.Event(), asyncio.Event()

    async def change(scope: Scope) -> None:
        await scope._dealer.database.execute('UPDATE "samples_car" SET "state" = $1 WHERE "id" = $2', ["X", car.id])

    async def hold(scope: Scope) -> None:
        await change(scope)
        held.set()
        await may_end.wait()

    holder = asyncio.create_task(transact(dealer.user(), "hold", hold))
    await held.wait()
    waiting = [asyncio.create_task(transact(dealer.user(), "wait", change)) for _ in range(MANY)]
    await asyncio.sleep(0.05)
    async with asyncio.timeout(HANGS_SECONDS / 12):
        assert await Car.all().count() == 1
    may_end.set()
    await asyncio.gather(holder, *waiting)


@pytest.fixture
async def second(dealer: SampleDealer, kept_database_url: str) -> AsyncIterator[SampleDealer]:
    """The same dealer in another process, as far as the database can tell."""
    opened = await open_dealer(kept_database_url)
    yield opened
    await opened.database.close()


async def updates(dealer: SampleDealer, car_id: UUID, how: Callable[[Scope, Car], Awaitable[None]]) -> list[object]:
    """Run twenty commands on one car at once."""

    async def work(scope: Scope) -> Car:
        await take_turn(("samples_car", car_id))
        car = await Car.get(id=car_id)
        await how(scope, car)
        return car

    token = dealer.database.activate()
    try:
        calls = [run_command(dealer.user(), CommandCall("change", {}), work) for _ in range(20)]
        return list(await asyncio.gather(*calls))
    finally:
        dealer.database.deactivate(token)


async def saved(scope: Scope, car: Car) -> None:
    car.number = str(int(car.number) + 1)
    await car.save()


async def guarded(scope: Scope, car: Car) -> None:
    number = car.number
    if not await car.change_where(where={"number": number}, number=str(int(number) + 1)):
        raise ConflictRefusal("somebody else was faster", row=car)


@pytest.mark.parametrize("how", [saved, guarded])
async def test_parallel_changes_of_one_row_all_succeed_in_two_processes(
    dealer: SampleDealer, second: SampleDealer, how: Callable[[Scope, Car], Awaitable[None]]
) -> None:
    car = await make_car(dealer)

    outcomes = await asyncio.gather(updates(dealer, car.id, how), updates(second, car.id, how))

    assert all(isinstance(outcome, Done) for one in outcomes for outcome in one)
    found = await Car.get(id=car.id)
    assert (found.number, found.version) == ("41", 41)
    assert sorted(entry.version for entry in await AuditEntry.filter(row_id=car.id)) == list(range(1, 42))


async def test_of_parallel_changes_of_the_version_seen_one_succeeds(dealer: SampleDealer, second: SampleDealer) -> None:
    car = await make_car(dealer)

    async def expecting(scope: Scope, row: Car) -> None:
        row.expect_version(1)
        await saved(scope, row)

    outcomes = await asyncio.gather(updates(dealer, car.id, expecting), updates(second, car.id, expecting))

    assert sum(isinstance(outcome, Done) for one in outcomes for outcome in one) == 1
    assert (await Car.get(id=car.id)).version == 2


async def test_many_rows_in_changing_order_are_all_changed(dealer: SampleDealer, second: SampleDealer) -> None:
    cars = [await make_car(dealer, number=str(number * 1000)) for number in range(1, 6)]

    async def work(place: int, scope: Scope) -> None:
        for step in range(len(cars)):
            await saved(scope, await Car.get(id=cars[(place + step) % len(cars)].id))

    async def of(one: SampleDealer) -> None:
        one.database.activate()
        await asyncio.gather(*(transact(one.user(), "change", partial(work, place)) for place in range(5)))

    await asyncio.gather(asyncio.create_task(of(dealer)), asyncio.create_task(of(second)))

    assert [row.version for row in await Car.all()] == [11] * 5


async def test_refusal_of_a_repeated_attempt_is_the_answer(dealer: SampleDealer) -> None:
    car = await make_car(dealer)
    runs = 0

    async def work(scope: Scope) -> None:
        nonlocal runs
        runs += 1
        await saved(scope, await Car.get(id=car.id))
        raise ValidationRefusal("no")

    with pytest.raises(ValidationRefusal):
        await transact(dealer.user(), "change", work)

    assert runs == 1


async def test_turn_that_was_missed_is_not_committed_without_whoever_catches_it(dealer: SampleDealer) -> None:
    if dealer.database.turns is None:
        pytest.skip("SQLite's transactions wait before they begin")
    car = await make_car(dealer)
    may_end, caught = asyncio.Event(), 0

    async def hold(scope: Scope) -> None:
        await take_turn(("samples_car", car.id))
        await may_end.wait()

    async def careless(scope: Scope) -> None:
        nonlocal caught
        await Car(number="beside").save()
        await Car.all().count()
        try:
            await by_id(car.id)
        except LockTakenError:
            caught += 1
            may_end.set()

    holder = asyncio.create_task(transact(dealer.user(), "hold", hold))
    await asyncio.sleep(0)
    await asyncio.gather(holder, transact(dealer.user(), "careless", careless))

    assert caught == 1
    assert await Car.filter(number="beside").count() == 1


async def test_turns_come_in_order_and_a_cancelled_one_is_passed_on() -> None:
    turns = LockQueues(HANGS_SECONDS)
    key = ("table", "row")
    order: list[int] = []
    assert turns.take_free(key)

    async def one(number: int) -> None:
        await turns.take(key)
        order.append(number)
        turns.give_back(key)

    tasks = [asyncio.create_task(one(number)) for number in range(4)]
    await asyncio.sleep(0)
    turns.give_back(key)
    tasks[0].cancel()  # the moment after it got its turn
    tasks[2].cancel()
    await asyncio.wait(tasks)

    assert order == [1, 3]
    assert turns.take_free(key)


async def test_turn_that_does_not_come_is_a_timeout() -> None:
    turns = LockQueues(0.01)
    assert turns.take_free(("table", "row"))

    with pytest.raises(DatabaseTimeoutError, match="others kept a row of table"):
        await turns.take(("table", "row"))


async def test_units_that_wait_in_a_circle_begin_anew() -> None:
    turns = LockQueues(HANGS_SECONDS)
    first, second = HeldLocks(turns), HeldLocks(turns)
    a, b = ("table", "a"), ("table", "b")
    await first.take(a, may_wait=True)
    await second.take(b, may_wait=True)
    with pytest.raises(LockTakenError):
        await first.take(b, may_wait=True)
    with pytest.raises(LockTakenError):
        await second.take(a, may_wait=True)

    async def again(turn: HeldLocks) -> None:
        await turn.again()
        for key in (a, b):
            await turn.take(key, may_wait=False)
        turn.give_back()

    await asyncio.gather(again(first), again(second))

    assert turns.take_free(a)
    assert turns.take_free(b)
