"""Service requests: taken at any time, in somebody's hands, with a deadline that is watched."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest

from forecourt import Department, Membership, Reach, Scope, global_id
from forecourt.testing import Client, SampleDealer
from plugins.aftersales.models import ServiceRequest, ServiceRequestStep, ServiceVehicle
from plugins.aftersales.services import escalation, requests, rights
from plugins.aftersales.services.requests import NewRequest
from tests.plugins.aftersales.conftest import Workshop, events_of

FIELDS = """id docNo state severity dueAt symptom conditions escalationLevel isOverdue waitingFor
  resolution reopenedTimes customer { name } vehicle { vin } department { name } assignee { displayName }"""


def mutation(name: str) -> str:
    kind = f"{name[0].upper()}{name[1:]}Input!"
    return (
        f"mutation($i: {kind}, $v: Int, $k: String) {{ {name}(input: $i, expectedVersion: $v, idempotencyKey: $k)"
        f" {{ serviceRequest {{ {FIELDS} }} problems {{ __typename code message path }} }} }}"
    )


CREATE = mutation("createServiceRequest").replace("$v: Int, ", "").replace("expectedVersion: $v, ", "")
ASSIGN, START, WAIT = (mutation(f"{verb}ServiceRequest") for verb in ("assign", "start", "wait"))
RESOLVE, CLOSE, REOPEN, CANCEL = (
    mutation(f"{verb}ServiceRequest") for verb in ("resolve", "close", "reopen", "cancel")
)
EXTEND = """mutation($i: ExtendServiceRequestInput!) { extendServiceRequest(input: $i) {
  serviceExtension { id number state untilAt approver { displayName } request { dueAt escalationLevel isOverdue } }
  problems { code message path } } }"""
ANSWER = """mutation($i: AnswerServiceExtensionInput!) { answerServiceExtension(input: $i) {
  serviceExtension { state approver { displayName } request { dueAt } } problems { code message path } } }"""


class Desk:
    """Sends commands about one request; `codes` are of the last one's problems."""

    def __init__(self, client: Client, workshop: Workshop, request: str) -> None:
        self.client = client
        self.workshop = workshop
        self.request = request
        self.codes: list[str] = []

    async def send(self, operation: str, **more: Any) -> Any:
        payload = await self.client.payload(operation, i={"request": self.request, **more})
        self.codes = [problem["code"] for problem in payload["problems"]]
        return payload["serviceRequest"]

    async def assign(self, assignee: UUID | None = None, **more: Any) -> Any:
        user = global_id("User", assignee or self.workshop.li)
        return await self.send(ASSIGN, department=self.workshop.service, assignee=user, **more)


@pytest.fixture
async def desk(client: Client, workshop: Workshop) -> Desk:
    made = await client.command(CREATE, i={"symptom": "Shakes at idle", "customer": workshop.customer})
    return Desk(client, workshop, made["serviceRequest"]["id"])


async def test_symptom_alone_makes_a_request(client: Client, workshop: Workshop) -> None:
    made = (await client.command(CREATE, i={"symptom": " no start "}))["serviceRequest"]
    assert made["docNo"] == "SR-S1-20261121-0001"
    assert (made["symptom"], made["state"], made["severity"], made["customer"]) == ("no start", "OPEN", 3, None)
    # 27 opening hours, 09:00 to 18:00, from Saturday 10:00
    assert datetime.fromisoformat(made["dueAt"]) == datetime(2026, 11, 24, 2, 0, tzinfo=UTC)


async def test_request_keeps_what_is_told_of_it(client: Client, workshop: Workshop, vehicle_id: UUID) -> None:
    entry = {
        "symptom": "Shakes at idle",
        "symptomGroup": "ENGINE",
        "conditions": "cold start, −5 °C",
        "severity": 2,
        "channel": "SMS",
        "vehicle": global_id("ServiceVehicle", vehicle_id),
        "department": workshop.service,
    }
    made = (await client.command(CREATE, i=entry))["serviceRequest"]
    assert (made["conditions"], made["severity"]) == ("cold start, −5 °C", 2)
    assert (made["customer"], made["department"]) == ({"name": "王伟"}, {"name": "售后部"})
    shown = """{ serviceVehicles { nodes { serviceRequests { nodes {
        symptomGroup channel steps { nodes { toState } } } } } }
      customers { nodes { serviceRequests(filter: {severity: {lte: 2}}) { totalCount } } } }"""
    data = (await client(shown)).data
    (request,) = data["serviceVehicles"]["nodes"][0]["serviceRequests"]["nodes"]
    assert request == {"symptomGroup": "ENGINE", "channel": "SMS", "steps": {"nodes": [{"toState": "OPEN"}]}}
    assert data["customers"]["nodes"] == [{"serviceRequests": {"totalCount": 1}}]


