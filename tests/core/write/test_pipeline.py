from __future__ import annotations

import asyncio
from typing import Any
from uuid import UUID

import pytest

from core.errors import ConflictRefusal, Refusal, ValidationRefusal
from core.ids import uuid7
from core.money import Money
from core.scope import Scope, current
from core.write.models import AuditEntry, IdempotencyRecord, OutboxEvent
from core.write.pipeline import CommandCall, Done, Refused, Result, run_command, transact
from core.write.refusals import Refusals
from tests.core.write.dealership import SampleDealer
from tests.core.write.samples import Car, CarSold, CarWashed, Wheel


async def make_car(dealer: SampleDealer, **values: Any) -> Car:
    async def work(scope: Scope) -> Car:
        car = Car(**{"number": "1", **values})
        await car.save()
        return car

    return await transact(dealer.user(), "createCar", work)


async def test_commit_writes_change_event_and_audit_together(dealer: SampleDealer) -> None:
    async def work(scope: Scope) -> Car:
        car = Car(number="7", price=Money(100))
        await car.save()
        scope.publish(CarSold(car_id=car.id))
        return car

    car = await transact(dealer.user(), "sellCar", work, reason="asked for", correlation_id="c1")

    event = await OutboxEvent.get()
    assert (event.type, event.aggregate_id, event.aggregate_type) == ("samples.car_sold", car.id, "samples.car")
    assert (event.aggregate_version, event.sequence, event.correlation_id) == (1, 1, "c1")
    assert (event.actor, event.data) == ("user:li", {"car_id": str(car.id), "step": 0})
    entry = await AuditEntry.get()
    assert (entry.command, entry.action, entry.module, entry.entity) == ("sellCar", "create", "samples", "Car")
    assert (entry.row_id, entry.version, entry.reason, entry.actor) == (car.id, 1, "asked for", "user:li")
    assert entry.after["price_minor"] == 100


async def test_rollback_publishes_nothing_and_leaves_no_audit(dealer: SampleDealer) -> None:
    async def work(scope: Scope) -> None:
        car = Car(number="7")
        await car.save()
        scope.publish(CarSold(car_id=car.id))
        raise ValidationRefusal("no")

    with pytest.raises(ValidationRefusal):
        await transact(dealer.user(), "sellCar", work)

    assert await Car.all().count() == 0
    assert await OutboxEvent.all().count() == 0
    assert await AuditEntry.all().count() == 0


async def test_events_of_one_aggregate_are_numbered_in_order(dealer: SampleDealer) -> None:
    car_id, other = uuid7(), uuid7()

    async def work(scope: Scope) -> None:
        scope.publish(CarSold(car_id=car_id, step=1))
        scope.publish(CarSold(car_id=other, step=1))
        scope.publish(CarWashed(car_id=car_id))

    await transact(dealer.user(), "one", work)
    await transact(dealer.user(), "two", work)

    numbers = await OutboxEvent.filter(aggregate_id=car_id).order_by("sequence").values_list("type", "sequence")
    assert numbers == [
        ("samples.car_sold", 1), ("samples.car_washed", 2), ("samples.car_sold", 3), ("samples.car_washed", 4)
    ]  # fmt: skip


async def test_parallel_commits_number_one_aggregate_without_gap_or_twin(dealer: SampleDealer) -> None:
    car_id = uuid7()

    async def work(scope: Scope) -> None:
        scope.publish(CarSold(car_id=car_id))

    await asyncio.gather(*(transact(dealer.user(), "publish", work) for _ in range(12)))

    events = await OutboxEvent.filter(aggregate_id=car_id).order_by("sequence")
    assert [event.sequence for event in events] == list(range(1, 13))


async def test_unforeseen_unique_violation_names_the_column_and_no_sql(dealer: SampleDealer) -> None:
    await make_car(dealer, number="7")

    with pytest.raises(ConflictRefusal) as caught:
        await make_car(dealer, number="7")

    assert caught.value.message == "another car has the same number"
    assert caught.value.details["columns"] == ("number",)


