from __future__ import annotations

import json
from datetime import timedelta

import pytest

from forecourt import Money, PreconditionRefusal, Reach, Scope, TransitionRefusal, ValidationRefusal, global_id
from forecourt.testing import Client, SampleDealer
from plugins.customers import api
from plugins.customers.api import ConsentPurpose, IntentLevel, Lifecycle, LifecycleTrigger, Wishes
from plugins.customers.models.people import Customer
from plugins.customers.models.records import Consent, Interaction, PurchaseIntention
from tests.plugins.customers.conftest import gid, known, make

INTEND = """mutation($i: RecordIntentionInput!) { recordIntention(input: $i) {
  purchaseIntention { versionNo models customer { intentLevel completeness } }
  problems { code message path } } }"""
RECORD = """mutation($i: RecordInteractionInput!) { recordInteraction(input: $i) {
  interaction { id content occurredAt createdAt author { displayName } customer { lastContactAt } }
  problems { code message path } } }"""


async def test_new_intention_ends_the_one_before_and_sets_the_level(sample: SampleDealer) -> None:
    client = sample.client()
    made = await make(client, sourceCode="SHOWROOM")
    budget = {"amountMinor": "18000000", "currency": "CNY"}
    first = await client.command(
        INTEND, i={"customer": made["id"], "models": ["S1", "S2"], "band": "WITHIN_30_DAYS", "budgetMax": budget}
    )
    assert first["purchaseIntention"]["customer"] == {"intentLevel": "A", "completeness": 100}
    second = await client.command(INTEND, i={"customer": made["id"], "models": ["S2"], "expectedOn": "2026-11-25"})
    assert second["purchaseIntention"]["customer"] == {"intentLevel": "H", "completeness": 80}
    answer = await client(
        """query($id: ID!) { customer(id: $id) {
          intentions(orderBy: [{versionNo: DESC}]) { nodes { versionNo models isCurrent } } } }""",
        id=made["id"],
    )
    assert answer.data["customer"]["intentions"]["nodes"] == [
        {"versionNo": 2, "models": ["S2"], "isCurrent": True},
        {"versionNo": 1, "models": ["S1", "S2"], "isCurrent": False},
    ]


async def test_budget_in_the_wrong_order_is_refused(sample: SampleDealer) -> None:
    client = sample.client()
    made = await make(client)
    low, high = ({"amountMinor": amount, "currency": "CNY"} for amount in ("2000", "1000"))
    payload = await client.payload(INTEND, i={"customer": made["id"], "budgetMin": low, "budgetMax": high})
    assert payload["problems"][0]["path"] == ["budgetMin"]
    assert await sample.read(lambda: PurchaseIntention.all().count()) == 0


async def test_level_set_by_hand_holds_thirty_days(sample: SampleDealer) -> None:
    client = sample.client()
    made = await make(client)
    await client.command(INTEND, i={"customer": made["id"], "expectedOn": "2027-06-01"})
    setting = """mutation($i: SetIntentLevelInput!) { setIntentLevel(input: $i) {
      customer { intentLevel } problems { code } } }"""
    await client.command(setting, i={"customer": made["id"], "level": "H"})
    await client.command(INTEND, i={"customer": made["id"], "expectedOn": "2027-07-01"})

    async def level() -> str:
        answer = await client("query($id: ID!) { customer(id: $id) { intentLevel } }", id=made["id"])
        return str(answer.data["customer"]["intentLevel"])

    await sample.settle()  # plans the jobs
    sample.advance(days=29)
    await sample.settle()
    assert await level() == "H"
    sample.advance(days=2)
    await sample.settle()
    assert await level() == "C"


async def test_deposit_makes_level_o(sample: SampleDealer) -> None:
    customer = await known(sample)

    async def pay(scope: Scope) -> Customer:
        return await api.note_deposit(scope, await Customer.get(id=customer.id), True)

    assert (await sample.run(pay)).intent_level == IntentLevel.O


async def test_interaction_is_written_once_and_never_changed(sample: SampleDealer) -> None:
    user = await sample.add_user("li", "李四")
    client = sample.client(user)
    made = await make(client)
    await client.command(
        RECORD,
        i={"customer": made["id"], "channel": "CALL", "content": "想看白色", "occurredAt": "2026-11-20T02:00:00Z"},
    )
    names = {command for command in sample.dealer.kernel.catalog.commands if "Interaction" in command}
    assert names == {"recordInteraction"}

    async def change(scope: Scope) -> None:
        row = await Interaction.get()
        row.content = "别的"
        await row.save()

    with pytest.raises(PreconditionRefusal):
        await sample.run(change)

    async def archive(scope: Scope) -> None:
        await (await Interaction.get()).archive()

    with pytest.raises(PreconditionRefusal):
        await sample.run(archive)


