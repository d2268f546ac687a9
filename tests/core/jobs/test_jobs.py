from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest

from core.clock import FixedClock
from core.errors import ValidationRefusal
from core.ids import uuid7
from core.jobs import housekeeping
from core.jobs.job import job
from core.jobs.models import JobState, ScheduledJob
from core.jobs.queue import enqueue
from core.jobs.runner import JobRunner
from core.money import Money
from core.people.models import Group, Store
from core.scope import Scope, current
from core.write.bell import Topic
from core.write.models import AuditEntry, IdempotencyRecord
from core.write.pipeline import CommandCall, run_command, transact
from tests.core.write.dealership import SampleDealer
from tests.core.write.samples import Car
from tests.waiting import until

# 08:00 in Shanghai
START = datetime(2026, 11, 21, tzinfo=UTC)
DUE = START + timedelta(minutes=30)


@job(attempts=3)
async def make_car(scope: Scope, number: str = "") -> None:
    await Car(number=number or scope.now().isoformat()[:19]).save()


@job(attempts=2)
async def fail(scope: Scope) -> None:
    await Car(number="never").save()
    raise ValidationRefusal("not today")


@pytest.fixture(autouse=True)
def clock(dealer: SampleDealer) -> FixedClock:
    dealer.clock = clock = FixedClock(START)
    return clock


def runner(dealer: SampleDealer, **options: Any) -> JobRunner:
    return JobRunner(dealer.dealer, **options)


async def cars() -> int:
    return await Car.all().count()


async def put(dealer: SampleDealer, *args: Any, **options: Any) -> bool:
    async def work(scope: Scope) -> bool:
        return await enqueue(scope, *args, **options)

    return await transact(dealer.user(), "ask", work)


async def test_due_time_runs_once_with_five_parallel_workers(dealer: SampleDealer, clock: FixedClock) -> None:
    dealer.schedule(make_car.daily(at="08:30"))
    workers = [runner(dealer) for _ in range(5)]
    await asyncio.gather(*(worker.plan() for worker in workers))
    assert [row.run_at for row in await ScheduledJob.all()] == [DUE]

    clock.at = DUE
    counts = await asyncio.gather(*(worker.run_due() for worker in workers))

    assert sum(counts) == 1
    assert await cars() == 1
    assert (await AuditEntry.get()).actor == "job:samples.make_car"
    assert [row.run_at for row in await ScheduledJob.filter(state=JobState.PENDING)] == [DUE + timedelta(days=1)]


async def test_job_is_not_run_before_its_time(dealer: SampleDealer, clock: FixedClock) -> None:
    dealer.schedule(make_car.daily(at="08:30"))
    await runner(dealer).plan()
    clock.at = DUE - timedelta(seconds=1)

    assert await runner(dealer).run_due() == 0
    assert await runner(dealer).next_due() == DUE


async def test_due_times_missed_during_a_stop_are_made_up_for_by_one_run(
    dealer: SampleDealer, clock: FixedClock
) -> None:
    dealer.schedule(make_car.daily(at="08:30"))
    await runner(dealer).plan()

    clock.at = DUE + timedelta(days=3, hours=2)
    assert await runner(dealer).run_due() == 1
    assert await runner(dealer).run_due() == 0
    clock.at = DUE + timedelta(days=4)
    assert await runner(dealer).run_due() == 1

    assert await cars() == 2


async def test_new_schedule_begins_with_its_next_due_time(dealer: SampleDealer, clock: FixedClock) -> None:
    clock.at = DUE + timedelta(minutes=1)
    dealer.schedule(make_car.daily(at="08:30"))

    assert await runner(dealer).run_due() == 0
    assert (await ScheduledJob.get()).run_at == DUE + timedelta(days=1)


async def test_changed_schedule_drops_the_old_due_time(dealer: SampleDealer, clock: FixedClock) -> None:
    dealer.schedule(make_car.daily(at="08:30"))
    await runner(dealer).plan()
    dealer.schedule(make_car.daily(at="09:00"))
    await runner(dealer).plan()

    assert [row.run_at for row in await ScheduledJob.all()] == [START + timedelta(hours=1)]


