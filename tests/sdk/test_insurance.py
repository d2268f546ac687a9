"""The example plugin at work: what it adds to customers, its command, its job and its reactions."""

from __future__ import annotations

import asyncio
from datetime import date
from typing import Any

from forecourt import Scope, parse_global_id, uuid7
from forecourt.testing import Client, SampleDealer, sample_dealer
from plugins.sales.events import VehicleDelivered
from tests.sdk.conftest import CREATE_POLICY, FOLDER, make_customer, make_policy, terms

RENEW = """mutation($i: RenewInsurancePolicyInput!, $k: String) { renewInsurancePolicy(input: $i, idempotencyKey: $k) {
  insurancePolicy { id number plate startsOn expiresOn state follows { id state } }
  problems { code message path ... on PolicyAlreadyRenewedProblem { newer { number } } } } }"""
TASKS = "{ followUpTasks { nodes { subject state subjectRef customer { name } } } }"


def renewal(policy: str, **more: Any) -> dict[str, Any]:
    premium = {"amountMinor": "550000", "currency": "CNY"}
    return {"policy": policy, "until": "2027-12-01", "premium": premium, **more}


async def tasks(client: Client) -> list[dict[str, Any]]:
    nodes: list[dict[str, Any]] = (await client(TASKS)).data["followUpTasks"]["nodes"]
    return nodes


async def test_customers_show_their_contracts_and_are_found_by_them(client: Client) -> None:
    customer = await make_customer(client)
    await make_customer(client, "李四", "13900139000")
    policy = await make_policy(client, customer, plate="沪A12345")
    operation = """query($to: Date) { customers(filter: {policies: {some: {expiresOn: {lt: $to}}}}) {
      nodes { name policies(first: 9) { totalCount nodes { id plate daysLeft premium { amountMinor } } } } } }"""
    found = (await client(operation, to="2026-12-31")).data["customers"]["nodes"]
    assert found == [
        {
            "name": "张三",
            "policies": {
                "totalCount": 1,
                "nodes": [{"id": policy, "plate": "沪A****", "daysLeft": 10, "premium": {"amountMinor": "580000"}}],
            },
        }
    ]
    assert (await client(operation, to="2026-11-30")).data["customers"]["nodes"] == []


async def test_new_customer_brings_his_contract(client: Client) -> None:
    contacts = [{"kind": "MOBILE", "value": "13800138000"}]
    operation = """mutation($i: CreateCustomerInput!) { createCustomer(input: $i) {
      customer { policies { nodes { number daysLeft } } } problems { code message path } } }"""
    values = {"name": "张三", "contactPoints": contacts, "insurance": terms()}
    payload = await client.command(operation, i=values)
    assert payload["customer"]["policies"]["nodes"] == [{"number": "P-1", "daysLeft": 10}]


async def test_contract_that_can_not_be_takes_the_customer_back(client: Client) -> None:
    operation = """mutation($i: CreateCustomerInput!) { createCustomer(input: $i) {
      customer { id } problems { code path } } }"""
    contacts = [{"kind": "MOBILE", "value": "13800138000"}]
    values = {"name": "张三", "contactPoints": contacts, "insurance": terms(expiresOn="2020-01-01")}
    payload = await client.payload(operation, i=values)
    assert payload["problems"] == [{"code": "VALIDATION_ERROR", "path": ["expiresOn"]}]
    assert (await client("{ customers { totalCount } }")).data["customers"]["totalCount"] == 0


async def test_same_number_of_one_insurer_is_refused(client: Client) -> None:
    customer = await make_customer(client)
    await make_policy(client, customer)
    payload = await client.payload(CREATE_POLICY, i=terms(customer=customer))
    assert [(p["code"], p["path"]) for p in payload["problems"]] == [("CONFLICT", ["number"])]
    assert "already" in payload["problems"][0]["message"]


async def test_renewal_begins_the_day_after_and_leaves_the_old_contract(client: Client) -> None:
    policy = await make_policy(client, await make_customer(client), plate="沪A12345")
    payload = await client.command(RENEW, i=renewal(policy))
    new = payload["insurancePolicy"]
    assert (new["number"], new["startsOn"], new["expiresOn"]) == ("P-1/2027", "2026-12-02", "2027-12-01")
    assert (new["state"], new["plate"]) == ("ACTIVE", "沪A****")
    assert new["follows"] == {"id": policy, "state": "RENEWED"}


