from datetime import UTC, date, datetime

from core.people.models import Store
from core.scope import Scope
from core.services.calendar import DayKind, business_calendar, correct_day
from core.services.hours import business_clock
from core.services.settings import CoreSettings, change_setting
from tests.core.services.dealership import Dealership

HOLIDAY = date(2027, 2, 8)


async def test_correction_of_the_dealer_holds_in_all_stores_unless_one_has_its_own(dealership: Dealership) -> None:
    await dealership.run(lambda scope: correct_day(scope, HOLIDAY, DayKind.WORK, note="fair"))
    await dealership.run(lambda scope: correct_day(scope, HOLIDAY, DayKind.REST, store_id=dealership.south))
    scope = dealership.scope()
    assert (await business_calendar(scope)).is_work_day(HOLIDAY)
    assert (await business_calendar(scope, dealership.north)).is_work_day(HOLIDAY)
    assert not (await business_calendar(scope, dealership.south)).is_work_day(HOLIDAY)


async def test_second_correction_of_a_day_replaces_the_first(dealership: Dealership) -> None:
    first = await dealership.run(lambda scope: correct_day(scope, HOLIDAY, DayKind.WORK))
    second = await dealership.run(lambda scope: correct_day(scope, HOLIDAY, DayKind.REST))
    assert first.id == second.id
    assert not (await business_calendar(dealership.scope())).is_work_day(HOLIDAY)


async def test_clock_of_a_store_follows_its_hours_else_the_setting(dealership: Dealership) -> None:
    async def late(scope: Scope) -> None:
        store = await Store.get(id=dealership.south)
        store.business_hours = [{"days": [6], "from": "10:00", "to": "20:00"}]
        await store.save()

    await dealership.run(late)
    await dealership.run(
        lambda scope: change_setting(
            scope, CoreSettings, "business_hours", [{"days": [6], "from": "08:00", "to": "12:00"}]
        )
    )
    noon = datetime(2026, 11, 21, 4, 30, tzinfo=UTC)  # Saturday 12:30 in Shanghai
    scope = dealership.scope()
    assert not (await business_clock(scope, dealership.north)).is_open(noon)
    assert (await business_clock(scope, dealership.south)).is_open(noon)
