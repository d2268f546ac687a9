"""What providers tell: receipts in any order, replies, and the address that they come to."""

from __future__ import annotations

from uuid import UUID

import pytest

from forecourt import Scope, uuid7
from plugins.customers.api import ConsentPurpose, ContactPoint, FollowUpTask, Interaction, grant_consent, has_consent
from plugins.sms_marketing.models.choices import SmsCallbackState, SmsMessageState
from plugins.sms_marketing.models.inbox import SmsCallback, SmsReceipt, SmsReply
from plugins.sms_marketing.models.messages import SmsMessage, SmsSuppression
from plugins.sms_marketing.models.templates import SmsProviderAccount
from plugins.sms_marketing.services.accounts import new_receipts_address
from plugins.sms_marketing.services.gate import SmsSuppressReason
from tests.plugins.sms_marketing.conftest import Provider, Shop


async def silent(shop: Shop) -> SmsMessage:
    """Return a message that the simulator has taken and says nothing of by itself."""
    message = await shop.plan("vehicle_arrived", await shop.customer("13800130003"))
    await shop.send()
    return message


async def receipts(shop: Shop) -> list[tuple[str, bool]]:
    async def work() -> list[tuple[str, bool]]:
        return [(str(row.state), row.applied) for row in await SmsReceipt.all().order_by("id")]

    return await shop.sample.read(work)


async def test_receipt_delivers_a_message(shop: Shop, provider: Provider) -> None:
    message = await silent(shop)
    await provider.report(message, "DELIVERED")
    assert (await shop.message(message)).state == SmsMessageState.DELIVERED
    assert await receipts(shop) == [("DELIVERED", True)]


async def test_repeated_and_contradicting_receipts_are_logged_and_change_nothing(
    shop: Shop, provider: Provider
) -> None:
    message = await silent(shop)
    await provider.report(message, "DELIVERED", "FAILED", "DELIVERED")
    finished = await shop.message(message)
    await provider.report(message, "FAILED")
    assert await receipts(shop) == [("DELIVERED", True), ("FAILED", False), ("DELIVERED", False), ("FAILED", False)]
    after = await shop.message(message)
    assert (after.state, after.version, after.error_code) == (SmsMessageState.DELIVERED, finished.version, "")


async def test_receipts_of_the_simulator_out_of_order_leave_the_first_final_state(shop: Shop) -> None:
    message = await shop.plan("vehicle_arrived", await shop.customer("13800130007"))
    await shop.send()
    await shop.send(seconds=5)
    assert (await shop.message(message)).state == SmsMessageState.DELIVERED
    assert [applied for _, applied in await receipts(shop)] == [True, False, False]


async def test_late_receipt_of_a_cancelled_message_changes_nothing(shop: Shop, provider: Provider) -> None:
    shop.sample.clock.at = shop.sample.clock.at.replace(hour=14)
    message = await shop.plan("vehicle_arrived", await shop.customer())
    await provider.report(message, "DELIVERED")
    assert (await shop.message(message)).state == SmsMessageState.QUEUED
    assert await receipts(shop) == [("DELIVERED", False)]


async def test_receipt_of_an_unknown_message_is_kept(shop: Shop, provider: Provider) -> None:
    await provider.tell({"out_id": str(uuid7()), "state": "DELIVERED"})
    assert await receipts(shop) == [("DELIVERED", False)]


async def test_receipt_that_names_the_provider_s_own_id_is_matched(shop: Shop, provider: Provider) -> None:
    message = await silent(shop)
    await provider.tell({"message_id": f"SIM-{message.id.hex}", "state": "FAILED", "code": "MK:0001"})
    failed = await shop.message(message)
    assert (failed.state, failed.error_code) == (SmsMessageState.FAILED, "MK:0001")


@pytest.mark.parametrize(
    "body", [b"", b"no json", b'{"state": "DELIVERED"}', b'[{"state": "DANCING"}]', b"[1]", b"\xff"]
)
async def test_body_that_cannot_be_read_is_answered_and_kept(shop: Shop, provider: Provider, body: bytes) -> None:
    response = await provider.http.post(provider.path, content=body)
    assert response.status_code == 200
    await shop.sample.settle()

    async def work() -> SmsCallback:
        return await SmsCallback.get()

    assert (await shop.sample.read(work)).state == SmsCallbackState.UNREADABLE


async def test_raw_calls_are_encrypted(shop: Shop, provider: Provider) -> None:
    await provider.reply("周末有空吗")
    database = shop.sample.dealer.database
    rows = await shop.sample.read(lambda: database.fetch("SELECT * FROM sms_marketing_sms_callback"))
    rows += await shop.sample.read(lambda: database.fetch("SELECT * FROM sms_marketing_sms_reply"))
    assert len(rows) == 2
    assert not any("13800138000" in str(value) or "周末" in str(value) for row in rows for value in tuple(row))


async def test_address_that_nobody_was_given_is_not_there(shop: Shop, provider: Provider) -> None:
    assert (await provider.http.post("/sms/receipts/guessed", content=b"[]")).status_code == 404
    assert (await provider.http.get(provider.path)).status_code == 405
    assert (await provider.http.post(provider.path, content=b" " * 1_000_001)).status_code == 413


async def test_new_address_ends_the_one_before(shop: Shop, provider: Provider) -> None:
    async def work(_: Scope) -> str:
        return await new_receipts_address(await SmsProviderAccount.get(code="simulator"))

    path = await shop.sample.run(work)
    assert (await provider.http.post(provider.path, content=b"[]")).status_code == 404
    assert (await provider.http.post(path, content=b"[]")).status_code == 200


