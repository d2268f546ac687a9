"""Commands and queries about messages and suppressed numbers, as clients send them."""

from __future__ import annotations

from datetime import UTC, datetime
from uuid import UUID

import pytest

from forecourt import Reach, global_id
from forecourt.testing import SampleDealer
from plugins.sms_marketing.models.choices import SmsMessageState
from tests.plugins.sms_marketing.conftest import PHONE, Shop

PLAN = """mutation($i: PlanSmsMessageInput!, $k: String) { planSmsMessage(input: $i, idempotencyKey: $k) {
  smsMessage { id state category legalBasis to segments dedupeKey customer { name } notBefore }
  problems { code message path } } }"""
CANCEL = """mutation($i: SmsMessageInput!, $v: Int) { cancelSmsMessage(input: $i, expectedVersion: $v) {
  smsMessage { state } problems { code message } } }"""
SUPPRESS = """mutation($i: SuppressSmsNumberInput!) { suppressSmsNumber(input: $i) {
  smsSuppression { id scope source customer { id } releasedAt } problems { code message path } } }"""
RELEASE = """mutation($i: ReleaseSmsNumberInput!) { releaseSmsNumber(input: $i) {
  smsSuppression { releasedAt releasedBy releaseReason } problems { code message } } }"""
TEST = """mutation($i: TestSmsTemplateInput!) { testSmsTemplate(input: $i) {
  smsMessage { id to state customer { id } } problems { code message path } } }"""


def customer_gid(customer_id: UUID) -> str:
    return global_id("Customer", customer_id)


async def test_plan_a_notification_by_hand(shop: Shop) -> None:
    customer = await shop.customer(consent=False)
    filling = [{"name": "due_on", "text": "2026-12-01"}]
    payload = await shop.sample.client().command(
        PLAN, i={"customer": customer_gid(customer), "template": "maintenance_reminder", "filling": filling}
    )
    message = payload["smsMessage"]
    assert (message["state"], message["legalBasis"], message["to"]) == ("QUEUED", "CONTRACT", None)
    assert message["customer"] == {"name": "王女士"}
    await shop.send()
    assert len(await shop.submissions()) == 1


async def test_planning_again_with_the_same_keys_plans_nothing_more(shop: Shop) -> None:
    client = shop.sample.client()
    given = {"customer": customer_gid(await shop.customer()), "template": "vehicle_arrived", "dedupeKey": "arrived:1"}
    ids = {(await client.command(PLAN, i=given, k=key))["smsMessage"]["id"] for key in ("a", "a", "b")}
    assert len(ids) == 1


@pytest.mark.parametrize(
    ("template", "code"), [("nothing", "SMS_TEMPLATE_NOT_APPROVED"), ("maintenance_reminder", "SMS_BLANKS")]
)
async def test_plan_that_cannot_be_is_a_problem(shop: Shop, template: str, code: str) -> None:
    customer = customer_gid(await shop.customer())
    payload = await shop.sample.client().payload(PLAN, i={"customer": customer, "template": template})
    assert [problem["code"] for problem in payload["problems"]] == [code]


async def test_customer_out_of_sight_is_not_written_to(shop: Shop) -> None:
    customer = await shop.customer()
    other = await shop.sample.add_store("S2")
    payload = await shop.sample.client(store_id=other).payload(
        PLAN, i={"customer": customer_gid(customer), "template": "vehicle_arrived"}
    )
    assert [problem["code"] for problem in payload["problems"]] == ["NOT_FOUND"]


@pytest.mark.parametrize("operation", [PLAN, CANCEL, SUPPRESS, RELEASE, TEST])
async def test_caller_without_rights_may_do_nothing(shop: Shop, operation: str) -> None:
    gid = customer_gid(await shop.customer())
    inputs = {
        PLAN: {"customer": gid, "template": "vehicle_arrived"},
        CANCEL: {"message": gid},
        SUPPRESS: {"number": PHONE},
        RELEASE: {"suppression": gid, "reason": "form"},
        TEST: {"template": "vehicle_arrived", "number": PHONE},
    }
    payload = await shop.sample.client(permissions={}).payload(operation, i=inputs[operation])
    assert [problem["code"] for problem in payload["problems"]] == ["FORBIDDEN"]


