from __future__ import annotations

import asyncio
import secrets
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from taskiq import AsyncBroker, BrokerMessage, InMemoryBroker

from core.ids import uuid7
from core.jobs.carried import TASK
from core.jobs.job import job
from core.jobs.models import JobState, ScheduledJob
from core.jobs.queue import enqueue
from core.jobs.runner import JobRunner
from core.jobs.worker import Pace, Worker
from core.scope import Scope, current
from core.write.models import AuditEntry, InboxReceipt, OutboxEvent
from core.write.pipeline import transact
from tests.core.write.dealership import SampleDealer
from tests.core.write.samples import Car, CarSold
from tests.waiting import HANGS_SECONDS, until

# Nothing is found by sweeping within a test, unless the test says so.
CALLED_ONLY = Pace(sweep_seconds=60, idle_seconds=60, seal_seconds=0.05)


@job
async def make_car(scope: Scope) -> None:
    await Car(number=secrets.token_hex(4)).save()


async def sell(dealer: SampleDealer) -> None:
    async def work(scope: Scope) -> None:
        scope.publish(CarSold(car_id=uuid7()))

    await transact(dealer.user(), "sell", work)


async def ask(dealer: SampleDealer, declared: Any, **options: Any) -> None:
    async def work(scope: Scope) -> None:
        await enqueue(scope, declared, **options)

    await transact(dealer.user(), "ask", work)


@pytest.fixture
async def serve() -> AsyncIterator[Callable[..., Awaitable[Worker]]]:
    workers: list[Worker] = []

    async def start(*dealers: SampleDealer, pace: Pace = CALLED_ONLY, broker: AsyncBroker | None = None) -> Worker:
        worker = Worker([dealer.dealer for dealer in dealers], broker=broker, pace=pace)
        workers.append(worker)
        await worker.start()
        return worker

    yield start
    for worker in workers:
        await worker.stop(deadline_seconds=1)


Serve = Callable[..., Awaitable[Worker]]


async def test_commit_wakes_the_dispatcher(dealer: SampleDealer, serve: Serve) -> None:
    handled = asyncio.Event()

    async def handler(event: CarSold) -> None:
        handled.set()

    dealer.handle(("a.one", CarSold, handler))
    await serve(dealer)
    await asyncio.sleep(0.05)
    await sell(dealer)

    async with asyncio.timeout(HANGS_SECONDS):
        await handled.wait()
    await until(OutboxEvent.filter(dispatched_at__isnull=False).exists)


async def test_start_finds_what_a_killed_process_has_left(dealer: SampleDealer, serve: Serve) -> None:
    async def handler(event: CarSold) -> None: ...

    dealer.handle(("a.one", CarSold, handler))
    dealer.schedule(jobs=[make_car])
    await sell(dealer)
    await ask(dealer, make_car)

    await serve(dealer)

    await until(InboxReceipt.all().exists)
    await until(ScheduledJob.filter(state=JobState.DONE).exists)


async def test_sweep_finds_what_another_process_has_written(dealer: SampleDealer, serve: Serve) -> None:
    async def handler(event: CarSold) -> None: ...

    dealer.handle(("a.one", CarSold, handler))
    await serve(dealer, pace=Pace(sweep_seconds=0.05, idle_seconds=0.1))
    await asyncio.sleep(0.1)
    # Another process rings a bell of its own.
    other = SampleDealer(dealer.database, kernel=dealer.kernel)
    await sell(other)

    await until(InboxReceipt.all().exists)


async def test_queued_and_due_jobs_run(dealer: SampleDealer, serve: Serve) -> None:
    dealer.schedule(make_car.every(seconds=1), jobs=[make_car])
    await serve(dealer)
    await ask(dealer, make_car)
    await ask(dealer, make_car, run_at=datetime.now(UTC) + timedelta(seconds=0.3))

    async def three() -> bool:
        return await Car.all().count() >= 3

    await until(three)
    assert await ScheduledJob.filter(state=JobState.DEAD).count() == 0


async def test_due_jobs_run_where_a_broker_carries_them(dealer: SampleDealer, serve: Serve) -> None:
    dealer.schedule(jobs=[make_car])
    carried: list[str] = []

    class Broker(InMemoryBroker):
        async def kick(self, message: BrokerMessage) -> None:
            carried.append(message.task_name)
            await super().kick(message)

    await serve(dealer, broker=Broker(max_stored_results=1))
    await ask(dealer, make_car)

    await until(ScheduledJob.filter(state=JobState.DONE).exists)
    assert await Car.all().count() == 1
    assert carried == [TASK]


