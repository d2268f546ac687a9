from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from core.data.batch import save_all
from core.errors import ConflictRefusal, ValidationRefusal
from core.money import Money
from core.scope import Scope
from core.write.models import AuditEntry, OutboxEvent
from core.write.pipeline import transact
from tests.core.write.dealership import SampleDealer
from tests.core.write.samples import Car, CarSold, Wheel


async def in_one(dealer: SampleDealer, work: Callable[[Scope], Awaitable[Any]]) -> Any:
    return await transact(dealer.user(), "many", work)


async def make_cars(dealer: SampleDealer, count: int) -> list[Car]:
    cars = [Car(number=str(number), price=Money(number)) for number in range(count)]
    await in_one(dealer, lambda _: save_all(cars))
    return cars


async def test_rows_saved_at_once_are_audited_as_each_alone_would_be(dealer: SampleDealer) -> None:
    async def work(scope: Scope, *, at_once: bool) -> None:
        car = Car(number=str(at_once), price=Money(5), owner_phone="13800138000")
        wheel = Wheel(car_id=car.id)
        if at_once:
            await save_all([car, wheel])
        else:
            await car.save()
            await wheel.save()
        car.state, car.price, wheel.car_id = "SOLD", None, car.id
        await (save_all([car, wheel]) if at_once else car.save())

    await in_one(dealer, lambda scope: work(scope, at_once=False))
    await in_one(dealer, lambda scope: work(scope, at_once=True))

    entries = await AuditEntry.all().order_by("id")
    told = [(e.entity, e.action, e.version, e.before, _without_keys(e.after)) for e in entries]
    assert told[:3] == told[3:]
    one, other = await Car.all().order_by("created_at", "id")
    assert (one.version, one.state) == (other.version, other.state) == (2, "SOLD")
    assert await Car.filter(price_minor=None).count() == 2


def _without_keys(after: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in after.items() if name not in ("id", "number", "car_id")}


async def test_rows_saved_at_once_keep_protected_values_that_can_be_opened(dealer: SampleDealer) -> None:
    async def work(scope: Scope) -> list[str | None]:
        cars = [Car(number=str(number), owner_phone=f"1380013800{number}") for number in range(3)]
        await save_all(cars)
        for car in cars:
            car.owner_phone = "13900139000"
        await save_all(cars[:2])
        return [await row.reveal("owner_phone") for row in await Car.all().order_by("number")]

    assert await in_one(dealer, work) == ["+8613900139000", "+8613900139000", "+8613800138002"]


async def test_many_rows_take_as_few_statements_as_one(dealer: SampleDealer) -> None:
    async def statements(count: int) -> int:
        cars = await make_cars(dealer, count)

        async def work(scope: Scope) -> None:
            for number, car in enumerate(cars):
                car.price = Money(number + 7)
                scope.publish(CarSold(car_id=car.id))
            await save_all(cars)
            await save_all(Wheel(car_id=car.id) for car in cars)

        with dealer.database.counting() as counted:
            await in_one(dealer, work)
        await in_one(dealer, lambda _: archive(cars))
        return len(counted)

    async def archive(cars: list[Car]) -> None:
        for car in cars:
            await car.archive()

    assert await statements(50) == await statements(1)
    assert await OutboxEvent.all().count() == 51


async def test_a_row_that_somebody_has_changed_is_named_and_nothing_is_written(dealer: SampleDealer) -> None:
    cars = await make_cars(dealer, 3)
    other = await Car.get(id=cars[1].id)
    other.state = "TAKEN"
    await in_one(dealer, lambda _: other.save())

    async def work(scope: Scope) -> None:
        for car in cars:
            car.state = "SOLD"
        await save_all(cars)

    with pytest.raises(ConflictRefusal) as caught:
        await in_one(dealer, work)

    assert caught.value.row == (Car, cars[1].id)
    assert sorted(car.state for car in await Car.all()) == ["FREE", "FREE", "TAKEN"]
    assert await AuditEntry.filter(action="update").count() == 1


async def test_rows_that_are_unchanged_are_left_alone(dealer: SampleDealer) -> None:
    cars = await make_cars(dealer, 2)

    await in_one(dealer, lambda _: save_all(cars))

    assert [car.version for car in await Car.all()] == [1, 1]
    assert await AuditEntry.all().count() == 2


async def test_one_row_given_as_two_objects_is_refused(dealer: SampleDealer) -> None:
    (car,) = await make_cars(dealer, 1)
    other = await Car.get(id=car.id)

    with pytest.raises(ValueError, match="two of these are of one"):
        await in_one(dealer, lambda _: save_all([car, car, other]))


async def test_each_row_is_checked_before_any_is_written(dealer: SampleDealer, monkeypatch: pytest.MonkeyPatch) -> None:
    async def prepare(car: Car) -> None:
        if car.number == "bad":
            raise ValidationRefusal("no such number")

    monkeypatch.setattr(Car, "prepare", prepare)

    with pytest.raises(ValidationRefusal):
        await in_one(dealer, lambda _: save_all([Car(number="good"), Car(number="bad")]))

    assert await Car.all().count() == 0
