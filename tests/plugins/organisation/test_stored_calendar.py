from datetime import UTC, date, datetime
from uuid import UUID

import pytest

from core.services.settings import change_setting, settings
from plugins.organisation.models import DayKind
from plugins.organisation.services.calendar import business_calendar, correct_day
from plugins.organisation.services.hours import business_clock
from plugins.organisation.settings import OrganisationSettings
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


async def test_clock_of_a_store_follows_what_the_store_has_set_else_the_dealer(dealership: Dealership) -> None:
    async def until(hour: str, store_id: UUID | None) -> None:
        hours = [{"days": [6], "from": "08:00", "to": hour}]
        await dealership.run(
            lambda scope: change_setting(scope, OrganisationSettings, "business_hours", hours, store_id=store_id)
        )

    await until("20:00", dealership.south)
    await until("12:00", None)
    noon = datetime(2026, 11, 21, 4, 30, tzinfo=UTC)  # Saturday 12:30 in Shanghai
    scope = dealership.scope()
    assert not (await business_clock(scope, dealership.north)).is_open(noon)
    assert (await business_clock(scope, dealership.south)).is_open(noon)


@pytest.mark.parametrize("country", ["true", "42", "null", '"DE"'])
async def test_setting_that_looks_like_json_stays_a_text(dealership: Dealership, country: str) -> None:
    await dealership.run(lambda scope: change_setting(scope, OrganisationSettings, "country", country))
    assert (await settings(dealership.scope(), OrganisationSettings)).country == country
