"""Who sees service requests, and where they show."""

from __future__ import annotations

from datetime import timedelta
from functools import partial
from uuid import UUID

from forecourt import Department, Reach, Scope, global_id
from forecourt.testing import Client, SampleDealer
from plugins.aftersales.models.vehicles import ServiceVehicle
from plugins.aftersales.roles import ROLES
from plugins.aftersales.services import escalation, requests
from plugins.aftersales.services.requests import NewRequest
from tests.plugins.aftersales.conftest import Workshop
from tests.plugins.aftersales.desk import (
    CLOSE,
    START,
    Desk,
)


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
    for role in ROLES:
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
  assignee { displayName } customer { name serviceVehicles(first: 2) { nodes { vin } } }
  vehicle { vin planItems(first: 2) { nodes { dueOn } } }
  steps(first: 3) { nodes { toState by { displayName } } } extensions(first: 2) { nodes { number } } } } }"""


async def test_list_costs_as_many_statements_for_1_row_as_for_100(
    sample: SampleDealer, workshop: Workshop, vehicle_id: UUID
) -> None:
    client = sample.client(workshop.zhang)
    counts = []
    for more in (1, 99):
        await sample.run(partial(_make, workshop, vehicle_id, more), client.caller)
        with sample.dealer.database.counting() as statements:
            data = (await client(LIST)).data["serviceRequests"]
        counts.append((data["totalCount"], len(statements)))
    assert [rows for rows, _ in counts] == [1, 100]
    assert counts[0][1] == counts[1][1] <= 12


async def _make(workshop: Workshop, vehicle_id: UUID, count: int, scope: Scope) -> None:
    department = await Department.get(id=workshop.service_id)
    vehicle = await ServiceVehicle.get(id=vehicle_id)
    for number in range(count):
        request = await requests.create(scope, NewRequest(f"noise {number}", vehicle=vehicle))
        await requests.assign(scope, request, department, workshop.li, None)
        await escalation.extend(scope, request, request.due_at + timedelta(days=1), "parts")