async def test_cancel_a_waiting_message_and_not_a_sent_one(shop: Shop) -> None:
    client = shop.sample.client()
    customer = await shop.customer()
    waiting = await shop.plan("vehicle_arrived", customer, "1")
    payload = await client.command(CANCEL, i={"message": global_id("SmsMessage", waiting.id)}, v=1)
    assert payload["smsMessage"]["state"] == "CANCELLED"
    sent = await shop.plan("vehicle_arrived", customer, "2")
    await shop.send()
    payload = await client.payload(CANCEL, i={"message": global_id("SmsMessage", sent.id)})
    assert [problem["code"] for problem in payload["problems"]] == ["INVALID_TRANSITION"]
    assert len(await shop.submissions()) == 1
    assert (await shop.message(waiting)).state == SmsMessageState.CANCELLED


async def test_cancelling_a_version_that_has_changed_is_a_conflict(shop: Shop) -> None:
    message = await shop.plan("vehicle_arrived", await shop.customer())
    payload = await shop.sample.client().payload(CANCEL, i={"message": global_id("SmsMessage", message.id)}, v=7)
    assert [problem["code"] for problem in payload["problems"]] == ["CONFLICT"]


async def test_test_goes_to_a_mobile_without_a_customer(shop: Shop) -> None:
    client = shop.sample.client()
    filling = [{"name": "customer_name", "text": "我"}]
    payload = await client.command(
        TEST, i={"template": "vehicle_arrived", "number": "139 0013 9000", "filling": filling}
    )
    assert payload["smsMessage"]["to"] == "139****9000"
    await shop.send()
    assert len(await shop.submissions()) == 1
    for number in ("010-62345678", "12345"):
        payload = await client.payload(TEST, i={"template": "vehicle_arrived", "number": number, "filling": filling})
        assert [problem["code"] for problem in payload["problems"]] == ["VALIDATION_ERROR"]


async def test_promotion_is_never_sent_without_a_customer(shop: Shop) -> None:
    filling = [{"name": "customer_name", "text": "我"}]
    await shop.sample.client().command(
        TEST, i={"template": "birthday_greeting", "number": "13900139000", "filling": filling}
    )
    await shop.send()
    assert await shop.submissions() == []


async def test_release_needs_a_new_consent_and_a_reason(shop: Shop) -> None:
    client = shop.sample.client()
    customer = await shop.customer()
    suppression = (await client.command(SUPPRESS, i={"number": "138 0013 8000"}))["smsSuppression"]
    assert suppression["customer"] == {"id": customer_gid(customer)}
    given = {"suppression": suppression["id"], "reason": "form 7"}
    payload = await client.payload(RELEASE, i=given)
    assert [problem["code"] for problem in payload["problems"]] == ["SMS_RELEASE_NEEDS_CONSENT"]
    await shop.customer()  # known already; his new consent is what counts
    payload = await client.command(RELEASE, i=given)
    assert payload["smsSuppression"]["releaseReason"] == "form 7"
    message = await shop.plan("birthday_greeting", customer)
    await shop.send()
    assert (await shop.message(message)).state == SmsMessageState.SUBMITTED


async def test_suppressing_twice_is_one_suppression(shop: Shop) -> None:
    client = shop.sample.client()
    ids = {(await client.command(SUPPRESS, i={"number": PHONE}))["smsSuppression"]["id"] for _ in range(2)}
    assert len(ids) == 1


async def test_suppression_holds_no_number(shop: Shop) -> None:
    await shop.suppress(PHONE)
    database = shop.sample.dealer.database
    [row] = await shop.sample.read(lambda: database.fetch("SELECT * FROM sms_marketing_sms_suppression"))
    assert not any("13800138000" in str(value) for value in tuple(row))