async def test_rescue_at_night_has_a_deadline_by_the_clock(sample: SampleDealer, client: Client) -> None:
    sample.clock.at = datetime(2026, 11, 21, 18, 0, tzinfo=UTC)  # 02:00 in Shanghai
    made = (await client.command(CREATE, i={"symptom": "stands still", "kind": "RESCUE"}))["serviceRequest"]
    assert (made["severity"], datetime.fromisoformat(made["dueAt"])) == (1, datetime(2026, 11, 21, 22, 0, tzinfo=UTC))
    (told,) = await events_of(sample, "aftersales.service_request_opened")
    assert told["urgent"] is True


@pytest.mark.parametrize(
    ("entry", "path"),
    [
        ({"symptom": " "}, ["symptom"]),
        ({"kind": "WASH"}, ["kind"]),
        ({"symptomGroup": "SOUL"}, ["symptomGroup"]),
        ({"channel": "PIGEON"}, ["channel"]),
        ({"severity": 5}, ["severity"]),
        ({"dueAt": "2026-11-21T01:59:59Z"}, ["dueAt"]),
    ],
)
async def test_request_refuses_what_can_not_be(
    sample: SampleDealer, client: Client, entry: dict[str, Any], path: list[str]
) -> None:
    payload = await client.payload(CREATE, i={"symptom": "x", **entry})
    assert [problem["path"] for problem in payload["problems"]] == [path]
    assert await events_of(sample, "aftersales.service_request_opened") == []


async def test_usual_way_from_open_to_closed(sample: SampleDealer, desk: Desk) -> None:
    assigned = await desk.assign()
    assert (assigned["state"], assigned["assignee"]) == ("ASSIGNED", {"displayName": "li"})
    assert (await desk.send(START))["state"] == "IN_PROGRESS"
    waiting = await desk.send(WAIT, waitingFor="PARTS", note="injector")
    assert (waiting["state"], waiting["waitingFor"]) == ("WAITING_PARTS", "injector")
    going_on = await desk.send(START)
    assert (going_on["state"], going_on["waitingFor"]) == ("IN_PROGRESS", "")
    assert (await desk.send(RESOLVE, resolution="new injector"))["resolution"] == "new injector"
    assert (await desk.send(CLOSE))["state"] == "CLOSED"
    moved = await events_of(sample, "aftersales.service_request_moved")
    assert [event["to_state"] for event in moved] == [
        "ASSIGNED",
        "IN_PROGRESS",
        "WAITING_PARTS",
        "IN_PROGRESS",
        "RESOLVED",
        "CLOSED",
    ]
    assert len(await events_of(sample, "aftersales.service_request_resolved")) == 1

    async def notes() -> list[str]:
        return [step.note for step in await ServiceRequestStep.all().order_by("id")]

    assert await sample.read(notes) == ["", "", "", "injector", "", "new injector", ""]


@pytest.mark.parametrize(
    ("operation", "more"),
    [(START, {}), (WAIT, {"waitingFor": "CUSTOMER", "note": "x"}), (RESOLVE, {"resolution": "x"}), (CLOSE, {})],
)
async def test_short_cuts_are_refused(desk: Desk, operation: str, more: dict[str, Any]) -> None:
    await desk.send(operation, **more)
    assert desk.codes == ["INVALID_TRANSITION"]


async def test_handler_is_a_member_of_the_department(sample: SampleDealer, desk: Desk, workshop: Workshop) -> None:
    await desk.assign(workshop.wang)
    assert desk.codes == ["HANDLER_NOT_IN_DEPARTMENT"]

    async def leave(_: Scope) -> None:
        membership = await Membership.get(user_id=workshop.li)
        membership.valid_to = sample.clock.now().date() - timedelta(days=1)
        await membership.save()

    await desk.assign()
    await sample.run(leave)
    await desk.send(START)
    assert desk.codes == ["NOT_ASSIGNED"]
    await desk.assign(workshop.zhang)
    assert (await desk.send(START))["state"] == "IN_PROGRESS"


