from __future__ import annotations

import asyncio
import signal
import sys
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest

from core.clock import FixedClock
from core.errors import NotFoundRefusal, ValidationRefusal
from core.events.dispatcher import Dispatcher
from core.events.inspection import dead_letters, lag, replay, revive
from core.events.retry import RetryPolicy, describe
from core.ids import uuid7
from core.scope import Scope, current
from core.write.bell import Topic
from core.write.models import AuditEntry, EventStream, InboxReceipt, OutboxEvent, ReceiptState
from core.write.pipeline import transact
from tests.core.write.dealership import SampleDealer
from tests.core.write.samples import Car, CarSold, CarWashed

POLICY = RetryPolicy(attempts=3, first_seconds=10, longest_seconds=100)
START = datetime(2026, 11, 21, 8, tzinfo=UTC)


class Recorder:
    """A consumer that remembers, and fails with the steps that it is told to."""

    def __init__(self) -> None:
        self.seen: list[tuple[UUID, int]] = []
        self.failing: set[int] = set()

    async def __call__(self, event: CarSold) -> None:
        if event.step in self.failing:
            raise ValidationRefusal("not yet")
        self.seen.append((event.car_id, event.step))

    @property
    def steps(self) -> list[int]:
        return [step for _, step in self.seen]


async def publish(dealer: SampleDealer, car_id: UUID, *steps: int) -> None:
    async def work(scope: Scope) -> None:
        for step in steps:
            scope.publish(CarSold(car_id=car_id, step=step))

    await transact(dealer.user(), "sell", work, correlation_id="deal-1")


def dispatcher(dealer: SampleDealer, lease_seconds: float = 30.0) -> Dispatcher:
    return Dispatcher(dealer.dealer, policy=POLICY, lease_seconds=lease_seconds)


@pytest.fixture
def clock(dealer: SampleDealer) -> FixedClock:
    dealer.clock = clock = FixedClock(START)
    return clock


async def test_event_reaches_each_consumer_once(dealer: SampleDealer) -> None:
    first, second = Recorder(), Recorder()
    dealer.handle(("a.one", CarSold, first), ("b.two", CarSold, second))
    await publish(dealer, uuid7(), 1)

    assert await dispatcher(dealer).drain() == 2
    assert await dispatcher(dealer).drain() == 0

    assert first.steps == second.steps == [1]
    assert (await OutboxEvent.get()).dispatched_at is not None
    assert await InboxReceipt.filter(state=ReceiptState.DONE).count() == 2


async def test_event_is_kept_but_not_due_without_a_consumer(dealer: SampleDealer) -> None:
    async def work(scope: Scope) -> None:
        scope.publish(CarWashed(car_id=uuid7()))

    await transact(dealer.user(), "wash", work)

    assert await dispatcher(dealer).next_due() is None
    assert (await OutboxEvent.get()).dispatched_at is not None


async def test_module_that_is_turned_on_later_gets_no_old_events(dealer: SampleDealer) -> None:
    car_id, late = uuid7(), Recorder()
    await publish(dealer, car_id, 1)
    dealer.handle(("late.one", CarSold, late))
    await publish(dealer, car_id, 2)

    await dispatcher(dealer).drain()

    assert late.steps == [2]


async def test_handler_acts_as_a_system_caller_and_carries_the_chain_of_causes(dealer: SampleDealer) -> None:
    callers = []

    async def handler(event: CarSold) -> None:
        scope = current()
        callers.append(scope.caller)
        car = Car(number="9")
        await car.save()
        scope.publish(CarWashed(car_id=car.id))

    dealer.handle(("samples.wash", CarSold, handler))
    await publish(dealer, uuid7(), 1)
    await dispatcher(dealer).drain()

    cause = await OutboxEvent.get(type="samples.car_sold")
    effect = await OutboxEvent.get(type="samples.car_washed")
    assert (effect.causation_id, effect.correlation_id) == (cause.id, "deal-1")
    assert callers[0].system
    assert callers[0].actor == effect.actor == "handler:samples.wash"
    assert (await AuditEntry.get()).actor == "handler:samples.wash"


async def test_event_arrives_with_its_envelope(dealer: SampleDealer, clock: FixedClock) -> None:
    got: list[CarSold] = []

    async def handler(event: CarSold) -> None:
        got.append(event)

    dealer.handle(("samples.look", CarSold, handler))
    car_id = uuid7()
    await publish(dealer, car_id, 7)
    await dispatcher(dealer).drain()

    (event,) = got
    assert (event.car_id, event.step, event.actor, event.occurred_at) == (car_id, 7, "user:li", START)
    assert event.event_id == (await OutboxEvent.get()).id