async def test_renewed_contract_is_not_renewed_again(client: Client) -> None:
    policy = await make_policy(client, await make_customer(client))
    await client.command(RENEW, i=renewal(policy))
    (problem,) = (await client.payload(RENEW, i=renewal(policy)))["problems"]
    assert (problem["code"], problem["path"]) == ("POLICY_ALREADY_RENEWED", ["policy"])
    assert problem["newer"] == {"number": "P-1/2027"}
    chinese = client.sample.client(locale="zh-CN")
    (problem,) = (await chinese.payload(RENEW, i=renewal(policy)))["problems"]
    assert problem["message"] == "该保单已续保。"


async def test_of_many_renewals_at_once_one_is_made(client: Client) -> None:
    policy = await make_policy(client, await make_customer(client))
    payloads = await asyncio.gather(*(client.payload(RENEW, i=renewal(policy, number=f"N-{n}")) for n in range(8)))
    assert sum(payload["insurancePolicy"] is not None for payload in payloads) == 1
    refused = [problem["code"] for payload in payloads for problem in payload["problems"]]
    assert refused == ["POLICY_ALREADY_RENEWED"] * 7


async def test_same_key_renews_once(client: Client) -> None:
    policy = await make_policy(client, await make_customer(client))
    first = await client.command(RENEW, i=renewal(policy), k="key-1")
    assert await client.command(RENEW, i=renewal(policy), k="key-1") == first


async def test_who_may_not_renew_is_told_so(sample: SampleDealer, client: Client) -> None:
    policy = await make_policy(client, await make_customer(client))
    rights = {k: v for k, v in client.caller.permissions.items() if k != "insurance.insurance_policy.renew"}
    payload = await sample.client(permissions=rights).payload(RENEW, i=renewal(policy))
    assert [problem["code"] for problem in payload["problems"]] == ["FORBIDDEN"]


async def test_contract_that_ends_soon_gets_one_reminder_which_its_renewal_cancels(
    sample: SampleDealer, client: Client
) -> None:
    customer = await make_customer(client)
    policy = await make_policy(client, customer)
    await make_policy(client, customer, number="P-2", expiresOn="2027-06-01")
    await sample.settle()
    sample.advance(days=1)
    await sample.settle()
    sample.advance(days=1)
    await sample.settle()
    reminders = [task for task in await tasks(client) if task["subjectRef"].startswith("insurance.")]
    assert [(task["state"], task["customer"]["name"]) for task in reminders] == [("PLANNED", "张三")]
    assert "P-1" in reminders[0]["subject"]
    await client.command(RENEW, i=renewal(policy))
    await sample.settle()
    reminders = [task for task in await tasks(client) if task["subjectRef"].startswith("insurance.")]
    assert [task["state"] for task in reminders] == ["CANCELLED"]


async def test_merged_customer_keeps_his_contracts(client: Client) -> None:
    survivor = await make_customer(client)
    loser = await make_customer(client, "张叁", "13900139000")
    await make_policy(client, loser)
    merge = "mutation($i: MergeCustomersInput!) { mergeCustomers(input: $i) { problems { message } } }"
    await client.command(merge, i={"survivor": survivor, "loser": loser})
    answer = await client("query($id: ID!) { customer(id: $id) { policies { nodes { number } } } }", id=survivor)
    assert answer.data["customer"]["policies"]["nodes"] == [{"number": "P-1"}]


async def test_with_sales_on_a_delivery_is_followed_by_an_offer(database_url: str) -> None:
    modules = ["organisation", "customers", "inventory", "sales", "insurance"]
    async with sample_dealer(modules, database_url=database_url, folders=[FOLDER]) as sample:
        client = sample.client()
        _, customer_id = parse_global_id(await make_customer(client))
        delivered = VehicleDelivered(
            order_id=uuid7(),
            customer_id=customer_id,
            opportunity_id=uuid7(),
            stock_vehicle_id=uuid7(),
            vehicle_identity_id=uuid7(),
            trim_id=uuid7(),
            odometer_km=8,
            delivered_on=date(2026, 11, 21),
            total_minor=19_900_000,
            cost_minor=18_900_000,
            accessories_minor=0,
            currency="CNY",
        )

        async def deliver(scope: Scope) -> None:
            scope.publish(delivered)

        await sample.run(deliver)
        await sample.settle()
        assert "Offer insurance for the new car" in [task["subject"] for task in await tasks(client)]