async def test_known_constraint_becomes_the_refusal_of_its_module(dealer: SampleDealer) -> None:
    dealer.kernel.constraint_refusals = {
        "samples_live_number": lambda violation: ValidationRefusal(f"taken: {', '.join(violation.columns)}")
    }
    await make_car(dealer, number="7")

    with pytest.raises(ValidationRefusal, match="taken: number"):
        await make_car(dealer, number="7")


async def test_reference_to_a_missing_row_is_a_conflict(dealer: SampleDealer) -> None:
    async def work(scope: Scope) -> None:
        await Wheel(car_id=uuid7()).save()

    with pytest.raises(ConflictRefusal, match="not there"):
        await transact(dealer.user(), "createWheel", work)


async def test_fault_of_the_code_stays_a_fault(dealer: SampleDealer) -> None:
    async def work(scope: Scope) -> None:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await run_command(dealer.user(), CommandCall("break", {}), work)


async def test_inner_run_that_fails_leaves_the_outer_one_whole(dealer: SampleDealer) -> None:
    async def inner(scope: Scope) -> None:
        await Car(number="inner").save()
        raise ValidationRefusal("no")

    async def outer(scope: Scope) -> None:
        await Car(number="outer").save()
        with pytest.raises(ValidationRefusal):
            await transact(scope, "inner", inner)

    await transact(dealer.user(), "outer", outer)

    assert [car.number for car in await Car.all()] == ["outer"]
    assert [entry.command for entry in await AuditEntry.all()] == ["outer"]


async def test_of_parallel_guarded_moves_one_wins(dealer: SampleDealer) -> None:
    car = await make_car(dealer)

    async def reserve(scope: Scope) -> None:
        mine = await Car.get(id=car.id)
        if not await mine.change_where(where={"state": "FREE"}, state="HELD"):
            raise ConflictRefusal("held already")

    outcomes = await asyncio.gather(
        *(run_command(dealer.user(f"user:{n}"), CommandCall("hold", {"n": n}), reserve) for n in range(20))
    )

    assert sum(isinstance(outcome, Done) for outcome in outcomes) == 1
    problems = [outcome.problems for outcome in outcomes if isinstance(outcome, Refused)]
    assert len(problems) == 19
    assert {problem.message for (problem,) in problems} == {"held already"}
    assert (await Car.get(id=car.id)).version == 2


async def test_deadlocked_transactions_are_run_again(dealer: SampleDealer) -> None:
    first, second = await make_car(dealer, number="1"), await make_car(dealer, number="2")
    met = asyncio.Barrier(2)
    runs = 0

    def move(ids: tuple[UUID, UUID]) -> Any:
        async def work(scope: Scope) -> None:
            nonlocal runs
            runs += 1
            for place, row_id in enumerate(ids):
                car = await Car.filter(id=row_id).select_for_update().get()
                await car.change_where(where={}, state=f"{car.state}x")
                # SQLite lets one in at a time, so there is nobody to meet.
                if place == 0 and runs <= 2 and dealer.database.dialect == "postgres":
                    await met.wait()

        return work

    await asyncio.gather(
        transact(dealer.user(), "a", move((first.id, second.id))),
        transact(dealer.user(), "b", move((second.id, first.id))),
    )

    assert [car.state for car in await Car.all().order_by("number")] == ["FREExx", "FREExx"]
    assert (runs > 2) == (dealer.database.dialect == "postgres")


async def test_several_refusals_come_together(dealer: SampleDealer) -> None:
    async def work(scope: Scope) -> None:
        raise Refusals([ValidationRefusal("a"), ValidationRefusal("b")])

    outcome = await run_command(dealer.user(), CommandCall("check", {}), work)

    assert isinstance(outcome, Refused)
    assert [problem.message for problem in outcome.problems] == ["a", "b"]


