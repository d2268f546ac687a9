"""Service requests: taken at any time, in somebody's hands, with a deadline that is watched."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest

from forecourt import Department, Membership, Scope, global_id
from forecourt.testing import Client, SampleDealer
from plugins.aftersales.models.requests import ServiceRequestStep
from tests.plugins.aftersales.conftest import Workshop, events_of
from tests.plugins.aftersales.desk import (
    ASSIGN,
    CANCEL,
    CLOSE,
    CREATE,
    REOPEN,
    RESOLVE,
    START,
    WAIT,
    Desk,
)


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
    shown = """{ serviceVehicles { nodes { serviceRequests(first: 5) { nodes {
        symptomGroup channel steps(first: 5) { nodes { toState } } } } } }
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