async def test_replaying_everything_twice_changes_nothing(dealer: SampleDealer) -> None:
    async def handler(event: CarSold) -> None:
        await Car(number=str(event.step)).save()

    dealer.handle(("samples.make", CarSold, handler))
    await publish(dealer, uuid7(), 1, 2, 3)
    await dispatcher(dealer).drain()

    report = await replay(dealer.dealer, times=2)

    assert (report.offered, report.handled) == (6, 0)
    assert await Car.all().count() == 3
    assert await AuditEntry.all().count() == 3
    assert await OutboxEvent.all().count() == 3


async def test_replay_tells_a_new_module_the_past(dealer: SampleDealer) -> None:
    await publish(dealer, uuid7(), 1, 2)
    late = Recorder()
    dealer.handle(("late.one", CarSold, late))

    assert (await replay(dealer.dealer)).handled == 2
    assert late.steps == [1, 2]


async def test_events_of_an_aggregate_come_in_order_over_many_commits(dealer: SampleDealer) -> None:
    recorder = Recorder()
    dealer.handle(("a.one", CarSold, recorder))
    cars = [uuid7() for _ in range(3)]
    for step in range(4):
        for car_id in cars:
            await publish(dealer, car_id, 2 * step, 2 * step + 1)

    await asyncio.gather(*(dispatcher(dealer).drain() for _ in range(4)))

    for car_id in cars:
        assert [step for seen, step in recorder.seen if seen == car_id] == list(range(8))


async def test_more_events_than_one_page_are_delivered_in_one_go(dealer: SampleDealer) -> None:
    recorder = Recorder()
    dealer.handle(("a.one", CarSold, recorder))
    await publish(dealer, uuid7(), *range(230))

    await dispatcher(dealer).drain()

    assert recorder.steps == list(range(230))
    assert (await EventStream.get()).done_sequence == 230


async def test_failing_consumer_waits_longer_each_time_and_is_given_up(dealer: SampleDealer, clock: FixedClock) -> None:
    recorder = Recorder()
    recorder.failing = {1}
    dealer.handle(("a.one", CarSold, recorder))
    await publish(dealer, uuid7(), 1)
    pauses = []
    for _ in range(2):
        await dispatcher(dealer).drain()
        receipt = await InboxReceipt.get()
        assert (receipt.state, receipt.next_at) == (ReceiptState.FAILING, await dispatcher(dealer).next_due())
        assert receipt.next_at is not None
        pauses.append((receipt.next_at - clock.at).total_seconds())
        clock.at = receipt.next_at - timedelta(seconds=1)
        assert await dispatcher(dealer).drain() == 0
        clock.at = receipt.next_at
    await dispatcher(dealer).drain()

    assert 8 <= pauses[0] <= 12
    assert 16 <= pauses[1] <= 24
    (letter,) = await dead_letters()
    assert (letter.state, letter.attempts, letter.consumer) == (ReceiptState.DEAD, 3, "a.one")
    assert letter.last_error.startswith("ValidationRefusal at events/test_dispatch.py:")
    assert letter.last_error.endswith("in __call__: not yet")
    assert await dispatcher(dealer).next_due() is None


async def test_failure_rolls_back_what_the_handler_did(dealer: SampleDealer, clock: FixedClock) -> None:
    async def handler(event: CarSold) -> None:
        await Car(number="9").save()
        raise ValidationRefusal("after all not")

    dealer.handle(("a.one", CarSold, handler))
    await publish(dealer, uuid7(), 1)
    await dispatcher(dealer).drain()

    assert await Car.all().count() == 0
    assert await AuditEntry.all().count() == 0


async def test_failure_blocks_later_events_of_the_aggregate_for_that_consumer_only(
    dealer: SampleDealer, clock: FixedClock
) -> None:
    failing, healthy = Recorder(), Recorder()
    failing.failing = {1}
    dealer.handle(("a.failing", CarSold, failing), ("b.healthy", CarSold, healthy))
    car_id, other = uuid7(), uuid7()
    await publish(dealer, car_id, 1, 2)
    await publish(dealer, other, 5)

    await dispatcher(dealer).drain()
    assert failing.seen == [(other, 5)]
    assert sorted(healthy.steps) == [1, 2, 5]

    failing.failing = set()
    clock.at += timedelta(seconds=13)
    await dispatcher(dealer).drain()
    assert failing.steps == [5, 1, 2]
    assert sorted(healthy.steps) == [1, 2, 5]
    assert await OutboxEvent.filter(dispatched_at__isnull=True).count() == 0


