"""From the queue to the provider: what leaves, what waits, what never leaves."""

from __future__ import annotations

import asyncio
import time
from datetime import UTC, datetime, timedelta

import pytest

from core.people.callers import system_caller
from forecourt import Scope, uuid7
from forecourt.testing import SampleDealer
from plugins.customers.api import Customer
from plugins.sms_marketing.models.choices import SmsMessageState, SmsSuppressionScope, SmsTemplateState
from plugins.sms_marketing.models.messages import SmsFrequency, SmsMessage
from plugins.sms_marketing.models.templates import SmsTemplateVersion
from plugins.sms_marketing.services import sending
from plugins.sms_marketing.services.gate import SmsSuppressReason
from plugins.sms_marketing.services.messages import spread
from plugins.sms_marketing.services.refusals import BlanksRefusal, NoApprovedTemplateRefusal
from plugins.sms_marketing.services.sending import Pace
from tests.plugins.sms_marketing.conftest import PHONE, Shop

EVENING = datetime(2026, 11, 21, 13, 10, tzinfo=UTC)
"""21:10 in Shanghai."""
NEXT_NINE = datetime(2026, 11, 22, 1, 0, tzinfo=UTC)


async def test_promotion_within_the_window_is_sent_and_delivered(shop: Shop) -> None:
    message = await shop.plan("birthday_greeting", await shop.customer())
    await shop.send()
    sent = await shop.message(message)
    assert (sent.state, sent.attempts, sent.segments) == (SmsMessageState.SUBMITTED, 1, 1)
    assert sent.provider_message_id == f"SIM-{message.id.hex}"
    await shop.send(seconds=5)
    assert (await shop.message(message)).state == SmsMessageState.DELIVERED
    assert len(await shop.submissions()) == 1


async def test_promotion_planned_at_night_waits_for_nine(shop: Shop) -> None:
    shop.sample.clock.at = EVENING
    message = await shop.plan("delivery_thank_you", await shop.customer())
    assert message.not_before == NEXT_NINE
    await shop.send()
    assert (await shop.message(message)).state == SmsMessageState.QUEUED
    shop.sample.clock.at = NEXT_NINE
    await shop.send()
    assert (await shop.message(message)).state == SmsMessageState.SUBMITTED


async def test_ordinary_notification_waits_for_the_window_and_urgent_one_does_not(shop: Shop) -> None:
    shop.sample.clock.at = EVENING
    customer = await shop.customer(consent=False)
    ordinary = await shop.plan("vehicle_arrived", customer)
    urgent = await shop.plan("work_order_ready", customer)
    await shop.send()
    assert (await shop.message(ordinary)).not_before == NEXT_NINE
    assert (await shop.message(urgent)).state == SmsMessageState.SUBMITTED


async def test_recipient_abroad_is_written_to_on_his_own_clock(shop: Shop) -> None:
    shop.sample.clock.at = datetime(2026, 11, 22, 5, 0, tzinfo=UTC)  # 13:00 in Shanghai, 21:00 in Los Angeles
    message = await shop.plan("vehicle_arrived", await shop.customer("+14155552671", consent=False))
    assert message.not_before == shop.sample.clock.at
    await shop.send()
    waiting = await shop.message(message)
    assert (waiting.state, waiting.not_before) == (
        SmsMessageState.QUEUED,
        datetime(2026, 11, 22, 17, 0, tzinfo=UTC),
    )


async def test_text_and_number_are_encrypted_and_read_back(shop: Shop) -> None:
    message = await shop.plan("birthday_greeting", await shop.customer())
    assert not message.to
    await shop.send()

    async def work(scope: Scope) -> tuple[SmsMessage, str | None, str | None]:
        row = await SmsMessage.get(id=message.id)
        return row, await row.reveal("to"), await row.reveal("text")

    row, number, text = await shop.sample.run(work)
    assert (row.to, row.text) == ("138****8000", "****")
    assert number == PHONE
    assert text is not None
    assert text.endswith("王女士您好,祝您生日快乐!本月到店保养享九折。拒收请回复R")
    database = shop.sample.dealer.database
    [stored] = await shop.sample.read(lambda: database.fetch("SELECT * FROM sms_marketing_sms_message"))
    assert not any("13800138000" in str(value) or "王女士" in str(value) for value in tuple(stored))


async def test_promotion_without_consent_is_suppressed_and_notification_is_not(shop: Shop) -> None:
    customer = await shop.customer(consent=False)
    promotion = await shop.plan("birthday_greeting", customer)
    notification = await shop.plan("vehicle_arrived", customer)
    await shop.send()
    stopped = await shop.message(promotion)
    assert (stopped.state, stopped.suppress_reason) == (SmsMessageState.SUPPRESSED, SmsSuppressReason.NO_CONSENT)
    assert (await shop.message(notification)).state == SmsMessageState.SUBMITTED


async def test_consent_is_asked_for_at_submission_not_at_planning(shop: Shop) -> None:
    shop.sample.clock.at = EVENING
    customer = await shop.customer()
    message = await shop.plan("birthday_greeting", customer)
    await shop.withdraw(customer)
    shop.sample.clock.at = NEXT_NINE
    await shop.send()
    assert (await shop.message(message)).suppress_reason == SmsSuppressReason.NO_CONSENT
    assert await shop.submissions() == []


