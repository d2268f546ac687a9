"""With sales and aftersales on, their events ask for messages; without them nothing is missing."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, date, datetime
from uuid import UUID

import pytest

from forecourt import Event, Scope, uuid7
from forecourt.testing import sample_dealer
from plugins.aftersales.events import MaintenanceDue
from plugins.sales.events import VehicleDelivered
from plugins.sms_marketing.models.choices import SmsMessageState
from plugins.sms_marketing.models.messages import SmsMessage
from plugins.sms_marketing.services.gate import SmsSuppressReason
from tests.plugins.sms_marketing.conftest import Shop

NINE_TEN_IN_THE_EVENING = datetime(2026, 11, 21, 13, 10, tzinfo=UTC)
NEXT_NINE = datetime(2026, 11, 22, 1, 0, tzinfo=UTC)
ORDER = UUID("01a1fffa-3877-78ac-a5bb-0c05868bc663")


@pytest.fixture
async def shop(database_url: str) -> AsyncIterator[Shop]:
    modules = ["organisation", "customers", "inventory", "sales", "aftersales", "sms_marketing"]
    async with sample_dealer(modules, database_url=database_url) as sample:
        yield await Shop(sample).open()


def delivered(customer_id: UUID) -> VehicleDelivered:
    return VehicleDelivered(
        order_id=ORDER,
        customer_id=customer_id,
        opportunity_id=uuid7(),
        stock_vehicle_id=uuid7(),
        vehicle_identity_id=uuid7(),
        trim_id=uuid7(),
        odometer_km=12,
        delivered_on=date(2026, 11, 21),
        total_minor=24_300_000,
        cost_minor=22_850_000,
        accessories_minor=680_000,
        currency="CNY",
    )


def due(customer_id: UUID) -> MaintenanceDue:
    return MaintenanceDue(
        service_vehicle_id=uuid7(),
        plan_item_id=uuid7(),
        customer_id=customer_id,
        sequence=1,
        due_on=date(2027, 5, 21),
        due_km=5000,
        predicted_on=date(2027, 5, 1),
    )


async def handle(shop: Shop, event: Event) -> None:
    """Let this module's handlers have an event, as often as they are called."""

    async def work(scope: Scope) -> None:
        for handler in scope._dealer.kernel.handlers[event.type]:
            if handler.consumer.startswith("sms_marketing"):
                await handler.function(event)

    await shop.sample.run(work)


async def messages(shop: Shop) -> list[SmsMessage]:
    async def work() -> list[SmsMessage]:
        return await SmsMessage.all().order_by("id")

    return await shop.sample.read(work)


async def test_delivery_in_the_evening_is_thanked_for_the_next_morning_once(shop: Shop) -> None:
    shop.sample.clock.at = NINE_TEN_IN_THE_EVENING
    event = delivered(await shop.customer())
    await handle(shop, event)
    # Told again, and by another event of the same order.
    await handle(shop, event)
    await handle(shop, delivered(event.customer_id))
    [message] = await messages(shop)
    assert (message.state, message.not_before) == (SmsMessageState.QUEUED, NEXT_NINE)
    assert (message.category, message.automation) == ("PROMOTION", "delivery_thank_you")
    shop.sample.clock.at = NEXT_NINE
    await shop.send()
    assert len(await shop.submissions(message)) == 1


async def test_buyer_without_consent_is_not_thanked_by_text_message(shop: Shop) -> None:
    await handle(shop, delivered(await shop.customer(consent=False)))
    await shop.send()
    [message] = await messages(shop)
    assert message.suppress_reason == SmsSuppressReason.NO_CONSENT


async def test_maintenance_is_reminded_of_without_consent(shop: Shop) -> None:
    await handle(shop, due(await shop.customer(consent=False)))
    await shop.send()
    [message] = await messages(shop)
    assert (message.state, message.category) == (SmsMessageState.SUBMITTED, "NOTIFICATION")


async def test_store_without_the_template_plans_nothing(database_url: str) -> None:
    modules = ["organisation", "customers", "inventory", "sales", "aftersales", "sms_marketing"]
    async with sample_dealer(modules, database_url=database_url) as sample:
        shop = Shop(sample)
        customer = await shop.customer()
        await handle(shop, delivered(customer))
        await handle(shop, due(customer))
        assert await messages(shop) == []


async def test_module_serves_without_sales_and_aftersales(database_url: str) -> None:
    async with sample_dealer(["organisation", "customers", "sms_marketing"], database_url=database_url) as sample:
        handlers = sample.dealer.kernel.handlers
        assert not {"sales.vehicle_delivered", "aftersales.maintenance_due"} & set(handlers)