def test_group_with_a_fault_inside_is_no_refusal() -> None:
    from core.write.refusals import refusals_in

    assert refusals_in(ExceptionGroup("x", [ValidationRefusal("a"), ValueError("b")])) == ()
    assert len(refusals_in(ExceptionGroup("x", [ValidationRefusal("a"), Refusals([ValidationRefusal("b")])]))) == 2


async def test_result_names_rows_in_the_command_s_order(dealer: SampleDealer) -> None:
    async def work(scope: Scope) -> list[Car]:
        cars = [Car(number="2"), Car(number="1")]
        for car in cars:
            await car.save()
        return cars

    outcome = await run_command(dealer.user(), CommandCall("createCars", {}), work)

    assert isinstance(outcome, Done)
    rows = [await Car.get(id=result.row_id) for result in outcome.results]
    assert [row.number for row in rows] == ["2", "1"]
    assert {(result.model, result.version) for result in outcome.results} == {("samples.Car", 1)}


async def test_twenty_twins_with_one_key_make_one_change_and_twenty_equal_answers(dealer: SampleDealer) -> None:
    async def work(scope: Scope) -> Car:
        car = Car(number="7")
        await car.save()
        scope.publish(CarSold(car_id=car.id))
        return car

    call = CommandCall("createCar", {"number": "7"}, "key-1")
    outcomes = await asyncio.gather(*(run_command(dealer.user(), call, work) for _ in range(20)))

    done = [outcome for outcome in outcomes if isinstance(outcome, Done)]
    assert len(done) == 20
    assert len({outcome.results for outcome in done}) == 1
    assert sum(not outcome.replayed for outcome in done) == 1
    assert await Car.all().count() == 1
    assert await OutboxEvent.all().count() == 1
    assert await AuditEntry.all().count() == 1


async def one_car(scope: Scope) -> Car:
    car = Car(number="7")
    await car.save()
    return car


async def test_other_input_under_a_used_key_is_refused(dealer: SampleDealer) -> None:
    await run_command(dealer.user(), CommandCall("createCar", {"number": "7"}, "k"), one_car)

    outcome = await run_command(dealer.user(), CommandCall("createCar", {"number": "8"}, "k"), one_car)

    assert isinstance(outcome, Refused)
    assert [problem.code for problem in outcome.problems] == ["IDEMPOTENCY_KEY_REUSED"]


async def test_key_belongs_to_one_actor_and_command(dealer: SampleDealer) -> None:
    async def nothing(scope: Scope) -> Result:
        return Result("samples.Car", uuid7(), 1)

    calls = [("user:a", "one"), ("user:b", "one"), ("user:a", "two")]
    outcomes = [await run_command(dealer.user(actor), CommandCall(name, {}, "k"), nothing) for actor, name in calls]

    assert [outcome.replayed for outcome in outcomes if isinstance(outcome, Done)] == [False, False, False]


async def test_key_may_be_used_again_after_a_refusal(dealer: SampleDealer) -> None:
    async def refuse(scope: Scope) -> None:
        raise Refusal("not now")

    call = CommandCall("createCar", {"number": "7"}, "k")
    refused = await run_command(dealer.user(), call, refuse)
    done = await run_command(dealer.user(), call, one_car)

    assert isinstance(refused, Refused)
    assert isinstance(done, Done)
    assert not done.replayed


async def test_twin_of_a_refused_call_does_the_work(dealer: SampleDealer) -> None:
    inside = 0

    async def first_fails(scope: Scope) -> Car:
        nonlocal inside
        inside += 1
        if inside == 1:
            await asyncio.sleep(0.05)
            raise Refusal("not now")
        return await one_car(scope)

    call = CommandCall("createCar", {"number": "7"}, "k")
    outcomes = await asyncio.gather(*(run_command(dealer.user(), call, first_fails) for _ in range(3)))

    # Whoever is refused after another has done it gets that one's outcome.
    assert sum(isinstance(outcome, Refused) for outcome in outcomes) <= 1
    assert len({outcome.results for outcome in outcomes if isinstance(outcome, Done)}) == 1
    assert await Car.all().count() == 1


