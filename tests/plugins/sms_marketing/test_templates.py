"""Templates: what they may say, their versions, and the four eyes."""

from __future__ import annotations

from typing import Any

import pytest

from forecourt import Scope, global_id
from forecourt.testing import Client, SampleDealer
from plugins.sms_marketing.models.templates import SmsTemplate
from plugins.sms_marketing.services.gate import SmsCategory

CREATE = """mutation($i: CreateSmsTemplateInput!) { createSmsTemplate(input: $i) {
  smsTemplate { id code versions { nodes { id number state body optOutText blanks leastParts author } } }
  problems { code message path } } }"""
REVISE = """mutation($i: ReviseSmsTemplateInput!) { reviseSmsTemplate(input: $i) {
  smsTemplateVersion { id number state body } problems { code message path } } }"""
SUBMIT = """mutation($i: SmsTemplateVersionInput!) { submitSmsTemplate(input: $i) {
  smsTemplateVersion { id state } problems { code message } } }"""
APPROVE = """mutation($i: ApproveSmsTemplateInput!) { approveSmsTemplate(input: $i) {
  smsTemplateVersion { id state approver providerCodes } problems { code message } } }"""
REJECT = """mutation($i: DecideSmsTemplateInput!) { rejectSmsTemplate(input: $i) {
  smsTemplateVersion { id state reason } problems { code message } } }"""
DISABLE = """mutation($i: DecideSmsTemplateInput!) { disableSmsTemplate(input: $i) {
  smsTemplateVersion { id state } problems { code message } } }"""
BIRTHDAY = "{customer_name}您好,祝您生日快乐!"


@pytest.fixture
async def author(sample: SampleDealer) -> Client:
    return sample.client(await sample.add_user("author"))


@pytest.fixture
async def manager(sample: SampleDealer) -> Client:
    return sample.client(await sample.add_user("manager"))


async def create(client: Client, **more: object) -> dict[str, Any]:
    values = {"code": "birthday_greeting", "title": "生日", "category": "PROMOTION", "body": BIRTHDAY}
    template: dict[str, Any] = (await client.command(CREATE, i={**values, **more}))["smsTemplate"]
    return template


async def approved(author: Client, manager: Client, **more: object) -> tuple[str, str]:
    """Return the ids of a template and of its approved version."""
    template = await create(author, **more)
    version = template["versions"]["nodes"][0]["id"]
    await author.command(SUBMIT, i={"version": version})
    await manager.command(APPROVE, i={"version": version})
    return template["id"], version


async def test_new_template_is_a_draft_with_the_provider_s_opt_out_text(author: Client) -> None:
    [version] = (await create(author))["versions"]["nodes"]
    assert (version["number"], version["state"], version["optOutText"]) == (1, "DRAFT", "拒收请回复R")
    assert (version["blanks"], version["leastParts"]) == (["customer_name"], 1)
    assert version["author"].startswith("user:")


async def test_notification_has_no_opt_out_text(author: Client) -> None:
    [version] = (await create(author, code="notice", category="NOTIFICATION"))["versions"]["nodes"]
    assert version["optOutText"] == ""


@pytest.mark.parametrize(
    ("values", "code"),
    [
        ({"optOutText": "回T退订"}, "SMS_OPT_OUT_TEXT"),
        ({"category": "NOTIFICATION", "optOutText": "拒收请回复R"}, "SMS_OPT_OUT_TEXT"),
        ({"category": "NOTIFICATION", "body": "您好,拒收请回复R"}, "SMS_OPT_OUT_TEXT"),
        ({"body": "{Customer}您好"}, "VALIDATION_ERROR"),
        ({"body": "   "}, "VALIDATION_ERROR"),
        ({"code": "Birthday Greeting"}, "VALIDATION_ERROR"),
        ({"urgent": True}, "VALIDATION_ERROR"),
        ({"blankLengths": [{"name": "plate", "most": 7}]}, "VALIDATION_ERROR"),
        ({"blankLengths": [{"name": "customer_name", "most": 200}]}, "VALIDATION_ERROR"),
    ],
)
async def test_text_that_breaks_a_rule_is_refused(author: Client, values: dict[str, object], code: str) -> None:
    given = {"code": "birthday_greeting", "title": "生日", "category": "PROMOTION", "body": BIRTHDAY, **values}
    payload = await author.payload(CREATE, i=given)
    assert [problem["code"] for problem in payload["problems"]] == [code]
    assert payload["smsTemplate"] is None


async def test_second_template_of_a_code_is_refused(author: Client) -> None:
    await create(author)
    payload = await author.payload(
        CREATE, i={"code": "birthday_greeting", "title": "生日", "category": "PROMOTION", "body": BIRTHDAY}
    )
    assert [problem["code"] for problem in payload["problems"]] == ["CONFLICT"]


async def test_author_does_not_approve_his_own_text(author: Client, manager: Client) -> None:
    version = (await create(author))["versions"]["nodes"][0]["id"]
    early = await manager.payload(APPROVE, i={"version": version})
    assert [problem["code"] for problem in early["problems"]] == ["INVALID_TRANSITION"]
    await author.command(SUBMIT, i={"version": version})
    own = await author.payload(APPROVE, i={"version": version})
    assert [problem["code"] for problem in own["problems"]] == ["SMS_TEMPLATE_OWN"]
    payload = await manager.command(
        APPROVE, i={"version": version, "providerCodes": [{"account": "simulator", "code": "SMS_1"}]}
    )
    assert payload["smsTemplateVersion"]["state"] == "APPROVED"
    assert payload["smsTemplateVersion"]["providerCodes"] == {"simulator": "SMS_1"}