async def test_event_that_is_given_up_lets_later_ones_pass(dealer: SampleDealer, clock: FixedClock) -> None:
    recorder = Recorder()
    recorder.failing = {1}
    dealer.handle(("a.one", CarSold, recorder))
    await publish(dealer, uuid7(), 1, 2)
    for _ in range(3):
        await dispatcher(dealer).drain()
        clock.at += timedelta(seconds=60)

    assert recorder.steps == [2]


async def test_new_event_doesn_t_shorten_the_pause_of_a_failing_consumer(
    dealer: SampleDealer, clock: FixedClock
) -> None:
    recorder = Recorder()
    recorder.failing = {1}
    dealer.handle(("a.one", CarSold, recorder))
    car_id = uuid7()
    await publish(dealer, car_id, 1)
    await dispatcher(dealer).drain()

    await publish(dealer, car_id, 2)
    await dispatcher(dealer).drain()

    assert recorder.steps == []
    assert (await InboxReceipt.get()).attempts == 1


async def test_dead_letter_can_be_revived(dealer: SampleDealer, clock: FixedClock) -> None:
    rung: list[Topic] = []
    recorder = Recorder()
    recorder.failing = {1}
    dealer.handle(("a.one", CarSold, recorder))
    await publish(dealer, uuid7(), 1, 2)
    for _ in range(3):
        await dispatcher(dealer).drain()
        clock.at += timedelta(seconds=60)
    (letter,) = await dead_letters()
    recorder.failing = set()
    dealer.bell.listen(rung.append)

    await revive(dealer.dealer, letter.event_id, letter.consumer)
    await dispatcher(dealer).drain()

    assert recorder.steps == [2, 1]
    assert rung == [Topic.EVENTS]
    assert await dead_letters() == []
    with pytest.raises(NotFoundRefusal):
        await revive(dealer.dealer, letter.event_id, letter.consumer)


async def test_letter_revived_during_a_delivery_is_not_forgotten(dealer: SampleDealer, clock: FixedClock) -> None:
    recorder = Recorder()
    recorder.failing = {1}
    dealer.handle(("a.one", CarSold, recorder))
    car_id = uuid7()
    await publish(dealer, car_id, 1)
    for _ in range(3):
        await dispatcher(dealer).drain()
        clock.at += timedelta(seconds=60)
    (letter,) = await dead_letters()
    entered, revived = asyncio.Event(), asyncio.Event()

    async def slow(event: CarWashed) -> None:
        entered.set()
        await revived.wait()

    async def wash(scope: Scope) -> None:
        scope.publish(CarWashed(car_id=car_id))

    dealer.handle(("a.one", CarSold, recorder), ("a.slow", CarWashed, slow))
    await transact(dealer.user(), "wash", wash)
    recorder.failing = set()
    under_way = asyncio.create_task(dispatcher(dealer).drain())
    await entered.wait()
    reviving = asyncio.create_task(revive(dealer.dealer, letter.event_id, letter.consumer))
    # On SQLite it waits until the handler has ended its transaction.
    await asyncio.sleep(0.05)
    revived.set()
    await asyncio.gather(under_way, reviving)
    await dispatcher(dealer).drain()

    assert recorder.steps == [1]
    assert await OutboxEvent.filter(dispatched_at__isnull=True).count() == 0


async def test_message_of_a_foreign_error_is_not_kept(dealer: SampleDealer, clock: FixedClock) -> None:
    async def handler(event: CarSold) -> None:
        raise ValueError("13800138000")

    dealer.handle(("a.one", CarSold, handler))
    await publish(dealer, uuid7(), 1)
    await dispatcher(dealer).drain()

    assert (await InboxReceipt.get()).last_error.startswith("ValueError at events/test_dispatch.py:")
    assert "138" not in describe(ValueError("13800138000"))


async def test_event_that_its_class_can_t_read_fails_visibly(dealer: SampleDealer, clock: FixedClock) -> None:
    recorder = Recorder()
    dealer.handle(("a.one", CarSold, recorder))
    await publish(dealer, uuid7(), 1)
    await OutboxEvent.all().update(data={"step": "many"})

    await dispatcher(dealer).drain()

    assert (await InboxReceipt.get()).state is ReceiptState.FAILING


async def test_lag_is_the_age_of_the_oldest_due_delivery(dealer: SampleDealer, clock: FixedClock) -> None:
    recorder = Recorder()
    dealer.handle(("a.one", CarSold, recorder))
    assert await lag(dealer.database, clock) == 0

    await publish(dealer, uuid7(), 1)
    clock.at += timedelta(seconds=90)
    await publish(dealer, uuid7(), 1)
    assert await lag(dealer.database, clock) == 90

    await dispatcher(dealer).drain()
    assert await lag(dealer.database, clock) == 0