async def test_correction_is_a_row_of_its_own(sample: SampleDealer) -> None:
    client = sample.client()
    made = await make(client)
    first = (await client.command(RECORD, i={"customer": made["id"], "channel": "CALL", "content": "a"}))["interaction"]
    await client.command(RECORD, i={"customer": made["id"], "channel": "CALL", "content": "b", "corrects": first["id"]})
    answer = await client("{ interactions(orderBy: [{occurredAt: ASC}]) { nodes { content corrects { content } } } }")
    assert answer.data["interactions"]["nodes"] == [
        {"content": "a", "corrects": None},
        {"content": "b", "corrects": {"content": "a"}},
    ]


async def test_past_interaction_keeps_its_time_and_the_latest_contact(sample: SampleDealer) -> None:
    client = sample.client()
    made = await make(client)
    now = await client.command(RECORD, i={"customer": made["id"], "channel": "CALL"})
    past = await client.command(
        RECORD, i={"customer": made["id"], "channel": "CALL", "occurredAt": "2026-11-01T02:00:00Z"}
    )
    assert past["interaction"]["occurredAt"] < past["interaction"]["createdAt"]
    assert past["interaction"]["customer"] == now["interaction"]["customer"]


async def test_interaction_in_the_future_or_by_no_channel_is_refused(sample: SampleDealer) -> None:
    client = sample.client()
    made = await make(client)
    future = {"customer": made["id"], "channel": "CALL", "occurredAt": "2026-11-22T02:00:00Z"}
    assert (await client.payload(RECORD, i=future))["problems"][0]["path"] == ["occurredAt"]
    pigeon = {"customer": made["id"], "channel": "PIGEON"}
    assert (await client.payload(RECORD, i=pigeon))["problems"][0]["path"] == ["channel"]


async def test_attempt_without_answer_is_no_contact(sample: SampleDealer) -> None:
    client = sample.client()
    made = await make(client)
    payload = await client.command(RECORD, i={"customer": made["id"], "channel": "CALL", "reached": False})
    assert payload["interaction"]["customer"] == {"lastContactAt": None}


async def test_service_side_reads_only_what_is_shared(sample: SampleDealer) -> None:
    client = sample.client()
    made = await make(client)
    for visibility, content in (("TEAM", "底价"), ("SERVICE", "喜欢咖啡")):
        await client.command(
            RECORD,
            i={"customer": made["id"], "channel": "CALL", "content": content, "visibility": visibility},
        )
    service = sample.client(
        permissions={"customers.customer.read": Reach.STORE, "customers.interaction.read": Reach.STORE}
    )
    answer = await service("{ interactions { nodes { content objections } } }")
    assert answer.data["interactions"]["nodes"] == [
        {"content": None, "objections": None},
        {"content": "喜欢咖啡", "objections": None},
    ]


async def test_private_note_is_read_by_its_author_and_managers(sample: SampleDealer) -> None:
    anna, bert = await sample.add_user("anna"), await sample.add_user("bert")
    author = sample.client(anna)
    made = await make(author)
    await author.command(
        RECORD, i={"customer": made["id"], "channel": "CALL", "content": "note", "visibility": "PRIVATE_NOTE"}
    )

    async def reads(client: Client) -> str | None:
        answer = await client("{ interactions { nodes { content } } }")
        (node,) = answer.data["interactions"]["nodes"]
        content: str | None = node["content"]
        return content

    rights = dict(author.caller.permissions)
    colleague = sample.client(bert, permissions=rights | {"customers.interaction.read_talks": Reach.OWN})
    assert await reads(author) == "note"
    assert (
        await reads(sample.client(anna, permissions=rights | {"customers.interaction.read_talks": Reach.OWN})) == "note"
    )
    assert await reads(colleague) is None
    assert await reads(sample.client(bert)) == "note"


async def test_consents_are_rows_and_the_latest_holds(sample: SampleDealer) -> None:
    customer = await known(sample)
    purpose = ConsentPurpose.MARKETING_SMS

    async def agrees() -> bool:
        return await sample.run(lambda scope: api.has_consent(scope, customer.id, purpose))

    assert not await agrees()
    await sample.run(lambda scope: api.grant_consent(scope, customer.id, purpose, evidence="form 7"))
    await sample.run(lambda scope: api.grant_consent(scope, customer.id, purpose))
    assert await agrees()
    sample.advance(minutes=1)
    await sample.run(lambda scope: api.withdraw_consent(scope, customer.id, purpose))
    assert not await agrees()
    rows = await sample.read(lambda: Consent.all().order_by("at"))
    assert [(row.state, row.evidence) for row in rows] == [("GRANTED", "form 7"), ("WITHDRAWN", "")]