async def test_withdrawn_consent_suppresses_what_waits_at_once(shop: Shop) -> None:
    shop.sample.clock.at = EVENING
    customer = await shop.customer()
    message = await shop.plan("birthday_greeting", customer)
    await shop.withdraw(customer)
    await shop.send()
    assert (await shop.message(message)).state == SmsMessageState.SUPPRESSED


async def test_suppressing_a_number_stops_waiting_promotions_in_the_same_transaction(shop: Shop) -> None:
    shop.sample.clock.at = EVENING
    customer = await shop.customer()
    promotion = await shop.plan("birthday_greeting", customer)
    notification = await shop.plan("vehicle_arrived", customer)
    await shop.suppress("138 0013 8000")
    assert (await shop.message(promotion)).suppress_reason == SmsSuppressReason.OPTED_OUT
    assert (await shop.message(notification)).state == SmsMessageState.QUEUED


async def test_number_suppressed_for_all_gets_no_notification_either(shop: Shop) -> None:
    customer = await shop.customer()
    await shop.suppress(PHONE, SmsSuppressionScope.ALL)
    message = await shop.plan("vehicle_arrived", customer)
    await shop.send()
    assert (await shop.message(message)).suppress_reason == SmsSuppressReason.OPTED_OUT


async def test_second_promotion_of_a_day_waits_and_third_of_a_week_longer(shop: Shop) -> None:
    customer = await shop.customer()
    first = await shop.plan("birthday_greeting", customer)
    await shop.send()
    second = await shop.plan("weekend_event", customer)
    await shop.send(hours=1)
    assert (await shop.message(first)).submitting_at == datetime(2026, 11, 21, 2, 0, tzinfo=UTC)
    waiting = await shop.message(second)
    assert (waiting.state, waiting.not_before) == (SmsMessageState.QUEUED, datetime(2026, 11, 22, 2, 0, tzinfo=UTC))
    await shop.send(hours=23)
    assert (await shop.message(second)).state == SmsMessageState.SUBMITTED
    third = await shop.plan("delivery_thank_you", customer)
    await shop.send(days=1)
    # A promotion is of use for three days; the week's cap ends later than that.
    assert (await shop.message(third)).suppress_reason == SmsSuppressReason.EXPIRED


async def test_promotions_to_one_number_are_counted_however_many_customers_had_it(shop: Shop) -> None:
    await shop.plan("birthday_greeting", await shop.customer())
    await shop.send()

    async def work() -> list[SmsFrequency]:
        return await SmsFrequency.all()

    [row] = await shop.sample.read(work)
    assert len(row.promotions_at) == 1


async def test_same_dedupe_key_plans_one_message(shop: Shop) -> None:
    customer = await shop.customer()
    first = await shop.plan("birthday_greeting", customer, "birthday:1:2026")
    second = await shop.plan("birthday_greeting", customer, "birthday:1:2026")
    assert first.id == second.id
    await shop.send()
    assert len(await shop.submissions()) == 1


async def test_customer_without_a_mobile_is_not_written_to(shop: Shop) -> None:
    message = await shop.plan("vehicle_arrived", await shop.customer("010-62345678"))
    await shop.send()
    assert (await shop.message(message)).suppress_reason == SmsSuppressReason.INVALID


async def test_archived_customer_is_not_written_to(shop: Shop) -> None:
    customer_id = await shop.customer()
    message = await shop.plan("vehicle_arrived", customer_id)

    async def work(_: Scope) -> None:
        await (await Customer.get(id=customer_id)).archive()

    await shop.sample.run(work)
    await shop.send()
    assert (await shop.message(message)).suppress_reason == SmsSuppressReason.RESTRICTED


async def test_message_of_a_template_disabled_meanwhile_is_not_sent(shop: Shop) -> None:
    message = await shop.plan("vehicle_arrived", await shop.customer())

    async def work(_: Scope) -> None:
        version = await SmsTemplateVersion.get(id=message.template_version_id)
        version.state = SmsTemplateState.DISABLED
        await version.save()

    await shop.sample.run(work)
    await shop.send()
    assert (await shop.message(message)).suppress_reason == SmsSuppressReason.TEMPLATE


async def test_planning_without_an_approved_template_is_refused(shop: Shop) -> None:
    customer = await shop.customer()
    with pytest.raises(NoApprovedTemplateRefusal):
        await shop.plan("nothing_of_the_kind", customer)


@pytest.mark.parametrize("filling", [{}, {"due_on": ""}, {"due_on": "20 November 2026"}])
async def test_planning_with_blanks_not_filled_right_is_refused(shop: Shop, filling: dict[str, str]) -> None:
    customer = await shop.customer()
    with pytest.raises(BlanksRefusal):
        await shop.plan("maintenance_reminder", customer, **filling)