async def test_schedule_per_store_follows_the_store_s_zone(dealer: SampleDealer, clock: FixedClock) -> None:
    seen: list[tuple[UUID | None, date]] = []

    @job
    async def look(scope: Scope) -> None:
        seen.append((scope.caller.store_id, scope.today()))

    async def open_stores(scope: Scope) -> list[Store]:
        group = Group(name="G")
        await group.save()
        zones = {"a": "Asia/Shanghai", "b": "Europe/Berlin"}
        stores = [Store(group_id=group.id, code=code, name=code, zone=zone) for code, zone in zones.items()]
        for store in stores:
            await store.save()
        return stores

    shanghai, berlin = await transact(dealer.user(), "open", open_stores)
    dealer.zones |= {shanghai.id: "Asia/Shanghai", berlin.id: "Europe/Berlin"}
    dealer.schedule(look.daily(at="08:30", per_store=True))
    await runner(dealer).plan()
    due = {row.store_id: row.run_at for row in await ScheduledJob.all()}
    assert due == {shanghai.id: DUE, berlin.id: datetime(2026, 11, 21, 7, 30, tzinfo=UTC)}

    clock.at = datetime(2026, 11, 21, 16, tzinfo=UTC)
    await runner(dealer).run_due()
    assert seen == [(shanghai.id, date(2026, 11, 22)), (berlin.id, date(2026, 11, 21))]


async def test_failing_job_is_tried_again_and_then_given_up(dealer: SampleDealer, clock: FixedClock) -> None:
    dealer.schedule(jobs=[fail])
    await put(dealer, fail)
    await runner(dealer).run_due()
    row = await ScheduledJob.get()
    assert (row.state, row.attempts) == (JobState.RETRY, 1)
    assert row.wake_at is not None
    assert row.wake_at > clock.at

    clock.at = row.wake_at
    await runner(dealer).run_due()

    row = await ScheduledJob.get()
    assert (row.state, row.attempts, row.wake_at) == (JobState.DEAD, 2, None)
    assert row.last_error.endswith("not today")
    assert await cars() == 0
    assert await AuditEntry.all().count() == 0


async def test_dead_run_doesn_t_stop_the_next_due_time(dealer: SampleDealer, clock: FixedClock) -> None:
    dealer.schedule(fail.daily(at="08:30"))
    await runner(dealer).plan()
    for _ in range(2):
        clock.at += timedelta(hours=1)
        await runner(dealer).run_due()
    assert await ScheduledJob.filter(state=JobState.DEAD).count() == 1

    clock.at = DUE + timedelta(days=1)
    assert await runner(dealer).run_due() == 1


async def test_queued_job_gets_its_arguments_as_they_were(dealer: SampleDealer) -> None:
    got: list[dict[str, Any]] = []

    @job
    async def note(scope: Scope, **arguments: Any) -> None:
        got.append(arguments)

    dealer.schedule(jobs=[note])
    arguments = {
        "row": uuid7(), "on": date(2026, 11, 21), "at": START, "price": Money(5), "names": ["王", "Li"], "none": None
    }  # fmt: skip
    await put(dealer, note, arguments)

    assert await runner(dealer).run_due() == 1
    assert got == [arguments]


async def test_job_of_a_rolled_back_transaction_is_not_queued(dealer: SampleDealer) -> None:
    rung: list[Topic] = []
    dealer.bell.listen(rung.append)
    dealer.schedule(jobs=[make_car])

    async def work(scope: Scope) -> None:
        await enqueue(scope, make_car)
        raise ValidationRefusal("no")

    with pytest.raises(ValidationRefusal):
        await transact(dealer.user(), "ask", work)
    assert await ScheduledJob.all().count() == 0
    assert rung == []

    await put(dealer, make_car)
    assert rung == [Topic.JOBS]


async def test_job_with_a_known_key_is_queued_once(dealer: SampleDealer) -> None:
    dealer.schedule(jobs=[make_car])

    added = await asyncio.gather(*(put(dealer, make_car, dedupe_key="car-7") for _ in range(5)))
    await runner(dealer).run_due()

    assert sum(added) == 1
    assert not await put(dealer, make_car, dedupe_key="car-7")
    assert await cars() == 1


async def test_job_waits_for_its_instant(dealer: SampleDealer, clock: FixedClock) -> None:
    dealer.schedule(jobs=[make_car])
    await put(dealer, make_car, run_at=DUE)

    assert await runner(dealer).run_due() == 0
    clock.at = DUE
    assert await runner(dealer).run_due() == 1


async def test_job_of_a_module_that_is_off_waits_until_it_is_on(dealer: SampleDealer) -> None:
    dealer.schedule(jobs=[make_car])
    await put(dealer, make_car)
    dealer.schedule()
    assert await runner(dealer).run_due() == 0
    assert await runner(dealer).next_due() is None

    dealer.schedule(jobs=[make_car])
    assert await runner(dealer).run_due() == 1