async def test_who_submits_somebody_else_s_draft_does_not_approve_it_either(author: Client, manager: Client) -> None:
    version = (await create(author))["versions"]["nodes"][0]["id"]
    await manager.command(SUBMIT, i={"version": version})
    for client in (author, manager):
        payload = await client.payload(APPROVE, i={"version": version})
        assert [problem["code"] for problem in payload["problems"]] == ["SMS_TEMPLATE_OWN"]


async def test_rejected_text_is_written_anew_in_the_same_version(author: Client, manager: Client) -> None:
    template = await create(author)
    version = template["versions"]["nodes"][0]["id"]
    await author.command(SUBMIT, i={"version": version})
    waiting = await author.payload(REVISE, i={"template": template["id"], "body": "早"})
    assert [problem["code"] for problem in waiting["problems"]] == ["CONFLICT"]
    await manager.command(REJECT, i={"version": version, "reason": "太短"})
    payload = await author.command(REVISE, i={"template": template["id"], "body": "{customer_name}您好"})
    assert payload["smsTemplateVersion"]["id"] == version
    assert payload["smsTemplateVersion"]["state"] == "DRAFT"


async def test_change_of_an_approved_text_is_a_new_version_that_needs_approval(
    sample: SampleDealer, author: Client, manager: Client
) -> None:
    template, first = await approved(author, manager, code="notice", category="NOTIFICATION")
    payload = await author.command(REVISE, i={"template": template, "body": "您好,请联系门店。"})
    second = payload["smsTemplateVersion"]
    assert (second["number"], second["state"]) == (2, "DRAFT")
    assert await planned_version(sample, author) == first
    await author.command(SUBMIT, i={"version": second["id"]})
    await manager.command(APPROVE, i={"version": second["id"]})
    assert await planned_version(sample, author) == second["id"]


async def planned_version(sample: SampleDealer, client: Client) -> str:
    """Return the version that a message planned now is made of."""
    payload = await client.command(
        """mutation($i: TestSmsTemplateInput!) { testSmsTemplate(input: $i) {
             smsMessage { templateVersion { id } } problems { code message } } }""",
        i={"template": "notice", "number": "13800138000", "filling": [{"name": "customer_name", "text": "王女士"}]},
    )
    version: str = payload["smsMessage"]["templateVersion"]["id"]
    return version


async def test_disabled_version_gives_way_to_the_one_before(
    sample: SampleDealer, author: Client, manager: Client
) -> None:
    template, first = await approved(author, manager, code="notice", category="NOTIFICATION")
    second = (await author.command(REVISE, i={"template": template, "body": "您好"}))["smsTemplateVersion"]["id"]
    await author.command(SUBMIT, i={"version": second})
    await manager.command(APPROVE, i={"version": second})
    await manager.command(DISABLE, i={"version": second, "reason": "错字"})
    assert await planned_version(sample, author) == first


async def test_caller_without_the_right_approves_nothing(author: Client, sample: SampleDealer) -> None:
    version = (await create(author))["versions"]["nodes"][0]["id"]
    client = sample.client(permissions={})
    payload = await client.payload(APPROVE, i={"version": version})
    assert [problem["code"] for problem in payload["problems"]] == ["FORBIDDEN"]


async def test_refusals_speak_chinese(author: Client, sample: SampleDealer) -> None:
    version = (await create(author))["versions"]["nodes"][0]["id"]
    await author.command(SUBMIT, i={"version": version})
    chinese = Client(sample, author.caller, "zh-CN")
    payload = await chinese.payload(APPROVE, i={"version": version})
    assert [problem["message"] for problem in payload["problems"]] == ["模板不能由编写人或提交人本人审批"]


async def test_account_of_a_kind_that_no_module_has_is_refused_where_it_is_used(author: Client) -> None:
    template = await create(author)
    account = """mutation($i: CreateSmsProviderAccountInput!) { createSmsProviderAccount(input: $i) {
      problems { code } } }"""
    await author.command(account, i={"code": "main", "kind": "pigeon", "signature": "示例4S店", "priority": 1})
    payload = await author.payload(REVISE, i={"template": template["id"], "body": "{customer_name}您好"})
    [problem] = payload["problems"]
    assert problem["code"] == "SMS_NO_PROVIDER"
    assert "pigeon" in problem["message"]


async def test_template_without_a_version_gets_its_first_one(sample: SampleDealer, author: Client) -> None:
    async def work(scope: Scope) -> SmsTemplate:
        row = SmsTemplate(store_id=scope.store_id, code="bare", title="Bare", category=SmsCategory.PROMOTION)
        await row.save()
        return row

    template = global_id("SmsTemplate", (await sample.run(work)).id)
    payload = await author.command(REVISE, i={"template": template, "body": "{customer_name}您好"})
    assert (payload["smsTemplateVersion"]["number"], payload["smsTemplateVersion"]["state"]) == (1, "DRAFT")