async def test_number_that_changed_since_planning_is_the_one_written_to(shop: Shop, sample: SampleDealer) -> None:
    customer_id = await shop.customer()
    message = await shop.plan("vehicle_arrived", customer_id)
    client = sample.client()
    found = await client("{ contactPoints { nodes { id } } }")
    point = found.data["contactPoints"]["nodes"][0]["id"]
    await client.command(
        "mutation($i: ReplaceContactPointInput!) { replaceContactPoint(input: $i) { problems { code message } } }",
        i={"contactPoint": point, "value": "13900139000"},
    )
    await shop.send()
    assert (await shop.message(message)).to == "139****9000"


async def test_store_over_its_monthly_budget_sends_nothing_that_costs(shop: Shop, sample: SampleDealer) -> None:
    client = sample.client()
    accounts = (await client("{ smsProviderAccounts { nodes { id } } }")).data["smsProviderAccounts"]["nodes"]
    await client.command(
        "mutation($i: UpdateSmsProviderAccountInput!) { updateSmsProviderAccount(input: $i) { problems { code } } }",
        i={"id": accounts[0]["id"], "price": {"amountMinor": "5", "currency": "CNY"}},
    )
    await shop.set("monthly_budget_minor", 8)
    first = await shop.plan("vehicle_arrived", await shop.customer())
    await shop.send()
    second = await shop.plan("vehicle_arrived", await shop.customer("13900139000"))
    await shop.send()
    assert (await shop.message(first)).cost.amount_minor == 5
    assert (await shop.message(second)).suppress_reason == SmsSuppressReason.BUDGET


async def test_message_that_cannot_be_read_does_not_hold_up_the_others(shop: Shop) -> None:
    broken = await shop.plan("vehicle_arrived", await shop.customer())
    sound = await shop.plan("vehicle_arrived", await shop.customer("13900139000"))
    database = shop.sample.dealer.database
    sql = f"UPDATE sms_marketing_sms_message SET filling_sealed = 'v1' WHERE id = '{broken.id}'"
    await shop.sample.read(lambda: database.execute(sql))
    await shop.send()
    assert (await shop.message(broken)).state == SmsMessageState.QUEUED
    assert (await shop.message(sound)).state == SmsMessageState.SUBMITTED


async def test_promotion_above_a_cap_is_suppressed_where_the_store_does_not_wait(shop: Shop) -> None:
    await shop.set("wait_at_cap", False)
    customer = await shop.customer()
    await shop.plan("birthday_greeting", customer)
    second = await shop.plan("weekend_event", customer)
    await shop.send()
    assert (await shop.message(second)).suppress_reason == SmsSuppressReason.CAP


async def test_jitter_spreads_what_waits_for_the_window_and_stays_the_same_for_a_message(shop: Shop) -> None:
    await shop.set("jitter_minutes", 30)
    shop.sample.clock.at = EVENING
    customer = await shop.customer()
    planned = [await shop.plan("vehicle_arrived", customer, f"key {number}") for number in range(5)]
    assert all(NEXT_NINE <= message.not_before < NEXT_NINE + timedelta(minutes=30) for message in planned)
    assert len({message.not_before for message in planned}) == 5
    assert spread("key 0", 30) == planned[0].not_before - NEXT_NINE


async def test_pace_keeps_to_the_rate_of_an_account() -> None:
    pace, account = Pace(), uuid7()
    began = time.monotonic()
    for _ in range(4):
        await pace.wait(account, 100)
    assert time.monotonic() - began >= 0.03


async def test_parallel_workers_hand_a_message_over_once(shop: Shop) -> None:
    messages = [await shop.plan("vehicle_arrived", await shop.customer(f"1380013812{last}")) for last in range(4)]

    async def worker() -> None:
        async def work() -> None:
            scope = shop.sample.dealer.scope(system_caller("test", shop.sample.store_id))
            await sending.send_due(scope)

        await shop.sample.read(work)

    await asyncio.gather(*(worker() for _ in range(4)))
    assert [len(await shop.submissions(message)) for message in messages] == [1, 1, 1, 1]


async def test_parallel_workers_keep_to_the_cap_of_a_number(shop: Shop) -> None:
    customer = await shop.customer()
    for number in range(4):
        await shop.plan("birthday_greeting", customer, f"key {number}")

    async def worker() -> None:
        async def work() -> None:
            scope = shop.sample.dealer.scope(system_caller("test", shop.sample.store_id))
            await sending.send_due(scope)

        await shop.sample.read(work)

    await asyncio.gather(*(worker() for _ in range(4)))
    assert len(await shop.submissions()) == 1


async def test_list_of_messages_takes_as_many_statements_for_one_as_for_three(shop: Shop) -> None:
    client = shop.sample.client()
    query = """{ smsMessages(first: 9) { nodes { to state customer { name }
                 template { code versions { nodes { number } } } account { code } receipts { nodes { state } } } } }"""
    counts = []
    for number in range(3):
        await shop.plan("vehicle_arrived", await shop.customer(f"1380013812{number}"))
        with shop.sample.dealer.database.counting() as statements:
            _ = (await client(query)).data
        counts.append(len(statements))
    assert len(set(counts)) == 1
