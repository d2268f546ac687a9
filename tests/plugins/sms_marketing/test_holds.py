"""Who has written back gets no promotion until somebody has read what; all else goes on."""

from __future__ import annotations

from datetime import timedelta

import pytest

from core.write.models import AuditEntry
from forecourt import Reach, Scope, global_id
from plugins.customers.api import FollowUpTask, Interaction
from plugins.customers.events import TaskDone
from plugins.sms_marketing.models.choices import SmsMessageState
from plugins.sms_marketing.models.inbox import SmsReply
from plugins.sms_marketing.services.gate import SmsSuppressReason
from tests.plugins.sms_marketing.conftest import PHONE, Provider, Shop
from tests.plugins.sms_marketing.test_receipts import suppressions

READ = "mutation($i: ReadSmsReplyInput!) { readSmsReply(input: $i) { smsReplyText { text } problems { code } } }"
UNREAD = "{ smsReplies(filter: {unread: {eq: true}}) { nodes { id keyword unread readBy } } }"


def at_night(shop: Shop) -> None:
    """Let promotions wait for the window."""
    shop.sample.clock.at = shop.sample.clock.at.replace(hour=14)


async def only_reply(shop: Shop) -> SmsReply:
    return await shop.sample.read(lambda: SmsReply.get())


async def test_text_holds_promotions_until_somebody_has_read_it(shop: Shop, provider: Provider) -> None:
    customer = await shop.customer()
    await provider.reply("你们怎么有我的电话")
    promotion = await shop.plan("birthday_greeting", customer)
    notice = await shop.plan("vehicle_arrived", customer)
    await shop.send()
    assert (await shop.message(promotion)).state == SmsMessageState.QUEUED
    assert (await shop.message(notice)).state != SmsMessageState.QUEUED
    reader = shop.sample.client(await shop.sample.add_user("reader"))
    reply = global_id("SmsReply", (await only_reply(shop)).id)
    assert [node["id"] for node in (await reader(UNREAD)).data["smsReplies"]["nodes"]] == [reply]
    payload = await reader.command(READ, i={"reply": reply})
    assert payload["smsReplyText"] == {"text": "你们怎么有我的电话"}
    again = await reader.command(READ, i={"reply": reply})
    assert again == payload
    row = await only_reply(shop)
    assert (row.unread, row.read_by) == (False, reader.caller.actor)
    entries = await shop.sample.read(lambda: AuditEntry.filter(row_id=row.id, action="update"))
    assert len(entries) == 1
    await shop.send(minutes=60)
    assert (await shop.message(promotion)).state not in (SmsMessageState.QUEUED, SmsMessageState.SUPPRESSED)


async def test_promotion_that_waits_already_is_held_back(shop: Shop, provider: Provider) -> None:
    at_night(shop)
    promotion = await shop.plan("birthday_greeting", await shop.customer())
    before = await shop.message(promotion)
    await provider.reply("周六上午可以试驾吗?")
    held = await shop.message(promotion)
    assert held.version > before.version  # a worker that has it in hand loses
    shop.sample.clock.at += timedelta(hours=12)
    await shop.send()
    assert (await shop.message(promotion)).state == SmsMessageState.QUEUED


async def test_stranger_who_becomes_a_customer_is_still_held(shop: Shop, provider: Provider) -> None:
    await provider.reply("哪位?", PHONE)
    promotion = await shop.plan("birthday_greeting", await shop.customer())
    await shop.send()
    assert (await shop.message(promotion)).state == SmsMessageState.QUEUED


@pytest.mark.parametrize("word", ["TD退订", "OPT OUT 🙏", "退訂\n张三", "回复R"])
async def test_refusal_in_any_spelling_suppresses_at_once(shop: Shop, provider: Provider, word: str) -> None:
    at_night(shop)
    promotion = await shop.plan("birthday_greeting", await shop.customer())
    await provider.reply(word)
    message = await shop.message(promotion)
    assert (message.state, message.suppress_reason) == (SmsMessageState.SUPPRESSED, SmsSuppressReason.OPTED_OUT)
    assert len(await suppressions(shop)) == 1
    assert not (await only_reply(shop)).unread


async def test_doing_the_task_counts_as_reading(shop: Shop, provider: Provider) -> None:
    customer = await shop.customer()
    await provider.reply("周六上午可以试驾吗?")

    async def done(scope: Scope) -> None:
        task = await FollowUpTask.get(customer_id=customer)
        talk = await Interaction.filter(customer_id=customer).first()
        assert talk is not None
        scope.publish(TaskDone(task_id=task.id, customer_id=customer, interaction_id=talk.id, store_id=task.store_id))

    await shop.sample.run(done)
    await shop.sample.settle()
    assert not (await only_reply(shop)).unread


async def test_reading_needs_the_right(shop: Shop, provider: Provider) -> None:
    await provider.reply("哪位?")
    reply = global_id("SmsReply", (await only_reply(shop)).id)
    reader = shop.sample.client(permissions={"sms_marketing.sms_reply.read": Reach.STORE})
    payload = await reader.payload(READ, i={"reply": reply})
    assert [problem["code"] for problem in payload["problems"]] == ["FORBIDDEN"]
    assert (await only_reply(shop)).unread
