"""Appointments at the workshop: one slot of an advisor each."""

from __future__ import annotations

import asyncio
from typing import Any
from uuid import UUID

import pytest

from forecourt import global_id
from forecourt.testing import Client, SampleDealer
from plugins.aftersales.services.states import PlanItemState
from tests.plugins.aftersales.conftest import Workshop, events_of, items_of, vehicle_of

BOOK = """mutation($i: BookServiceAppointmentInput!) { bookServiceAppointment(input: $i) {
  serviceAppointment { id startsAt endsAt state customer { name } advisor { displayName } item { state } }
  problems { code path message } } }"""
FINISH = """mutation($i: FinishServiceAppointmentInput!) { finishServiceAppointment(input: $i) {
  serviceAppointment { state item { state } } problems { code path } } }"""
SLOTS = "query($a: ID!, $on: Date!) { serviceSlots(advisor: $a, on: $on) }"


@pytest.fixture
def wanted(workshop: Workshop, vehicle_id: UUID) -> dict[str, Any]:
    return {
        "vehicle": global_id("ServiceVehicle", vehicle_id),
        "advisor": global_id("User", workshop.li),
        "startsAt": "2026-11-23T01:00:00+00:00",  # Monday 09:00
    }


async def test_slots_are_whole_hours_within_opening_hours(client: Client, workshop: Workshop) -> None:
    advisor = global_id("User", workshop.li)
    monday = (await client(SLOTS, a=advisor, on="2026-11-23")).data["serviceSlots"]
    assert [slot[:16] for slot in monday] == [f"2026-11-23T{hour:02}:00" for hour in range(1, 10)]
    today = (await client(SLOTS, a=advisor, on="2026-11-21")).data["serviceSlots"]
    assert today[0].startswith("2026-11-21T03:00")  # it is 10:00 already


async def test_booked_slot_is_gone_for_everybody(
    sample: SampleDealer, client: Client, workshop: Workshop, wanted: dict[str, Any]
) -> None:
    made = (await client.command(BOOK, i=wanted))["serviceAppointment"]
    assert (made["state"], made["customer"], made["advisor"]) == ("CONFIRMED", {"name": "王伟"}, {"displayName": "li"})
    left = (await client(SLOTS, a=wanted["advisor"], on="2026-11-23")).data["serviceSlots"]
    assert left[0].startswith("2026-11-23T02:00")
    again = await client.payload(BOOK, i=wanted)
    assert [(p["code"], p["path"]) for p in again["problems"]] == [("CONFLICT", ["startsAt"])]
    await client.command(BOOK, i={**wanted, "advisor": global_id("User", workshop.zhang)})
    assert len(await events_of(sample, "aftersales.service_appointment_moved")) == 2


async def test_slot_wanted_by_many_at_once_goes_to_one(client: Client, wanted: dict[str, Any]) -> None:
    payloads = await asyncio.gather(*(client.payload(BOOK, i=wanted) for _ in range(8)))
    refused = [problem["code"] for payload in payloads for problem in payload["problems"]]
    assert refused == ["CONFLICT"] * 7


@pytest.mark.parametrize("starts_at", ["2026-11-23T01:30:00Z", "2026-11-23T12:00:00Z", "2026-11-20T01:00:00Z"])
async def test_no_appointment_begins_between_slots_after_hours_or_in_the_past(
    client: Client, wanted: dict[str, Any], starts_at: str
) -> None:
    payload = await client.payload(BOOK, i={**wanted, "startsAt": starts_at})
    assert [(p["code"], p["path"]) for p in payload["problems"]] == [("VALIDATION_ERROR", ["startsAt"])]


async def test_appointment_for_a_maintenance_that_is_missed_leaves_it_due(
    sample: SampleDealer, client: Client, vehicle_id: UUID, wanted: dict[str, Any]
) -> None:
    (item,) = await items_of(sample, vehicle_id)
    booked = (await client.command(BOOK, i={**wanted, "item": global_id("PlanItem", item.id)}))["serviceAppointment"]
    assert booked["item"] == {"state": "APPOINTED"}
    sample.advance(days=2)
    entry = {"appointment": booked["id"], "outcome": "NO_SHOW"}
    missed = (await client.command(FINISH, i=entry))["serviceAppointment"]
    assert missed == {"state": "NO_SHOW", "item": {"state": "DUE"}}
    assert [p["code"] for p in (await client.payload(FINISH, i=entry))["problems"]] == ["INVALID_TRANSITION"]
    again = {**wanted, "item": global_id("PlanItem", item.id), "startsAt": "2026-11-24T01:00:00+00:00"}
    second = (await client.command(BOOK, i=again))["serviceAppointment"]
    await client.command(FINISH, i={"appointment": second["id"], "outcome": "ARRIVED"})
    vehicle = await vehicle_of(sample, vehicle_id)
    assert vehicle.visited_on is not None
    assert [row.state for row in await items_of(sample, vehicle_id)] == [PlanItemState.APPOINTED]


async def test_cancelled_appointment_gives_its_slot_free(client: Client, wanted: dict[str, Any]) -> None:
    booked = (await client.command(BOOK, i=wanted))["serviceAppointment"]
    await client.command(FINISH, i={"appointment": booked["id"], "outcome": "CANCELLED"})
    await client.command(BOOK, i=wanted)


async def test_advisor_works_in_the_store(sample: SampleDealer, client: Client, wanted: dict[str, Any]) -> None:
    stranger = await sample.add_user("stranger")
    payload = await client.payload(BOOK, i={**wanted, "advisor": global_id("User", stranger)})
    assert [p["path"] for p in payload["problems"]] == [["advisor"]]


async def test_what_it_is_for_belongs_to_the_vehicle(
    client: Client, workshop: Workshop, wanted: dict[str, Any]
) -> None:
    create = "mutation($i: CreateServiceRequestInput!) { createServiceRequest(input: $i) { serviceRequest { id } } }"
    other = (await client.command(create, i={"symptom": "noise", "customer": workshop.customer}))["serviceRequest"]
    payload = await client.payload(BOOK, i={**wanted, "request": other["id"]})
    assert [p["path"] for p in payload["problems"]] == [["request"]]
