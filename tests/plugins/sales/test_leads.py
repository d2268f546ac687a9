"""Leads after they came in: who gets them, when they must be answered, what becomes of them."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from core.caller import Reach
from forecourt import Scope, change_setting, global_id
from forecourt.testing import Client
from plugins.customers.api import Customer, reassign_owner
from plugins.customers.models.follow_up import FollowUpTask
from plugins.customers.models.records import OwnershipTransfer
from plugins.organisation.api import Absence, Employee
from plugins.sales.events import LeadResponseDue
from plugins.sales.models.leads import AssignmentLog, Lead
from plugins.sales.services.states import LeadState
from plugins.sales.settings import SalesSettings
from tests.plugins.sales.conftest import Showroom

RECEIVE = "mutation($i: ReceiveLeadInput!) { receiveLead(input: $i) { lead { id } problems { code message path } } }"


async def receive(showroom: Showroom, number: int = 0, **values: Any) -> Lead:
    """Take a lead in by the command, and return it as it stands in the database."""
    given = {"name": f"客户{number}", "phone": f"138{number:08d}", **values}
    payload = await showroom.sample.client().command(RECEIVE, i=given)
    return await lead_of(showroom, payload["lead"]["id"])


async def lead_of(showroom: Showroom, gid: str) -> Lead:
    from core.ids import parse_global_id

    (lead,) = await showroom.rows(Lead, id=parse_global_id(gid)[1])
    assert isinstance(lead, Lead)
    return lead


async def again(showroom: Showroom, lead: Lead) -> Lead:
    (row,) = await showroom.rows(Lead, id=lead.id)
    assert isinstance(row, Lead)
    return row


def user_of(client: Client) -> UUID:
    assert client.caller.user_id is not None
    return client.caller.user_id


async def outcome(client: Client, name: str, **values: Any) -> list[str]:
    """Run a command on a lead and return the codes of its problems."""
    kind = name[0].upper() + name[1:]
    shown = "opportunity { id }" if name == "convertLead" else "lead { id }"
    payload = await client.payload(
        f"mutation($i: {kind}Input!) {{ {name}(input: $i) {{ {shown} problems {{ code }} }} }}", i=values
    )
    return [problem["code"] for problem in payload["problems"]]


async def test_first_lead_goes_to_the_least_loaded(showroom: Showroom) -> None:
    people = [await showroom.hire(login) for login in ("a", "b", "c")]
    owners = [(await receive(showroom, number)).owner_id for number in range(6)]
    assert set(owners[:3]) == {user_of(one) for one in people}
    assert {owners.count(user_of(one)) for one in people} == {2}
    logs = await showroom.rows(AssignmentLog)
    assert all(log.rule == "DEFAULT" and log.trace[-1]["outcome"] == "CHOSEN" for log in logs)


async def test_nobody_absent_or_full_gets_a_lead(showroom: Showroom) -> None:
    absent, full = await showroom.hire("absent"), await showroom.hire("full")
    sample = showroom.sample

    async def away(scope: Scope) -> None:
        employee = Employee(store_id=sample.store_id, number="1", name="absent", user_id=user_of(absent))
        await employee.save()
        today = scope.today()
        await Absence(store_id=sample.store_id, employee_id=employee.id, from_on=today, until_on=today).save()

    await sample.run(away)
    await sample.run(lambda scope: change_setting(scope, SalesSettings, "lead_capacity", 1))
    assert (await receive(showroom, 1)).owner_id == user_of(full)
    left = await receive(showroom, 2)
    assert (left.state, left.owner_id) == (LeadState.UNASSIGNED, None)
    (log,) = await showroom.rows(AssignmentLog, lead_id=left.id)
    assert {(step["outcome"], step["subject"]) for step in log.trace if step["step"] == "FILTER"} == {
        ("OFF_DUTY", str(user_of(absent))),
        ("FULL", str(user_of(full))),
    }


async def test_known_customer_stays_with_his_consultant(showroom: Showroom) -> None:
    first = await showroom.hire("first")
    lead = await receive(showroom, 1)
    await showroom.sample.settle()
    assert await outcome(first, "recordLeadContact", lead=global_id("Lead", lead.id), reached=True) == []
    assert (
        await outcome(showroom.sample.client(), "disqualifyLead", lead=global_id("Lead", lead.id), reason="NO_INTENT")
        == []
    )
    await showroom.hire("second")
    assert (await receive(showroom, 2)).owner_id != user_of(first)
    assert (await receive(showroom, 1)).owner_id == user_of(first)


async def test_lead_that_asks_for_somebody_goes_to_him(showroom: Showroom) -> None:
    await showroom.hire("a")
    wanted = await showroom.hire("wanted")
    for number in range(3):
        lead = await receive(showroom, number, namedConsultant=global_id("User", user_of(wanted)))
        assert lead.owner_id == user_of(wanted)


async def test_rule_decides_by_source_region_or_leaves_it_to_a_manager(showroom: Showroom) -> None:
    pudong, other = await showroom.hire("pudong"), await showroom.hire("other")
    manager = await showroom.hire("manager", "sales_manager")
    save = """mutation($i: SaveAssignmentRuleInput!) { saveAssignmentRule(input: $i) {
        assignmentRule { code } problems { code path } } }"""
    rules: list[dict[str, Any]] = [
        {"code": "PUDONG", "position": 1, "conditions": [{"attribute": "region", "values": ["310115"]}],
         "pool": [global_id("User", user_of(pudong))]},
        {"code": "SHOW", "position": 2, "conditions": [{"attribute": "source", "values": ["MOTOR_SHOW"]}],
         "manual": True},
        {"code": "REST", "position": 3, "pool": [global_id("User", user_of(other))]},
    ]  # fmt: skip
    for rule in rules:
        await manager.command(save, i=rule)
    assert (await receive(showroom, 1, regionCode="310115001")).owner_id == user_of(pudong)
    assert (await receive(showroom, 2, source="MOTOR_SHOW")).state == LeadState.UNASSIGNED
    assert (await receive(showroom, 3)).owner_id == user_of(other)
    refused = await manager.payload(save, i={"code": "X", "conditions": [{"attribute": "moon", "values": ["full"]}]})
    assert refused["problems"] == [{"code": "VALIDATION_ERROR", "path": ["conditions"]}]


async def test_only_a_manager_assigns_by_hand(showroom: Showroom) -> None:
    consultant, other = await showroom.hire("a"), await showroom.hire("b")
    manager = await showroom.hire("manager", "sales_manager")
    lead = await receive(showroom)
    target = user_of(other) if lead.owner_id == user_of(consultant) else user_of(consultant)
    values = {"lead": global_id("Lead", lead.id), "owner": global_id("User", target), "reason": "knows him"}
    assert await outcome(consultant, "assignLead", **values) == ["FORBIDDEN"]
    assert await outcome(manager, "assignLead", **values) == []
    assert (await again(showroom, lead)).owner_id == target
    await showroom.sample.settle()
    planned = await showroom.rows(FollowUpTask, state="PLANNED")
    assert [task.owner_id for task in planned] == [target]


async def test_customer_of_a_lead_goes_with_it_to_its_new_owner(showroom: Showroom) -> None:
    people = [await showroom.hire("a"), await showroom.hire("b")]
    manager = await showroom.hire("manager", "sales_manager")
    lead = await receive(showroom)
    await showroom.sample.settle()
    giver, taker = people if lead.owner_id == user_of(people[0]) else people[::-1]
    values = {"lead": global_id("Lead", lead.id), "owner": global_id("User", user_of(taker)), "reason": "knows him"}
    seen = "query($id: ID!) { lead(id: $id) { customer { owner { id } } } }"
    assert await outcome(manager, "assignLead", **values) == []
    assert (await taker(seen, id=values["lead"])).data["lead"] == {"customer": {"owner": {"id": values["owner"]}}}
    assert (await giver(seen, id=values["lead"])).data["lead"] is None
    (handover,) = await showroom.rows(OwnershipTransfer)
    assert (handover.to_owner_id, handover.reason) == (user_of(taker), "knows him")


async def test_customer_of_somebody_else_stays_his_when_a_lead_changes_hands(showroom: Showroom) -> None:
    giver = await showroom.hire("a")
    lead = await receive(showroom)
    await showroom.sample.settle()
    taker, keeper = await showroom.hire("b"), await showroom.hire("c")
    manager = await showroom.hire("manager", "sales_manager")
    (customer,) = await showroom.rows(Customer)

    async def keep(scope: Scope) -> None:
        await reassign_owner(scope, await Customer.get(id=customer.id), user_of(keeper), "his neighbour")

    await showroom.sample.run(keep)
    values = {"lead": global_id("Lead", lead.id), "owner": global_id("User", user_of(taker))}
    assert lead.owner_id == user_of(giver)
    assert await outcome(manager, "assignLead", **values, reason="away") == []
    (customer,) = await showroom.rows(Customer)
    assert customer.owner_id == user_of(keeper)


async def test_answer_is_due_in_business_minutes_and_told_once(showroom: Showroom) -> None:
    await showroom.hire("a")
    showroom.sample.clock.at += timedelta(hours=7, minutes=50)  # 17:50, the store closes at 18:00
    lead = await receive(showroom)
    assert lead.sla_due_at is not None
    assert lead.sla_due_at.isoformat() == "2026-11-22T01:20:00+00:00"  # 09:20 the next morning
    showroom.sample.clock.at = lead.sla_due_at - timedelta(minutes=1)
    await showroom.sample.settle()
    assert await _told(showroom) == 0
    for _ in range(3):
        showroom.sample.advance(minutes=1)
        await showroom.sample.settle()
    assert await _told(showroom) == 1


async def _told(showroom: Showroom) -> int:
    from core.write.models import OutboxEvent

    return len(await showroom.rows(OutboxEvent, type=LeadResponseDue.type))


async def test_lead_that_lies_goes_to_somebody_else_and_at_last_to_a_manager(showroom: Showroom) -> None:
    people = {user_of(await showroom.hire(login)) for login in ("a", "b")}
    lead = await receive(showroom)
    first = lead.owner_id
    await showroom.sample.settle()
    showroom.sample.advance(minutes=121)
    await showroom.sample.settle()
    lead = await again(showroom, lead)
    assert (lead.state, lead.recycle_count) == (LeadState.ASSIGNED, 1)
    assert {lead.owner_id} == people - {first}
    (customer,) = await showroom.rows(Customer)
    assert customer.owner_id == lead.owner_id
    showroom.sample.advance(minutes=121)
    await showroom.sample.settle()
    lead = await again(showroom, lead)
    assert (lead.state, lead.owner_id) == (LeadState.RECYCLED, None)
    assert await showroom.rows(FollowUpTask, state="PLANNED") == []


async def test_attempt_stops_the_clock_and_contact_moves_the_lead(showroom: Showroom) -> None:
    consultant = await showroom.hire("a")
    lead = await receive(showroom)
    gid = global_id("Lead", lead.id)
    showroom.sample.advance(minutes=29)
    assert await outcome(consultant, "recordLeadContact", lead=gid, reached=False) == []
    lead = await again(showroom, lead)
    assert (lead.state, lead.failed_attempts, lead.first_contact_at) == (LeadState.ASSIGNED, 1, None)
    showroom.sample.advance(hours=3)
    await showroom.sample.settle()
    assert await _told(showroom) == 0
    assert (await again(showroom, lead)).recycle_count == 0
    assert await outcome(consultant, "recordLeadContact", lead=gid, reached=True) == []
    lead = await again(showroom, lead)
    assert lead.state == LeadState.CONTACTED
    assert lead.first_contact_at >= lead.first_attempt_at >= lead.received_at  # type: ignore[operator]  # both are set


async def test_talk_written_down_with_the_customer_counts_as_contact(showroom: Showroom) -> None:
    await showroom.hire("a")
    lead = await receive(showroom)
    await showroom.sample.settle()
    lead = await again(showroom, lead)

    async def talk(scope: Scope) -> None:
        from plugins.customers.api import record_interaction

        assert lead.customer_id is not None
        await record_interaction(scope, lead.customer_id, channel="CALL")

    await showroom.sample.run(talk)
    await showroom.sample.settle()
    assert (await again(showroom, lead)).state == LeadState.CONTACTED


async def test_lead_is_qualified_with_an_intention_only(showroom: Showroom) -> None:
    consultant = await showroom.hire("a")
    lead = await receive(showroom)
    gid = global_id("Lead", lead.id)
    assert await outcome(consultant, "qualifyLead", lead=gid) == ["INVALID_TRANSITION"]
    await outcome(consultant, "recordLeadContact", lead=gid, reached=True)
    assert await outcome(consultant, "qualifyLead", lead=gid) == ["PRECONDITION_FAILED"]
    budget = {"amountMinor": "20000000", "currency": "CNY"}
    wishes = {"models": ["VOYAGE"], "budgetMax": budget}
    assert await outcome(consultant, "qualifyLead", lead=gid, wishes=wishes) == []
    assert await outcome(consultant, "convertLead", lead=gid) == []
    assert await outcome(consultant, "convertLead", lead=gid) == ["INVALID_TRANSITION"]


async def test_wrong_number_needs_three_attempts_on_two_days(showroom: Showroom) -> None:
    consultant = await showroom.hire("a")
    lead = await receive(showroom)
    gid = global_id("Lead", lead.id)
    give_up = {"lead": gid, "reason": "INVALID_NUMBER"}
    for _ in range(3):
        await outcome(consultant, "recordLeadContact", lead=gid, reached=False)
    assert await outcome(consultant, "disqualifyLead", **give_up) == ["PRECONDITION_FAILED"]
    showroom.sample.advance(days=1)
    await outcome(consultant, "recordLeadContact", lead=gid, reached=False)
    assert await outcome(consultant, "disqualifyLead", lead=gid, reason="NO_SUCH_CODE") == ["VALIDATION_ERROR"]
    assert await outcome(consultant, "disqualifyLead", **give_up) == []
    assert await outcome(consultant, "reopenLead", lead=gid) == []
    await outcome(consultant, "disqualifyLead", lead=gid, reason="NO_INTENT")
    showroom.sample.advance(days=91)
    assert await outcome(consultant, "reopenLead", lead=gid) == ["PRECONDITION_FAILED"]


async def test_lead_that_was_put_off_wakes_by_itself(showroom: Showroom) -> None:
    consultant = await showroom.hire("a")
    lead = await receive(showroom)
    gid = global_id("Lead", lead.id)
    assert await outcome(consultant, "nurtureLead", lead=gid, wakeOn="2026-11-21") == ["VALIDATION_ERROR"]
    assert await outcome(consultant, "nurtureLead", lead=gid, wakeOn="2026-11-24") == []
    await showroom.sample.settle()
    showroom.sample.advance(days=3)
    await showroom.sample.settle()
    assert (await again(showroom, lead)).state == LeadState.CONTACTED
    tasks = await showroom.rows(FollowUpTask, state="PLANNED")
    assert any(task.dedupe_key and task.dedupe_key.startswith("sales.wake_lead:") for task in tasks)


@pytest.mark.parametrize(
    ("values", "code"),
    [
        ({"phone": None}, "LEAD_NOT_REACHABLE"),
        ({"phone": "12345"}, "VALIDATION_ERROR"),
        ({"phone": None, "email": "nobody"}, "VALIDATION_ERROR"),
        ({"source": "NO_SUCH_SOURCE"}, "VALIDATION_ERROR"),
        ({"name": ""}, "VALIDATION_ERROR"),
    ],
)
async def test_lead_entered_by_hand_must_be_right(showroom: Showroom, values: dict[str, Any], code: str) -> None:
    given = {"name": "王五", "phone": "13800138000", **values}
    payload = await showroom.sample.client().payload(RECEIVE, i=given)
    assert [problem["code"] for problem in payload["problems"]] == [code]
    assert await showroom.rows(Lead) == []


async def test_consultant_sees_his_own_leads_only(showroom: Showroom) -> None:
    people = [await showroom.hire(login) for login in ("a", "b")]
    manager = await showroom.hire("manager", "sales_manager")
    for number in range(4):
        await receive(showroom, number)
    seen = [
        {node["id"] for node in (await one("{ leads { nodes { id } } }")).data["leads"]["nodes"]}
        for one in (*people, manager)
    ]
    assert len(seen[0]) == len(seen[1]) == 2
    assert seen[0] | seen[1] == seen[2]
    assert not seen[0] & seen[1]
    other = next(iter(seen[1]))
    assert await outcome(people[0], "recordLeadContact", lead=other, reached=True) == ["NOT_FOUND"]


@pytest.mark.parametrize(
    "fields",
    [
        "name phone",
        "vehicles(first: 5) { nodes { make series { code } } } touches { nodes { at } } owner { displayName }",
    ],
)
async def test_list_costs_as_many_statements_for_one_lead_as_for_many(showroom: Showroom, fields: str) -> None:
    await showroom.hire("a")
    manager = await showroom.hire("manager", "sales_manager")
    counts = []
    for amount in (1, 30):
        for number in range(amount):
            await receive(showroom, 100 * amount + number, vehicles=[{"model": "Voyage"}])
        with showroom.sample.dealer.database.counting() as statements:
            answer = await manager(f"{{ leads(first: 40) {{ nodes {{ {fields} }} }} }}")
        assert len(answer.data["leads"]["nodes"]) >= amount
        counts.append(len(statements))
    assert counts[0] == counts[1]


async def test_roster_is_told_of_the_stores_where_one_may_assign_alone(showroom: Showroom) -> None:
    await showroom.hire("seller")
    other = await showroom.sample.add_store("S2")
    rights = {"sales.lead.assign": Reach.STORE}
    stores = frozenset({other, showroom.sample.store_id})
    ask = "{ leadRoster { user openWeight } }"

    def manager(works_in: UUID) -> Client:
        made = showroom.sample.client(store_id=works_in)
        own: dict[UUID, dict[str, Reach]] = {other: rights, showroom.sample.store_id: {}}
        return replace(made, caller=replace(made.caller, store_ids=stores, permissions=rights, by_store=own))

    assert (await manager(showroom.sample.store_id)(ask)).codes == ["FORBIDDEN"]
    assert (await manager(other)(ask)).data == {"leadRoster": []}
    assert len((await showroom.sample.client()(ask)).data["leadRoster"]) == 1
