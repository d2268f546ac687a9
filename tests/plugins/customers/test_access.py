from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from uuid import UUID

import pytest

from forecourt import Reach, Scope, global_id
from forecourt.testing import SampleDealer
from plugins.customers import api
from plugins.customers.models.people import Customer
from tests.plugins.customers.conftest import CREATE, gid, known, make, person

CHILDREN = ("contactPoints", "purchaseIntentions", "interactions", "followUpTasks", "customerVehicles", "consents")


async def fill(sample: SampleDealer, customer: Customer) -> None:
    """Give a customer one row of everything that belongs to customers."""

    async def work(scope: Scope) -> None:
        await api.add_intention(scope, customer.id, api.Wishes(models=["S1"]))
        await api.record_interaction(scope, customer.id, channel="CALL", content="x")
        await api.plan_task(scope, customer.id, due_at=scope.now() + timedelta(days=1), subject="call")
        await api.add_owned_vehicle(scope, customer.id, vin="LSVAU2189T2100001", model="S1")
        await api.grant_consent(scope, customer.id, api.ConsentPurpose.MARKETING_SMS)

    await sample.run(work)


@pytest.fixture
async def people(sample: SampleDealer) -> tuple[UUID, UUID]:
    return await sample.add_user("anna"), await sample.add_user("bert")


@pytest.mark.parametrize("reach", [Reach.OWN, Reach.TEAM, Reach.STORE])
async def test_what_belongs_to_a_customer_is_seen_with_him(
    sample: SampleDealer, people: tuple[UUID, UUID], reach: Reach
) -> None:
    anna, bert = people
    await fill(sample, await known(sample, owner_id=anna))
    await fill(sample, await known(sample, "13900139000", name="李四", owner_id=bert))
    client = sample.client(anna, permissions=dict.fromkeys(sample.dealer.kernel.permissions, Reach.STORE) | {
        "customers.customer.read": reach
    }, team_ids=[anna])  # fmt: skip
    answer = await client("{" + " ".join(f"{name} {{ totalCount nodes {{ id }} }}" for name in CHILDREN) + "}")
    counts = {name: (answer.data[name]["totalCount"], len(answer.data[name]["nodes"])) for name in CHILDREN}
    seen = 2 if reach == Reach.STORE else 1
    assert counts == dict.fromkeys(CHILDREN, (seen, seen))


async def test_other_stores_rows_are_null_and_not_found(sample: SampleDealer) -> None:
    customer = await known(sample)
    await fill(sample, customer)
    stranger = sample.client(store_id=await sample.add_store("S2"))
    answer = await stranger("query($id: ID!) { customer(id: $id) { name } node(id: $id) { id } }", id=gid(customer))
    assert answer.data == {"customer": None, "node": None}
    lists = await stranger("{" + " ".join(f"{name} {{ totalCount }}" for name in CHILDREN) + "}")
    assert {name: lists.data[name]["totalCount"] for name in CHILDREN} == dict.fromkeys(CHILDREN, 0)
    for command, given in (
        ("updateCustomer", {"id": gid(customer), "name": "x"}),
        ("archiveCustomer", {"customer": gid(customer), "reason": "x"}),
        ("recordInteraction", {"customer": gid(customer), "channel": "CALL"}),
        ("recordIntention", {"customer": gid(customer)}),
        ("grantConsent", {"customer": gid(customer), "purpose": "PROFILING"}),
        ("addContactPoint", {"customer": gid(customer), "kind": "EMAIL", "value": "a@example.com"}),
        ("planFollowUp", {"customer": gid(customer), "dueAt": "2026-11-28T02:00:00Z", "subject": "x"}),
    ):
        kind = sample.dealer.kernel.catalog.commands[command].input_type
        assert kind is not None
        payload = await stranger.payload(
            f"mutation($i: {kind.__name__}!) {{ {command}(input: $i) {{ problems {{ code }} }} }}", i=given
        )
        assert payload["problems"] == [{"code": "NOT_FOUND"}], command


async def test_colleagues_customer_can_be_neither_read_nor_written(
    sample: SampleDealer, people: tuple[UUID, UUID]
) -> None:
    anna, bert = people
    customer = await known(sample, owner_id=anna)
    client = sample.client(bert, reach=Reach.OWN)
    answer = await client("query($id: ID!) { customer(id: $id) { name } }", id=gid(customer))
    assert answer.data == {"customer": None}
    payload = await client.payload(
        "mutation($i: SetIntentLevelInput!) { setIntentLevel(input: $i) { problems { code } } }",
        i={"customer": gid(customer), "level": "H"},
    )
    assert payload["problems"] == [{"code": "NOT_FOUND"}]


async def test_own_reach_creates_for_nobody_else(sample: SampleDealer, people: tuple[UUID, UUID]) -> None:
    anna, bert = people
    client = sample.client(anna, reach=Reach.OWN)
    made = await make(client)
    assert made["owner"] == {"id": global_id("User", anna)}
    payload = await client.payload(CREATE, i=person("李四", "13900139000", owner=global_id("User", bert)))
    assert [p["code"] for p in payload["problems"]] == ["FORBIDDEN"]