async def test_job_that_fails_outside_of_its_run_is_logged_without_its_text(
    dealer: SampleDealer, serve: Serve, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    async def fail(*_: object) -> None:
        raise RuntimeError("Zhang San, 13800138000")

    monkeypatch.setattr(JobRunner, "run", fail)
    dealer.schedule(jobs=[make_car])
    await serve(dealer)
    await ask(dealer, make_car)

    async def logged() -> bool:
        return "a job of" in caplog.text

    await until(logged)
    assert "Zhang" not in caplog.text


async def test_many_jobs_run_once_each_with_two_workers(dealer: SampleDealer, serve: Serve) -> None:
    dealer.schedule(jobs=[make_car])
    for _ in range(30):
        await ask(dealer, make_car)
    other = SampleDealer(dealer.database, kernel=dealer.kernel)

    await serve(dealer)
    await serve(other)

    async def all_done() -> bool:
        return await ScheduledJob.filter(state=JobState.DONE).count() == 30

    await until(all_done)
    assert await Car.all().count() == 30


async def test_entries_are_sealed_within_five_seconds(dealer: SampleDealer, serve: Serve) -> None:
    await serve(dealer, pace=Pace())
    dealer.schedule(jobs=[make_car])
    await ask(dealer, make_car)

    await until(AuditEntry.filter(seq=1).exists)


async def test_stop_waits_for_what_is_under_way(dealer: SampleDealer, serve: Serve) -> None:
    entered = asyncio.Event()

    @job
    async def slow(scope: Scope) -> None:
        await Car(number="1").save()
        entered.set()
        await asyncio.sleep(0.2)

    dealer.schedule(jobs=[slow])
    await ask(dealer, slow)
    worker = await serve(dealer)
    await entered.wait()

    await worker.stop(deadline_seconds=5)

    assert await Car.all().count() == 1
    assert (await ScheduledJob.get()).state is JobState.DONE


async def test_stop_rolls_back_what_is_late(dealer: SampleDealer, serve: Serve) -> None:
    entered: list[str] = []

    async def slow_handler(event: CarSold) -> None:
        await Car(number="h").save()
        entered.append("handler")
        await asyncio.sleep(10 * HANGS_SECONDS)

    @job
    async def slow_job(scope: Scope) -> None:
        await Car(number="j").save()
        entered.append("job")
        await asyncio.sleep(10 * HANGS_SECONDS)

    dealer.handle(("a.slow", CarSold, slow_handler))
    dealer.schedule(jobs=[slow_job])
    await sell(dealer)
    await ask(dealer, slow_job)
    worker = await serve(dealer)

    async def one_entered() -> bool:
        return bool(entered)

    await until(one_entered)
    async with asyncio.timeout(HANGS_SECONDS):
        await worker.stop(deadline_seconds=0.1)

    assert await Car.all().count() == 0
    assert await InboxReceipt.all().count() == 0


async def test_dealers_are_served_apart_and_come_and_go(
    dealer: SampleDealer, serve: Serve, second: SampleDealer
) -> None:
    seen: list[str] = []

    async def handler(event: CarSold) -> None:
        seen.append(current()._dealer.name)

    for one in (dealer, second):
        one.handle(("a.one", CarSold, handler))
    worker = await serve(dealer)
    worker.add(second.dealer)
    with pytest.raises(ValueError, match="served already"):
        worker.add(second.dealer)
    token = second.database.activate()
    await sell(second)
    second.database.deactivate(token)

    async def heard() -> bool:
        return bool(seen)

    await until(heard)
    assert seen == ["second"]

    await worker.remove("second")
    await sell(second)
    await asyncio.sleep(0.1)
    assert seen == ["second"]


async def test_worker_that_stops_sends_no_more_jobs(
    dealer: SampleDealer, serve: Serve, caplog: pytest.LogCaptureFixture
) -> None:
    class SlowBroker(InMemoryBroker):
        async def kick(self, message: BrokerMessage) -> None:
            await asyncio.sleep(0.01)
            await super().kick(message)
            sent.append(message)

    sent: list[BrokerMessage] = []
    dealer.schedule(jobs=[make_car])
    for _ in range(20):
        await ask(dealer, make_car)
    caplog.set_level("INFO", "forecourt")
    worker = await serve(dealer, broker=SlowBroker(await_inplace=True))
    await until(lambda: len(sent) > 2)
    await worker.stop(deadline_seconds=HANGS_SECONDS)

    assert len(sent) < 20
    assert "doesn't serve it" not in caplog.text


async def test_removal_that_is_cancelled_is_brought_to_its_end_by_the_stop(dealer: SampleDealer, serve: Serve) -> None:
    begun, may_end, ended = asyncio.Event(), asyncio.Event(), asyncio.Event()

    async def handler(event: CarSold) -> None:
        begun.set()
        await may_end.wait()
        ended.set()

    dealer.handle(("a.one", CarSold, handler))
    worker = await serve(dealer)
    await sell(dealer)
    async with asyncio.timeout(HANGS_SECONDS):
        await begun.wait()
    removing = asyncio.create_task(worker.remove(dealer.name))
    await asyncio.sleep(0)
    removing.cancel()
    await asyncio.gather(removing, return_exceptions=True)
    asyncio.get_running_loop().call_later(0.05, may_end.set)
    await worker.stop(deadline_seconds=HANGS_SECONDS)

    assert ended.is_set()