async def test_job_of_a_killed_worker_is_run_again_after_its_lease(dealer: SampleDealer, clock: FixedClock) -> None:
    dealer.schedule(jobs=[make_car])
    await put(dealer, make_car, {"number": "7"})
    await ScheduledJob.all().update(
        state=JobState.LEASED, lease="killed", attempts=1, wake_at=START + timedelta(seconds=60)
    )
    assert await runner(dealer).run_due() == 0

    clock.at += timedelta(seconds=60)
    assert await runner(dealer).run_due() == 1
    assert await cars() == 1


async def test_job_that_kills_its_workers_is_given_up(dealer: SampleDealer, clock: FixedClock) -> None:
    dealer.schedule(jobs=[make_car])
    await put(dealer, make_car)
    await ScheduledJob.all().update(state=JobState.LEASED, lease="killed", attempts=3, wake_at=START)

    await runner(dealer).run_due()

    row = await ScheduledJob.get()
    assert (row.state, row.last_error) == (JobState.DEAD, "the worker stopped while it ran")
    assert await cars() == 0


async def test_worker_that_lost_its_lease_rolls_back(dealer: SampleDealer) -> None:
    @job
    async def slow(scope: Scope) -> None:
        await Car(number="1").save()
        # What another worker does once the lease has run out.
        await ScheduledJob.all().update(lease="another")

    dealer.schedule(jobs=[slow])
    await put(dealer, slow)
    await runner(dealer).run_due()

    assert await cars() == 0


async def test_running_job_keeps_its_lease(dealer: SampleDealer, clock: FixedClock) -> None:
    leases: list[datetime] = []

    async def look() -> None:
        wake_at = (await ScheduledJob.get()).wake_at
        assert wake_at is not None
        leases.append(wake_at)

    @job(steps=True)
    async def slow(scope: Scope) -> None:
        await look()
        clock.at += timedelta(seconds=10)
        await until(lambda: ScheduledJob.filter(wake_at__gt=leases[0]).exists())
        await look()

    dealer.schedule(jobs=[slow])
    await put(dealer, slow)
    await runner(dealer, lease_seconds=0.3).run_due()

    assert leases[1] - leases[0] == timedelta(seconds=10)


async def test_job_in_steps_commits_each_of_them(dealer: SampleDealer) -> None:
    @job(steps=True, attempts=1)
    async def two_steps(scope: Scope) -> None:
        assert current() is scope
        await transact(scope, "first", make_car.function)
        raise ValidationRefusal("the second failed")

    dealer.schedule(jobs=[two_steps])
    await put(dealer, two_steps)
    await runner(dealer).run_due()

    assert await cars() == 1
    assert (await ScheduledJob.get()).state is JobState.DEAD


async def test_housekeeping_forgets_what_is_old(dealer: SampleDealer, clock: FixedClock) -> None:
    async def nothing(scope: Scope) -> None: ...

    dealer.schedule(*housekeeping.schedules(), jobs=[make_car])
    await put(dealer, make_car)
    await runner(dealer).run_due()
    await run_command(dealer.user(), CommandCall("x", {}, "k"), nothing)

    clock.at += timedelta(days=32)
    await runner(dealer).run_due()

    assert await IdempotencyRecord.all().count() == 0
    assert await ScheduledJob.filter(name="samples.make_car").count() == 0


async def test_housekeeping_takes_a_few_rows_at_a_time(
    dealer: SampleDealer, clock: FixedClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def nothing(scope: Scope) -> None: ...

    for number in range(5):
        await run_command(dealer.user(), CommandCall("x", {}, str(number)), nothing)
    dealer.schedule(jobs=[housekeeping.forget_command_outcomes])
    clock.at += timedelta(days=8)
    await put(dealer, housekeeping.forget_command_outcomes)
    monkeypatch.setattr(housekeeping, "BATCH", 2)
    with dealer.database.counting() as statements:
        await runner(dealer).run_due()

    assert await IdempotencyRecord.all().count() == 0
    assert sum(sql.startswith("DELETE") for sql in statements) == 3


async def test_job_of_last_month_is_due_from_now_on(dealer: SampleDealer, clock: FixedClock) -> None:
    dealer.schedule(jobs=[make_car])
    past = clock.at - timedelta(days=30)

    async def work(scope: Scope) -> None:
        await enqueue(scope, make_car, {"number": "at once"})
        await enqueue(scope, make_car, {"number": "an hour later"}, run_at=past + timedelta(hours=1))
        await enqueue(scope, make_car, {"number": "tomorrow"}, run_at=clock.at + timedelta(days=1))

    await transact(replace(dealer.user(), clock=FixedClock(past)), "test", work)
    assert await ScheduledJob.all().order_by("run_at").values_list("run_at", "wake_at") == [
        (past, clock.at),
        (past + timedelta(hours=1), clock.at),
        (clock.at + timedelta(days=1), clock.at + timedelta(days=1)),
    ]