async def test_event_of_last_month_is_not_late_when_it_has_just_been_written(
    dealer: SampleDealer, clock: FixedClock
) -> None:
    dealer.handle(("a.one", CarSold, Recorder()))
    month_ago = replace(dealer.user(), clock=FixedClock(clock.at - timedelta(days=30)))

    async def sell(scope: Scope) -> None:
        scope.publish(CarSold(car_id=uuid7()))

    await transact(month_ago, "sell", sell)
    assert (await OutboxEvent.get()).occurred_at == clock.at - timedelta(days=30)
    assert await lag(dealer.database, clock) == 0

    clock.at += timedelta(seconds=90)
    assert await lag(dealer.database, clock) == 90


async def test_stream_of_another_worker_is_left_alone_until_its_lease_ends(
    dealer: SampleDealer, clock: FixedClock
) -> None:
    recorder = Recorder()
    dealer.handle(("a.one", CarSold, recorder))
    await publish(dealer, uuid7(), 1)
    await EventStream.all().update(lease="another", lease_until=START + timedelta(seconds=30))

    assert await dispatcher(dealer).drain() == 0
    assert await dispatcher(dealer).next_due() == START + timedelta(seconds=30)
    clock.at += timedelta(seconds=31)
    assert await dispatcher(dealer).drain() == 1


async def test_stream_that_is_taken_over_while_it_waits_for_its_turn_is_left_alone(
    dealer: SampleDealer, clock: FixedClock
) -> None:
    cars = {uuid7(), uuid7()}
    seen = []

    async def take_the_other(event: CarSold) -> None:
        seen.append(event.car_id)
        others = EventStream.filter(id__in=cars - {event.car_id})
        await others.update(lease="another", lease_until=START + timedelta(seconds=30))

    dealer.handle(("a.first", CarSold, take_the_other))
    for car in cars:
        await publish(dealer, car, 1)
    worker = Dispatcher(dealer.dealer, policy=POLICY, lease_seconds=0.0, parallel=1)

    assert await worker.drain() == 1
    assert len(seen) == 1
    clock.at += timedelta(seconds=31)
    assert await worker.drain() == 1
    assert set(seen) == cars


@pytest.mark.parametrize("number", [lambda: "1", lambda: str(uuid7())[-8:]], ids=["the same row", "another row"])
async def test_worker_that_outlives_its_lease_changes_nothing_twice(
    dealer: SampleDealer, number: Callable[[], str]
) -> None:
    entered, twin_came = asyncio.Event(), asyncio.Event()

    async def slow(event: CarSold) -> None:
        entered.set()
        await twin_came.wait()
        await Car(number=number()).save()

    dealer.handle(("a.slow", CarSold, slow))
    await publish(dealer, uuid7(), 1)
    first = asyncio.create_task(dispatcher(dealer, lease_seconds=0.0).drain())
    await entered.wait()
    twin = asyncio.create_task(dispatcher(dealer).drain())
    await asyncio.sleep(0.05)
    twin_came.set()

    assert await first + await twin == 1
    assert await Car.all().count() == 1
    assert await AuditEntry.all().count() == 1
    assert [receipt.state for receipt in await InboxReceipt.all()] == [ReceiptState.DONE]


async def test_events_that_nobody_has_tried_are_delivered_together(dealer: SampleDealer) -> None:
    first, second = Recorder(), Recorder()
    cars = {uuid7() for _ in range(10)}
    dealer.handle(("a.first", CarSold, first), ("a.second", CarSold, second))
    for car in cars:
        await publish(dealer, car, 1)

    with dealer.database.counting() as statements:
        assert await dispatcher(dealer).drain() == 20

    assert {car for car, _ in first.seen} == {car for car, _ in second.seen} == cars
    assert len(first.seen) == len(second.seen) == 10
    assert await InboxReceipt.filter(state=ReceiptState.DONE).count() == 20
    assert await OutboxEvent.filter(dispatched_at=None).count() == 0
    assert await EventStream.exclude(due_at=None).count() == 0
    # The look for what a clock ahead has left, claim, events, receipts, what is written, release, the look for more.
    assert len(statements) == (7 if dealer.database.dialect == "postgres" else 8)


