"""Background work on a disk that is full: it waits, quietly and with nothing given up, and goes on by itself."""

from __future__ import annotations

import asyncio
import logging
import secrets
from collections.abc import AsyncIterator

import pytest

from core.errors import StorageFullError
from core.events.dispatcher import Dispatcher
from core.events.retry import RetryPolicy
from core.ids import uuid7
from core.jobs.job import job
from core.jobs.models import JobState, ScheduledJob
from core.jobs.queue import enqueue
from core.jobs.runner import JobRunner
from core.jobs.worker import Pace, Worker
from core.scope import Scope, current
from core.write.models import AuditEntry, EventStream, InboxReceipt, ReceiptState
from core.write.pipeline import transact
from tests.core.write.dealership import SampleDealer, open_dealer
from tests.core.write.samples import Car, CarSold
from tests.small_disk import SmallDisk
from tests.waiting import until

QUICK = Pace(sweep_seconds=0.05, idle_seconds=0.5, seal_seconds=0.05)
LARGE = 2**17


@pytest.fixture
async def cramped(disk: SmallDisk) -> AsyncIterator[SampleDealer]:
    """A dealer whose database is on a small disk."""
    opened = await open_dealer(disk.url)
    await opened.database.create()
    token = opened.database.activate()
    await opened.database.create_tables()
    yield opened
    opened.database.deactivate(token)
    await opened.database.close()


async def grow(scope: Scope) -> None:
    database = scope._dealer.database
    mark = "?" if database.dialect == "sqlite" else "$1"
    await database.execute(f"INSERT INTO grown (text) VALUES ({mark})", [secrets.token_hex(LARGE)])


@job
async def write_much(scope: Scope) -> None:
    await grow(scope)


@job(attempts=1)
async def write_much_once(scope: Scope) -> None:
    await grow(scope)


async def heed(event: CarSold) -> None:
    await grow(current())


async def ask_for_everything(dealer: SampleDealer) -> None:
    async def work(scope: Scope) -> None:
        await Car(number="1").save()
        scope.publish(CarSold(car_id=uuid7()))
        scope.publish(CarSold(car_id=uuid7()))
        await enqueue(scope, write_much)
        await enqueue(scope, write_much_once)

    await transact(dealer.user(), "sell", work)


async def is_done() -> bool:
    jobs = {row.state for row in await ScheduledJob.all()}
    receipts = [row.state for row in await InboxReceipt.all()]
    sealed = not await AuditEntry.filter(seq__isnull=True).exists()
    return jobs == {JobState.DONE} and receipts == [ReceiptState.DONE] * 2 and sealed


async def test_background_work_waits_for_room_and_goes_on_by_itself(
    cramped: SampleDealer, disk: SmallDisk, caplog: pytest.LogCaptureFixture
) -> None:
    dealer = cramped
    dealer.handle(("a.one", CarSold, heed))
    dealer.schedule(jobs=[write_much, write_much_once])
    await dealer.database.execute("CREATE TABLE grown (text TEXT)")
    await ask_for_everything(dealer)
    disk.fill()
    caplog.set_level(logging.INFO)
    worker = Worker([dealer.dealer], pace=QUICK)
    await worker.start()
    try:
        await until(lambda: dealer.database.room.is_full)
        await asyncio.sleep(3)  # in which it would fail dozens of times
        assert not await ScheduledJob.filter(state=JobState.DEAD).exists()
        assert not await InboxReceipt.filter(state=ReceiptState.DEAD).exists()
        said = [record for record in caplog.records if record.levelno >= logging.WARNING]
        assert len(said) <= 8, [record.getMessage() for record in said]
        assert not [record for record in said if record.levelno >= logging.ERROR and "no room" not in record.message]
        assert await Car.all().count() == 1

        disk.make_room()
        await until(is_done)
        assert not dealer.database.room.is_full
    finally:
        await worker.stop(deadline_seconds=5)


async def test_job_that_fails_for_lack_of_room_is_never_given_up(dealer: SampleDealer) -> None:
    """Whatever is full, such as the folder of files while the database has room."""

    @job(attempts=2)
    async def keep_file(scope: Scope) -> None:
        raise StorageFullError("there is no room for files")

    dealer.schedule(jobs=[keep_file])
    runner = JobRunner(dealer.dealer)

    async def work(scope: Scope) -> None:
        await enqueue(scope, keep_file)

    await transact(dealer.user(), "ask", work)
    for _ in range(5):
        assert await runner.run_due() == 1
        await ScheduledJob.all().update(wake_at=dealer.clock.now())
    (row,) = await ScheduledJob.all()
    assert row.state is JobState.RETRY
    assert row.attempts == 1


async def test_event_whose_consumer_finds_no_room_is_never_given_up(dealer: SampleDealer) -> None:
    async def keep_file(event: CarSold) -> None:
        raise StorageFullError("there is no room for files")

    async def work(scope: Scope) -> None:
        scope.publish(CarSold(car_id=uuid7()))

    dealer.handle(("a.one", CarSold, keep_file))
    await transact(dealer.user(), "sell", work)
    dispatcher = Dispatcher(dealer.dealer, policy=RetryPolicy(attempts=3))
    for _ in range(6):
        await dispatcher.drain()
        await InboxReceipt.all().update(next_at=dealer.clock.now())
        await EventStream.all().update(due_at=dealer.clock.now())
    (receipt,) = await InboxReceipt.all()
    assert (receipt.state, receipt.attempts) == (ReceiptState.FAILING, 1)