async def test_lifecycle_moves_along_the_table_only(sample: SampleDealer) -> None:
    customer = await known(sample)

    async def move(to: Lifecycle) -> str:
        return (await sample.run(lambda scope: api.move_lifecycle(scope, customer.id, to))).lifecycle

    with pytest.raises(TransitionRefusal):
        await move(Lifecycle.OWNER)
    assert await move(Lifecycle.INTENT) == "INTENT"
    assert await move(Lifecycle.INTENT) == "INTENT"
    assert await move(Lifecycle.ORDERED) == "ORDERED"
    assert await move(Lifecycle.OWNER) == "OWNER"
    assert await move(Lifecycle.INTENT) == "OWNER"


async def test_delivery_takes_a_prospect_through_every_state(sample: SampleDealer) -> None:
    customer = await known(sample)
    trigger = LifecycleTrigger.DELIVERED
    moved = await sample.run(lambda scope: api.follow_lifecycle(scope, customer.id, trigger))
    assert moved.lifecycle == Lifecycle.OWNER

    async def told() -> list[tuple[str, str]]:
        rows = await sample.dealer.database.fetch(
            "SELECT data FROM core_outbox_event WHERE type = 'customers.lifecycle_changed' ORDER BY sequence"
        )
        data = [json.loads(row[0]) if isinstance(row[0], str) else row[0] for row in rows]
        return [(one["from_state"], one["to_state"]) for one in data]

    assert await sample.read(told) == [("PROSPECT", "INTENT"), ("INTENT", "ORDERED"), ("ORDERED", "OWNER")]


async def test_reactivation_brings_a_lost_customer_back_with_a_wish(sample: SampleDealer) -> None:
    customer = await known(sample)

    async def lose(scope: Scope) -> None:
        await api.follow_lifecycle(scope, customer.id, LifecycleTrigger.OPPORTUNITY_OPENED)
        await api.follow_lifecycle(scope, customer.id, LifecycleTrigger.ALL_LOST, "price")

    await sample.run(lose)
    payload = await sample.client().command(
        """mutation($i: ReactivateCustomerInput!) { reactivateCustomer(input: $i) {
          customer { lifecycle intentLevel } problems { code } } }""",
        i={"customer": gid(customer), "band": "WITHIN_7_DAYS"},
    )
    assert payload["customer"] == {"lifecycle": "INTENT", "intentLevel": "H"}


async def test_silent_prospect_becomes_dormant(sample: SampleDealer) -> None:
    customer = await known(sample)
    await sample.settle()
    sample.advance(days=91)
    await sample.settle()
    assert (await sample.read(lambda: Customer.get(id=customer.id))).lifecycle == Lifecycle.DORMANT


async def test_owned_vehicle_is_added_once(sample: SampleDealer) -> None:
    customer = await known(sample)
    for _ in range(2):
        await sample.run(
            lambda scope: api.add_owned_vehicle(
                scope, customer.id, vin="lsvau2189t2100001", model="S1", plate="沪A12345"
            )
        )
    answer = await sample.client()("{ customerVehicles { nodes { vin plate role toOn } } }")
    assert answer.data["customerVehicles"]["nodes"] == [
        {"vin": "LSVAU2189T2100001", "plate": "沪A****", "role": "OWNER", "toOn": None}
    ]


async def test_age_counts_birthdays(sample: SampleDealer) -> None:
    client = sample.client()
    made = await make(client, birthOn="1990-11-22")
    asked = "query($id: ID!) { customer(id: $id) { age } }"
    assert (await client(asked, id=made["id"])).data["customer"]["age"] == 35
    sample.advance(days=1)
    assert (await client(asked, id=made["id"])).data["customer"]["age"] == 36


async def test_intention_of_two_currencies_is_refused(sample: SampleDealer) -> None:
    customer = await known(sample)
    wishes = Wishes(budget_min=Money(1, "CNY"), budget_max=Money(2, "EUR"))
    with pytest.raises(ValidationRefusal):
        await sample.run(lambda scope: api.add_intention(scope, customer.id, wishes))


async def test_reassigned_customer_takes_his_tasks_along(sample: SampleDealer) -> None:
    anna, bert = [await sample.add_user(name, role="sales_consultant") for name in ("anna", "bert")]
    customer = await known(sample, owner_id=anna)
    due = sample.clock.at + timedelta(days=1)
    await sample.run(lambda scope: api.plan_task(scope, customer.id, due_at=due, subject="call"))
    payload = await sample.client().command(
        """mutation($i: ReassignCustomersInput!) { reassignCustomers(input: $i) {
          customers { owner { displayName } tasks { nodes { owner { displayName } } }
                      transfers { nodes { openTasks acknowledgedAt } } } problems { code } } }""",
        i={
            "customers": [gid(customer)],
            "owner": global_id("User", bert),
            "reason": "left",
            "summary": "likes white",
        },
    )
    (moved,) = payload["customers"]
    assert moved["owner"] == {"displayName": "bert"}
    assert moved["tasks"]["nodes"] == [{"owner": {"displayName": "bert"}}]
    assert moved["transfers"]["nodes"] == [{"openTasks": 1, "acknowledgedAt": None}]