async def test_department_of_another_store_can_not_handle_it(
    sample: SampleDealer, desk: Desk, workshop: Workshop
) -> None:
    other = await sample.add_store("S2")

    async def make(_: Scope) -> UUID:
        department = Department(store_id=other, name="售后部", kind="SERVICE")
        await department.save()
        return department.id

    elsewhere = global_id("Department", await sample.run(make))
    await desk.send(ASSIGN, department=elsewhere, assignee=global_id("User", workshop.li))
    assert desk.codes == ["NOT_FOUND"]


async def test_deadline_in_the_past_is_refused(desk: Desk) -> None:
    await desk.assign(dueAt="2026-11-21T01:00:00Z")
    assert desk.codes == ["DEADLINE_PASSED"]


async def test_deadline_is_named_once_and_extended_afterwards(desk: Desk, workshop: Workshop) -> None:
    first = await desk.assign(dueAt="2026-11-30T08:00:00Z")
    assert first["dueAt"].startswith("2026-11-30T08:00:00")
    handed_over = await desk.assign(workshop.zhang)
    assert (handed_over["state"], handed_over["assignee"]) == ("ASSIGNED", {"displayName": "zhang"})
    await desk.assign(workshop.zhang, dueAt="2026-12-30T08:00:00Z")
    assert desk.codes == ["PRECONDITION_FAILED"]


async def test_overdue_request_is_told_once_and_climbs_three_levels(
    sample: SampleDealer, client: Client, desk: Desk
) -> None:
    await desk.assign()
    await sample.settle()
    sample.advance(days=3, hours=1)
    for _ in range(3):
        await sample.settle()
        sample.advance(minutes=10)
    (told,) = await events_of(sample, "aftersales.service_request_overdue")
    assert told["escalation_level"] == 1
    node = "query($id: ID!) { node(id: $id) { ... on ServiceRequest { escalationLevel isOverdue } } }"
    assert (await client(node, id=desk.request)).data["node"] == {"escalationLevel": 1, "isOverdue": True}
    for _ in range(4):
        sample.advance(days=1)
        await sample.settle()
    assert (await client(node, id=desk.request)).data["node"]["escalationLevel"] == 3
    assert [e["escalation_level"] for e in await events_of(sample, "aftersales.service_request_escalated")] == [2, 3]
    assert len(await events_of(sample, "aftersales.service_request_overdue")) == 1


async def test_resolved_request_never_becomes_overdue(sample: SampleDealer, desk: Desk) -> None:
    await sample.settle()
    await desk.assign()
    await desk.send(START)
    await desk.send(RESOLVE, resolution="done")
    sample.advance(days=5)
    await sample.settle()
    assert await events_of(sample, "aftersales.service_request_overdue") == []


async def test_two_sweeps_at_once_escalate_by_one_level(sample: SampleDealer, desk: Desk) -> None:
    async def stale(_: Scope) -> ServiceRequest:
        return await ServiceRequest.all().get()

    first, second = await sample.run(stale), await sample.run(stale)
    sample.advance(days=4)
    assert await sample.run(lambda scope: escalation.escalate(scope, first))
    assert not await sample.run(lambda scope: escalation.escalate(scope, second))
    assert len(await events_of(sample, "aftersales.service_request_overdue")) == 1