async def test_customer_of_a_foreign_store_can_not_be_created(sample: SampleDealer) -> None:
    there = await sample.add_store("S2")
    payload = await sample.client().payload(CREATE, i=person(store=global_id("Store", there)))
    assert [p["path"] for p in payload["problems"]] == [["store"]]


async def test_birth_is_null_without_permission_and_can_not_be_filtered_by(sample: SampleDealer) -> None:
    await make(sample.client(), birthOn="1990-11-22")
    rights = {"customers.customer.read": Reach.STORE}
    client = sample.client(permissions=rights)
    answer = await client("{ customers { nodes { name birthOn age } } }")
    assert answer.data["customers"]["nodes"] == [{"name": "张三", "birthOn": None, "age": None}]
    refused = await client('{ customers(filter: {birthOn: {eq: "1990-11-22"}}) { nodes { name } } }')
    assert refused.codes == ["FORBIDDEN"]


async def test_nobody_without_permission_reads_customers(sample: SampleDealer) -> None:
    await make(sample.client())
    assert (await sample.client(permissions={})("{ customers { nodes { id } } }")).codes == ["FORBIDDEN"]
    assert (await sample.anonymous()("{ customers { nodes { id } } }")).codes == ["UNAUTHENTICATED"]


async def test_every_role_names_permissions_that_exist(sample: SampleDealer) -> None:
    known_permissions = set(sample.dealer.kernel.permissions)
    for role in sample.dealer.kernel.roles:
        missing = {name for name in role.permissions if name.startswith("customers.")} - known_permissions
        assert not missing, (role.code, missing)


async def test_sales_consultant_does_his_work_with_his_role_alone(sample: SampleDealer) -> None:
    anna = await sample.add_user("anna")
    (role,) = [role for role in sample.dealer.kernel.roles if role.code == "sales_consultant"]
    client = sample.client(anna, permissions=role.permissions)
    made = await make(client, sourceCode="SHOWROOM")
    shown = await client(
        """query($id: ID!) { customer(id: $id) { name birthOn contactPoints { nodes { value } }
             intentions { nodes { id } } interactions { nodes { id } } tasks { nodes { id } } } }""",
        id=made["id"],
    )
    assert shown.data["customer"]["contactPoints"]["nodes"] == [{"value": "138****8000"}]
    await client.command(
        "mutation($i: RecordInteractionInput!) { recordInteraction(input: $i) { problems { code } } }",
        i={"customer": made["id"], "channel": "CALL"},
    )
    refused = await client.payload(
        "mutation($i: ArchiveCustomerInput!) { archiveCustomer(input: $i) { problems { code } } }",
        i={"customer": made["id"], "reason": "x"},
    )
    assert refused["problems"] == [{"code": "FORBIDDEN"}]


async def test_refusals_speak_chinese(sample: SampleDealer) -> None:
    await make(sample.client())
    payload = await sample.client(locale="zh-CN").payload(CREATE, i=person("李四"))
    assert payload["problems"][0]["message"] == "门店已有该客户，请使用已有档案。"


async def test_nested_lists_cost_as_many_statements_for_one_row_as_for_many(sample: SampleDealer) -> None:
    asked = """query($n: Int!) { customers(first: $n) { totalCount nodes { name mobile owner { displayName }
      firstSource { code } contactPoints(first: 5) { nodes { value } }
      interactions(first: 5, orderBy: [{occurredAt: DESC}]) { nodes { content author { displayName } } }
      intentions(first: 1) { nodes { models } } tasks(first: 5) { totalCount nodes { subject isOverdue } } } } }"""
    client = sample.client()

    async def customers(scope: Scope) -> None:
        for number in range(100):
            row = await api.create_customer(scope, name=f"张{number}", phone=f"1380013{number:04d}", source="PHONE")
            await api.record_interaction(scope, row.id, channel="CALL", content="x")
            await api.plan_task(scope, row.id, due_at=scope.now(), subject="call")

    await sample.run(customers)

    async def cost(first: int) -> tuple[int, int]:
        with sample.dealer.database.counting() as statements:
            answer = await client(asked, n=first)
        return len(answer.data["customers"]["nodes"]), len(statements)

    one, hundred = await cost(1), await cost(100)
    assert (one[0], hundred[0]) == (1, 100)
    assert one[1] == hundred[1] <= 12


async def test_rights_of_one_store_enter_nobody_in_another(sample: SampleDealer) -> None:
    second = await sample.add_store("S2")
    client = sample.client(await sample.add_user("anna"))
    rights = dict(client.caller.permissions)
    without = {name: reach for name, reach in rights.items() if name != "customers.customer.create"}
    both = replace(
        client.caller,
        store_ids=frozenset({sample.store_id, second}),
        by_store={sample.store_id: rights, second: without},
    )
    payload = await replace(client, caller=both).payload(CREATE, i=person(store=global_id("Store", second)))
    assert [problem["path"] for problem in payload["problems"]] == [["store"]]