@pytest.mark.parametrize("key", ["", "x" * 201])
async def test_key_of_a_wrong_length_is_refused(dealer: SampleDealer, key: str) -> None:
    outcome = await run_command(dealer.user(), CommandCall("createCar", {}, key), one_car)

    assert isinstance(outcome, Refused)
    assert outcome.problems[0].path == ("idempotencyKey",)


async def test_scope_inside_is_the_task_s_and_ends_with_the_transaction(dealer: SampleDealer) -> None:
    async def work(scope: Scope) -> bool:
        return current() is scope and scope.unit is not None

    assert await transact(dealer.user(), "look", work)
    with pytest.raises(Exception, match="no dealer is active"):
        current()


async def test_command_costs_as_many_audit_and_event_statements_for_one_row_as_for_many(dealer: SampleDealer) -> None:
    async def statements(count: int) -> int:
        async def work(scope: Scope) -> None:
            for number in range(count):
                car = Car(number=f"{count}-{number}")
                await car.save()
                scope.publish(CarSold(car_id=car.id))

        with dealer.database.counting() as counted:
            await transact(dealer.user(), "many", work)
        return len(counted) if dealer.database.dialect == "postgres" else len([s for s in counted if "_car" not in s])

    assert await statements(1) == (1 if dealer.database.dialect == "postgres" else 3)
    # PostgreSQL gets at most a dozen writes at once.
    assert await statements(10) == (2 if dealer.database.dialect == "postgres" else 3)


async def test_row_is_read_once_until_something_is_written(dealer: SampleDealer) -> None:
    made = await transact(dealer.user(), "make", one_car)

    async def read(scope: Scope) -> int:
        with dealer.database.counting() as statements:
            car = await Car.find(made.id)
            assert car is await Car.find(made.id)
        assert car is not None
        car.state = "SOLD"
        await car.save()
        again = await Car.find(made.id)
        assert again is not None
        assert again is not car
        assert (again.state, again.version) == ("SOLD", 2)
        return len(statements)

    assert await transact(dealer.user(), "read", read) == 1


async def test_row_that_is_locked_is_read_anew(dealer: SampleDealer) -> None:
    made = await transact(dealer.user(), "make", one_car)
    read, changed = asyncio.Event(), asyncio.Event()

    async def slow(scope: Scope) -> str:
        await Car.find(made.id)
        read.set()
        if dealer.database.dialect == "postgres":  # on SQLite nobody else may write meanwhile
            await changed.wait()
        await Car.filter(id=made.id).select_for_update().first()
        car = await Car.find(made.id)
        assert car is not None
        return car.state

    async def sell(scope: Scope) -> None:
        car = await Car.get(id=made.id)
        car.state = "SOLD"
        await car.save()

    slow_one = asyncio.create_task(transact(dealer.user(), "slow", slow))
    await read.wait()
    await transact(dealer.user(), "sell", sell)
    changed.set()
    assert await slow_one == ("SOLD" if dealer.database.dialect == "postgres" else "FREE")


@pytest.mark.postgres
async def test_command_with_key_and_event_costs_one_statement_and_its_reads(dealer: SampleDealer) -> None:
    async def work(scope: Scope) -> Car:
        car = await one_car(scope)
        scope.publish(CarSold(car_id=car.id))
        return car

    with dealer.database.counting() as statements:
        outcome = await run_command(dealer.user(), CommandCall("createCar", {}, "k"), work)
    assert isinstance(outcome, Done)
    assert len(statements) == 1
    for model in (Car, AuditEntry, OutboxEvent, IdempotencyRecord):
        assert await model.all().count() == 1


async def test_value_that_no_column_holds_is_refused_and_not_quoted(dealer: SampleDealer) -> None:
    with pytest.raises(ValidationRefusal) as caught:
        await make_car(dealer, number="13800138000" * 100)
    assert caught.value.details["rule"] == "column"
    assert "138" not in caught.value.message
    assert await Car.all().count() == 0