async def test_two_extensions_are_free_and_the_third_needs_somebody_else(
    sample: SampleDealer, desk: Desk, workshop: Workshop
) -> None:
    await desk.assign()
    handler, manager = sample.client(workshop.li), sample.client(workshop.zhang)
    for day in (25, 26):
        entry = {"request": desk.request, "dueAt": f"2026-11-{day}T08:00:00Z", "reason": "parts"}
        extension = (await handler.command(EXTEND, i=entry))["serviceExtension"]
        assert (extension["state"], extension["approver"]) == ("APPROVED", None)
        assert extension["request"]["dueAt"].startswith(f"2026-11-{day}")
    entry = {"request": desk.request, "dueAt": "2026-11-27T08:00:00Z", "reason": "parts"}
    third = (await handler.command(EXTEND, i=entry))["serviceExtension"]
    assert (third["state"], third["request"]["dueAt"][:10]) == ("REQUESTED", "2026-11-26")
    fourth = await handler.payload(EXTEND, i={**entry, "dueAt": "2026-11-28T08:00:00Z"})
    assert [p["code"] for p in fourth["problems"]] == ["CONFLICT"]
    answer = {"serviceExtension": third["id"], "approve": True}
    assert [p["code"] for p in (await handler.payload(ANSWER, i=answer))["problems"]] == ["APPROVER_IS_REQUESTER"]
    agreed = (await manager.command(ANSWER, i=answer))["serviceExtension"]
    assert (agreed["state"], agreed["approver"]) == ("APPROVED", {"displayName": "zhang"})
    assert agreed["request"]["dueAt"].startswith("2026-11-27")
    again = await manager.payload(ANSWER, i={**answer, "approve": False})
    assert [p["code"] for p in again["problems"]] == ["INVALID_TRANSITION"]


@pytest.mark.parametrize(
    ("due", "reason", "code"),
    [
        ("2026-11-25T08:00:00Z", " ", "VALIDATION_ERROR"),
        ("2026-11-20T08:00:00Z", "parts", "DEADLINE_PASSED"),
        ("2026-11-22T08:00:00Z", "parts", "VALIDATION_ERROR"),
    ],
)
async def test_extension_has_a_reason_and_is_later(
    client: Client, desk: Desk, due: str, reason: str, code: str
) -> None:
    payload = await client.payload(EXTEND, i={"request": desk.request, "dueAt": due, "reason": reason})
    assert [p["code"] for p in payload["problems"]] == [code]


async def test_extension_puts_the_escalation_off(sample: SampleDealer, client: Client, desk: Desk) -> None:
    await sample.settle()
    await client.command(EXTEND, i={"request": desk.request, "dueAt": "2026-12-10T08:00:00Z", "reason": "parts"})
    sample.advance(days=10)
    await sample.settle()
    assert await events_of(sample, "aftersales.service_request_overdue") == []
    sample.advance(days=10)
    await sample.settle()
    assert len(await events_of(sample, "aftersales.service_request_overdue")) == 1


async def test_reopened_request_is_assigned_anew(sample: SampleDealer, desk: Desk) -> None:
    await desk.assign()
    await desk.send(START)
    await desk.send(RESOLVE, resolution="done")
    sample.advance(days=14)
    reopened = await desk.send(REOPEN, reason="shakes again")
    assert (reopened["state"], reopened["reopenedTimes"], reopened["isOverdue"]) == ("REOPENED", 1, False)
    await desk.send(START)
    assert desk.codes == ["INVALID_TRANSITION"]
    assert (await desk.assign())["state"] == "ASSIGNED"


async def test_reopening_after_two_weeks_is_too_late_and_it_closes_by_itself(
    sample: SampleDealer, client: Client, desk: Desk
) -> None:
    await sample.settle()
    await desk.assign()
    await desk.send(START)
    await desk.send(RESOLVE, resolution="done")
    sample.advance(days=14, seconds=1)
    await desk.send(REOPEN, reason="shakes again")
    assert desk.codes == ["REOPEN_TOO_LATE"]
    sample.advance(days=1)
    await sample.settle()
    data = (await client("{ serviceRequests { nodes { state } } }")).data
    assert data["serviceRequests"]["nodes"] == [{"state": "CLOSED"}]


async def test_cancelling_needs_a_reason_and_ends_it(desk: Desk) -> None:
    await desk.send(CANCEL, reason=" ")
    assert desk.codes == ["VALIDATION_ERROR"]
    assert (await desk.send(CANCEL, reason="sold the car"))["state"] == "CANCELLED"
    await desk.assign()
    assert desk.codes == ["INVALID_TRANSITION"]


async def test_two_who_start_at_once_start_it_once(sample: SampleDealer, desk: Desk) -> None:
    await desk.assign()
    payloads = await asyncio.gather(*(desk.client.payload(START, i={"request": desk.request}) for _ in range(4)))
    assert [bool(p["problems"]) for p in payloads].count(False) == 1
    moved = await events_of(sample, "aftersales.service_request_moved")
    assert [event["to_state"] for event in moved] == ["ASSIGNED", "IN_PROGRESS"]


