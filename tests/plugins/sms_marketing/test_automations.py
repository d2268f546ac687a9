"""Messages that nobody plans by hand: birthdays, merged customers, events of other modules."""

from __future__ import annotations

from datetime import UTC, date, datetime

from forecourt import Scope
from plugins.customers.api import Customer
from plugins.sms_marketing.models.choices import SmsMessageState
from plugins.sms_marketing.models.messages import SmsMessage
from plugins.sms_marketing.services import birthdays
from plugins.sms_marketing.services.gate import SmsSuppressReason
from tests.plugins.sms_marketing.conftest import Shop

NINE = datetime(2026, 11, 21, 1, 0, tzinfo=UTC)


async def born(shop: Shop, phone: str, on: date, calendar: str = "SOLAR", *, consent: bool = True) -> None:
    customer_id = await shop.customer(phone, consent=consent)

    async def work(_: Scope) -> None:
        customer = await Customer.get(id=customer_id)
        customer.birth_on = on
        customer.birth_calendar = calendar  # type: ignore[assignment]  # its value
        await customer.save()

    await shop.sample.run(work)


async def greetings(shop: Shop) -> list[SmsMessage]:
    async def work() -> list[SmsMessage]:
        return await SmsMessage.filter(automation="birthday").order_by("id")

    return await shop.sample.read(work)


async def test_birthdays_of_the_day_are_greeted_once_a_year_within_the_morning(shop: Shop) -> None:
    shop.sample.clock.at = NINE
    await born(shop, "13800138001", date(1990, 11, 21))
    await born(shop, "13800138002", date(1990, 11, 22))
    await born(shop, "13800138003", date(1990, 11, 21), consent=False)
    for _ in range(2):
        assert await shop.sample.run(birthdays.greet) == 2
    await shop.send()
    first, second = await greetings(shop)
    assert {first.state, second.state} == {SmsMessageState.SUBMITTED, SmsMessageState.SUPPRESSED}
    assert {first.suppress_reason, second.suppress_reason} == {None, SmsSuppressReason.NO_CONSENT}
    assert first.dedupe_key == f"birthday:{first.customer_id}:2026"


async def test_greeting_that_is_late_is_left_out(shop: Shop) -> None:
    shop.sample.clock.at = NINE.replace(hour=3)  # 11:00 in Shanghai
    await born(shop, "13800138001", date(1990, 11, 21))
    await shop.sample.run(birthdays.greet)
    await shop.send()
    [greeting] = await greetings(shop)
    assert greeting.state == SmsMessageState.EXPIRED


async def test_lunar_and_leap_birthdays_are_greeted_on_this_year_s_day(shop: Shop) -> None:
    # 1990-10-26 was the 9th of lunar month 9, as 2026-10-18 is.
    shop.sample.clock.at = datetime(2026, 10, 18, 1, 0, tzinfo=UTC)
    await born(shop, "13800138001", date(1990, 10, 26), "LUNAR")
    assert await shop.sample.run(birthdays.greet) == 1
    shop.sample.clock.at = datetime(2027, 2, 28, 1, 0, tzinfo=UTC)
    await born(shop, "13800138002", date(2000, 2, 29))
    assert await shop.sample.run(birthdays.greet) == 1


async def test_daily_job_greets(shop: Shop) -> None:
    shop.sample.clock.at = NINE.replace(hour=0)
    await born(shop, "13800138001", date(1990, 11, 21))
    await shop.send()
    assert await greetings(shop) == []
    await shop.send(hours=1)
    [greeting] = await greetings(shop)
    assert greeting.state == SmsMessageState.SUBMITTED