async def test_one_that_fails_among_many_changes_nothing_for_the_others(dealer: SampleDealer) -> None:
    cars = [uuid7() for _ in range(5)]

    async def make(event: CarSold) -> None:
        await Car(number=str(event.car_id)[-8:]).save()
        if event.car_id == cars[2]:
            raise ValidationRefusal("not yet")

    dealer.handle(("a.make", CarSold, make))
    for car in cars:
        await publish(dealer, car, 1)
    before = await AuditEntry.all().count()

    assert await dispatcher(dealer).drain() == 4

    assert {car.number for car in await Car.all()} == {str(car)[-8:] for car in cars if car != cars[2]}
    assert await AuditEntry.all().count() - before == 4
    [failing] = await InboxReceipt.exclude(state=ReceiptState.DONE)
    assert (failing.state, failing.attempts) == (ReceiptState.FAILING, 1)


async def test_each_of_those_together_is_audited_under_its_own_cause(dealer: SampleDealer) -> None:
    async def make(event: CarSold) -> None:
        await Car(number=str(event.car_id)[-8:]).save()
        current().publish(CarWashed(car_id=event.car_id))

    dealer.handle(("a.make", CarSold, make))
    for _ in range(3):
        await publish(dealer, uuid7(), 1)

    assert await dispatcher(dealer).drain() == 3

    sold = {row.aggregate_id: row.id for row in await OutboxEvent.filter(type=CarSold.type)}
    washed = {row.aggregate_id: row.causation_id for row in await OutboxEvent.filter(type=CarWashed.type)}
    assert washed == sold
    assert {entry.actor for entry in await AuditEntry.filter(command="a.make")} == {"handler:a.make"}


async def test_event_published_during_delivery_is_delivered_too(dealer: SampleDealer) -> None:
    recorder = Recorder()
    car_id = uuid7()

    async def again(event: CarSold) -> None:
        await recorder(event)
        if event.step < 3:
            current().publish(CarSold(car_id=car_id, step=event.step + 1))

    dealer.handle(("a.again", CarSold, again))
    await publish(dealer, car_id, 1)

    await dispatcher(dealer).drain()

    assert recorder.steps == [1, 2, 3]


async def test_stopped_dispatcher_leaves_the_rest_due(dealer: SampleDealer) -> None:
    recorder = Recorder()
    worker = dispatcher(dealer)

    async def stop_after_first(event: CarSold) -> None:
        await recorder(event)
        worker.stop()

    dealer.handle(("a.one", CarSold, stop_after_first))
    await publish(dealer, uuid7(), 1, 2)
    await worker.drain()
    assert recorder.steps == [1]

    await dispatcher(dealer).drain()
    assert recorder.steps == [1, 2]


async def test_cancelled_dispatcher_gives_its_lease_back(dealer: SampleDealer) -> None:
    entered = asyncio.Event()
    recorder = Recorder()

    async def hang_once(event: CarSold) -> None:
        if not entered.is_set():
            entered.set()
            await asyncio.sleep(60)
        await recorder(event)

    dealer.handle(("a.one", CarSold, hang_once))
    await publish(dealer, uuid7(), 1)
    task = asyncio.create_task(dispatcher(dealer).drain())
    await entered.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task

    assert await dispatcher(dealer).drain() == 1
    assert recorder.steps == [1]


async def test_bell_rings_after_commit_only_and_only_for_events_with_consumers(dealer: SampleDealer) -> None:
    rung: list[Topic] = []
    stop = dealer.bell.listen(rung.append)
    dealer.handle(("a.one", CarSold, Recorder()))

    async def fails(scope: Scope) -> None:
        scope.publish(CarSold(car_id=uuid7()))
        raise ValidationRefusal("no")

    async def washes(scope: Scope) -> None:
        scope.publish(CarWashed(car_id=uuid7()))

    with pytest.raises(ValidationRefusal):
        await transact(dealer.user(), "sell", fails)
    await transact(dealer.user(), "wash", washes)
    assert rung == []
    await publish(dealer, uuid7(), 1)
    assert rung == [Topic.EVENTS]
    stop()
    await publish(dealer, uuid7(), 1)
    assert rung == [Topic.EVENTS]


@pytest.mark.parametrize("when", ["commit", "handle"])
async def test_event_survives_kill_between_commit_and_dispatch(
    dealer: SampleDealer, kept_database_url: str, when: str
) -> None:
    child = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "tests.core.events.killed", kept_database_url, when, stderr=asyncio.subprocess.PIPE
    )
    _, errors = await child.communicate()
    assert child.returncode == -signal.SIGKILL, errors.decode()
    assert await Car.all().count() == 1
    recorder = Recorder()
    dealer.handle(("samples.half", CarSold, recorder))
    # The killed worker's lease has to run out first.
    dealer.clock = FixedClock(datetime.now(UTC) + timedelta(seconds=31))

    assert await dispatcher(dealer).drain() == 1

    assert recorder.seen == [((await Car.get()).id, 0)]