async def test_technician_works_on_his_own_requests_only(sample: SampleDealer, desk: Desk, workshop: Workshop) -> None:
    await desk.assign()
    few = {"aftersales.service_request.read": Reach.OWN, "aftersales.service_request.work": Reach.OWN}
    own, other = (sample.client(user, permissions=few) for user in (workshop.li, workshop.zhang))
    assert (await other("{ serviceRequests { totalCount } }")).data["serviceRequests"]["totalCount"] == 0
    refused = await other.payload(START, i={"request": desk.request})
    assert [p["code"] for p in refused["problems"]] == ["NOT_FOUND"]
    started = (await own.command(START, i={"request": desk.request}))["serviceRequest"]
    assert (started["state"], started["customer"]) == ("IN_PROGRESS", None)
    denied = await own.payload(CLOSE, i={"request": desk.request})
    assert [p["code"] for p in denied["problems"]] == ["FORBIDDEN"]


async def test_roles_carry_rights_that_exist(sample: SampleDealer) -> None:
    for role in rights.ROLES:
        assert set(role.permissions) <= set(sample.dealer.kernel.permissions), role.code


async def test_handlers_come_with_what_speaks_for_them(
    sample: SampleDealer, client: Client, desk: Desk, workshop: Workshop
) -> None:
    await desk.assign()
    ask = """query($r: ID!, $d: ID!) { serviceHandlers(request: $r, department: $d) {
        user displayName isOnDuty isCertified openRequests } }"""
    found = (await client(ask, r=desk.request, d=workshop.service)).data["serviceHandlers"]
    assert [(one["displayName"], one["openRequests"], one["isCertified"]) for one in found] == [
        ("zhang", 0, True),
        ("li", 1, True),
    ]
    assert found[0]["user"] == global_id("User", workshop.zhang)
    hidden = sample.client(store_id=await sample.add_store("S2"))
    assert (await hidden(ask, r=desk.request, d=workshop.service)).data["serviceHandlers"] is None


async def test_request_shows_on_the_customers_timeline(client: Client, desk: Desk, workshop: Workshop) -> None:
    ask = "query($c: ID!) { customerTimeline(customer: $c) { kind text } }"
    shown = (await client(ask, c=workshop.customer)).data["customerTimeline"]
    assert {"kind": "aftersales.service_request_open", "text": "SR-S1-20261121-0001"} in shown


async def test_merge_gives_vehicles_requests_and_appointments_to_the_survivor(sample: SampleDealer) -> None:
    references = [pair for found in sample.dealer.kernel.hooks.customer_references() for pair in found]
    named = {model.__name__ for model, column in references if column == "customer_id"}
    assert {"ServiceVehicle", "ServiceRequest", "ServiceAppointment"} <= named


LIST = """{ serviceRequests(first: 100) { totalCount nodes { docNo isOverdue department { name }
  assignee { displayName } customer { name serviceVehicles { nodes { vin } } } vehicle { vin planItems(first: 2) { nodes { dueOn } } }
  steps(first: 3) { nodes { toState by { displayName } } } extensions { nodes { number } } } } }"""


async def test_list_costs_as_many_statements_for_1_row_as_for_100(
    sample: SampleDealer, workshop: Workshop, vehicle_id: UUID
) -> None:
    client = sample.client(workshop.zhang)
    counts = []
    for more in (1, 99):
        await sample.run(lambda scope, more=more: _make(scope, workshop, vehicle_id, more), client.caller)
        with sample.dealer.database.counting() as statements:
            data = (await client(LIST)).data["serviceRequests"]
        counts.append((data["totalCount"], len(statements)))
    assert [rows for rows, _ in counts] == [1, 100]
    assert counts[0][1] == counts[1][1] <= 12


async def _make(scope: Scope, workshop: Workshop, vehicle_id: UUID, count: int) -> None:
    department = await Department.get(id=workshop.service_id)
    vehicle = await ServiceVehicle.get(id=vehicle_id)
    for number in range(count):
        request = await requests.create(scope, NewRequest(f"noise {number}", vehicle=vehicle))
        await requests.assign(scope, request, department, workshop.li, None)
        await escalation.extend(scope, request, request.due_at + timedelta(days=1), "parts")