async def test_stats_count_by_state_and_nothing_disappears(shop: Shop) -> None:
    with_consent, without = await shop.customer(), await shop.customer("13900139000", consent=False)
    await shop.plan("birthday_greeting", with_consent)
    await shop.plan("birthday_greeting", without)
    await shop.plan("weekend_event", with_consent)
    await shop.send()
    answer = await shop.sample.client()("{ smsMessageStats(groupBy: [STATE]) { key { state } count } }")
    counts = {group["key"]["state"]: group["count"] for group in answer.data["smsMessageStats"]}
    assert counts == {"SUBMITTED": 1, "SUPPRESSED": 1, "QUEUED": 1}


async def test_messages_are_found_by_number_and_from_the_customer(shop: Shop) -> None:
    customer = await shop.customer()
    await shop.plan("vehicle_arrived", customer)
    await shop.send()
    client = shop.sample.client()
    found = await client('{ smsMessages(search: "138 0013 8000") { nodes { to } } }')
    assert found.data["smsMessages"]["nodes"] == [{"to": "138****8000"}]
    answer = await client(
        "query($id: ID!) { customer(id: $id) { smsMessages { nodes { state } } smsSuppressions { totalCount } } }",
        id=customer_gid(customer),
    )
    assert answer.data["customer"] == {
        "smsMessages": {"nodes": [{"state": "SUBMITTED"}]},
        "smsSuppressions": {"totalCount": 0},
    }


async def test_messages_of_another_store_are_out_of_sight(shop: Shop) -> None:
    message = await shop.plan("vehicle_arrived", await shop.customer())
    other = await shop.sample.add_store("S2")
    client = shop.sample.client(store_id=other)
    answer = await client("query($id: ID!) { smsMessage(id: $id) { state } smsMessages { totalCount } }",
                          id=global_id("SmsMessage", message.id))  # fmt: skip
    assert answer.data == {"smsMessage": None, "smsMessages": {"totalCount": 0}}


async def test_caller_who_may_not_read_messages_gets_none(shop: Shop) -> None:
    client = shop.sample.client(permissions={"customers.customer.read": Reach.STORE})
    assert (await client("{ smsMessages { totalCount } }")).codes == ["FORBIDDEN"]


async def test_secrets_of_an_account_are_written_only(sample: SampleDealer) -> None:
    client = sample.client()
    payload = await client.command(
        """mutation($i: CreateSmsProviderAccountInput!) { createSmsProviderAccount(input: $i) {
             smsProviderAccount { id secrets signature } problems { code message path } } }""",
        i={"code": "main", "kind": "simulator", "signature": "【示例4S店】", "secrets": '{"key": "k"}'},
    )
    account = payload["smsProviderAccount"]
    assert (account["secrets"], account["signature"]) == ("****", "示例4S店")
    payload = await client.command(
        """mutation($i: SmsProviderAccountInput!) { renewSmsReceiptsAddress(input: $i) {
             smsReceiptsAddress { path } problems { code } } }""",
        i={"account": account["id"]},
    )
    assert payload["smsReceiptsAddress"]["path"].startswith("/sms/receipts/")


async def test_timeline_of_a_customer_shows_what_was_sent(shop: Shop) -> None:
    customer = await shop.customer()
    await shop.plan("vehicle_arrived", customer)
    await shop.send()
    await shop.send(seconds=5)
    answer = await shop.sample.client()(
        "query($id: ID!) { customerTimeline(customer: $id) { at kind text } }", id=customer_gid(customer)
    )
    sent = [entry for entry in answer.data["customerTimeline"] if entry["kind"].startswith("sms_marketing")]
    assert [(entry["kind"], entry["text"]) for entry in sent] == [("sms_marketing.sms_delivered", "车辆到店通知")]
    assert datetime.fromisoformat(sent[0]["at"]) == datetime(2026, 11, 21, 2, 0, 5, tzinfo=UTC)