async def suppressions(shop: Shop) -> list[SmsSuppression]:
    async def work() -> list[SmsSuppression]:
        return await SmsSuppression.all().order_by("id")

    return await shop.sample.read(work)


@pytest.mark.parametrize("word", ["R", "ｒ", " 退订。", "stop"])
async def test_refusal_by_reply_suppresses_number_queue_and_consent_at_once(
    shop: Shop, provider: Provider, word: str
) -> None:
    shop.sample.clock.at = shop.sample.clock.at.replace(hour=14)
    customer = await shop.customer()
    promotion = await shop.plan("birthday_greeting", customer)
    notification = await shop.plan("vehicle_arrived", customer)
    await provider.reply(word)
    assert (await shop.message(promotion)).suppress_reason == SmsSuppressReason.OPTED_OUT
    assert (await shop.message(notification)).state == SmsMessageState.QUEUED
    [row] = await suppressions(shop)
    assert (row.scope, row.source, row.customer_id, row.released_at) == ("MARKETING", "REPLY", customer, None)

    async def work(scope: Scope) -> bool:
        return await has_consent(scope, customer, ConsentPurpose.MARKETING_SMS)

    assert not await shop.sample.run(work)


async def test_refusal_of_a_stranger_holds_when_he_becomes_a_customer(shop: Shop, provider: Provider) -> None:
    await provider.reply("TD", "13900139000")
    message = await shop.plan("birthday_greeting", await shop.customer("13900139000"))
    await shop.send()
    assert (await shop.message(message)).suppress_reason == SmsSuppressReason.OPTED_OUT


async def test_same_reply_twice_is_taken_once(shop: Shop, provider: Provider) -> None:
    await shop.customer()
    for _ in range(2):
        await provider.reply("R", ref="up-1")

    async def work() -> int:
        return await SmsReply.all().count()

    assert await shop.sample.read(work) == 1
    assert len(await suppressions(shop)) == 1


async def test_start_releases_only_with_a_consent_on_record(shop: Shop, provider: Provider) -> None:
    customer = await shop.customer()
    await provider.reply("R")
    await provider.reply("START")
    [row] = await suppressions(shop)
    assert row.released_at is None

    async def work(scope: Scope) -> None:
        await grant_consent(scope, customer, ConsentPurpose.MARKETING_SMS, evidence="form 2")

    await shop.sample.run(work)
    await provider.reply("恢复")
    [row] = await suppressions(shop)
    assert row.released_at == shop.sample.clock.at


async def test_other_text_goes_to_timeline_and_owner(shop: Shop, provider: Provider) -> None:
    customer = await shop.customer()
    await provider.reply("周六上午可以试驾吗?")

    async def work() -> tuple[list[Interaction], list[FollowUpTask]]:
        return await Interaction.filter(customer_id=customer), await FollowUpTask.filter(customer_id=customer)

    [interaction], [task] = await shop.sample.read(work)
    assert (interaction.channel, interaction.direction, interaction.content) == ("SMS", "IN", "周六上午可以试驾吗?")
    assert (task.state, task.channel) == ("PLANNED", "SMS")
    assert await suppressions(shop) == []


async def test_recipient_who_replies_to_the_simulator_opts_out(shop: Shop) -> None:
    customer = await shop.customer("13800130005")
    await shop.plan("birthday_greeting", customer)
    await shop.send()
    await shop.send(seconds=60)
    [row] = await suppressions(shop)
    assert row.customer_id == customer


async def test_number_out_of_service_counts_against_the_contact_point(shop: Shop) -> None:
    customer = await shop.customer("13800130008")
    for number in range(3):
        await shop.plan("vehicle_arrived", customer, f"key {number}")
        await shop.send(minutes=1)
        await shop.send(minutes=1)

    async def work() -> ContactPoint:
        return await ContactPoint.get(customer_id=customer)

    assert (await shop.sample.read(work)).bounce == "BOUNCED"
    message = await shop.plan("vehicle_arrived", customer)
    await shop.send()
    assert (await shop.message(message)).suppress_reason == SmsSuppressReason.INVALID


@pytest.mark.parametrize(
    ("suffix", "state", "code"),
    [("0001", "REJECTED", "BLACKLIST"), ("0002", "FAILED", "UNDELIV"), ("0009", "EXPIRED", "EXPIRED")],
)
async def test_simulator_fails_by_the_last_digits(shop: Shop, suffix: str, state: str, code: str) -> None:
    message = await shop.plan("vehicle_arrived", await shop.customer(f"1380013{suffix}"))
    await shop.send()
    await shop.send(seconds=5)
    failed = await shop.message(message)
    assert (failed.state, failed.error_code) == (state, code)


async def test_events_tell_ids_only(shop: Shop) -> None:
    customer: UUID = await shop.customer("13800130005")
    await shop.plan("birthday_greeting", customer)
    await shop.send()
    await shop.send(seconds=60)
    database = shop.sample.dealer.database
    rows = await shop.sample.read(
        lambda: database.fetch("SELECT * FROM core_outbox_event WHERE type LIKE 'sms_marketing.%'")
    )
    assert len(rows) >= 4
    assert not any("13800130005" in str(value) or "王女士" in str(value) for row in rows for value in tuple(row))
