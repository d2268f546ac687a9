"""Planned maintenance: due, overdue, done, left out."""

from __future__ import annotations

import asyncio
from datetime import date
from typing import Any
from uuid import UUID

import pytest

from forecourt import Scope, global_id
from forecourt.testing import Client, SampleDealer
from plugins.aftersales.models.maintenance import MaintenanceTemplate, PlanItem
from plugins.aftersales.models.vehicles import ServiceVehicle
from plugins.aftersales.services import plans
from plugins.aftersales.services.states import PlanItemState
from plugins.customers.api import Customer, FollowUpTask, Lifecycle, LifecycleTrigger, follow_lifecycle
from tests.plugins.aftersales.conftest import Workshop, events_of, items_of, vehicle_of

COMPLETE = """mutation($i: CompletePlanItemInput!, $v: Int) { completePlanItem(input: $i, expectedVersion: $v) {
  planItem { state doneOn doneKm vehicle { odometerKm visitedOn } } problems { code message path } } }"""
SKIP = """mutation($i: SkipPlanItemInput!) { skipPlanItem(input: $i) {
  planItem { state skipReason } problems { code message path } } }"""
DUE = "aftersales.maintenance_due"


def gid(item: PlanItem) -> str:
    return global_id("PlanItem", item.id)


async def states(sample: SampleDealer, vehicle_id: UUID) -> list[PlanItemState]:
    return [item.state for item in await items_of(sample, vehicle_id)]


async def test_maintenance_comes_due_thirty_days_before_and_is_told_once(
    sample: SampleDealer, vehicle_id: UUID
) -> None:
    sample.advance(days=94)  # predicted for day 125
    await sample.settle()
    assert await states(sample, vehicle_id) == [PlanItemState.PLANNED]
    for _ in range(3):
        sample.advance(days=1)
        await sample.settle()
    assert await states(sample, vehicle_id) == [PlanItemState.DUE]
    (told,) = await events_of(sample, DUE)
    (item,) = await items_of(sample, vehicle_id)
    vehicle = await vehicle_of(sample, vehicle_id)
    assert told["plan_item_id"] == str(item.id)
    assert told["customer_id"] == str(vehicle.customer_id)
    assert (told["due_on"], told["due_km"]) == ("2027-05-21", 5_000)


async def test_maintenance_is_overdue_once_its_day_is_past(sample: SampleDealer, vehicle_id: UUID) -> None:
    await sample.settle()  # the jobs get their first due time
    sample.advance(days=200)
    await sample.settle()
    assert await states(sample, vehicle_id) == [PlanItemState.OVERDUE]
    assert len(await events_of(sample, DUE)) == 1
    assert len(await events_of(sample, "aftersales.maintenance_overdue")) == 1


async def test_customer_who_does_not_answer_is_called_once(
    sample: SampleDealer, workshop: Workshop, vehicle_id: UUID
) -> None:
    await sample.settle()
    sample.advance(days=96)
    await sample.settle()

    async def tasks() -> list[FollowUpTask]:
        return await FollowUpTask.filter(customer_id=workshop.customer_id)

    assert await sample.read(tasks) == []
    for _ in range(3):
        sample.advance(days=8)
        await sample.settle()
    (task,) = [task for task in await sample.read(tasks) if task.subject_ref.startswith("aftersales.")]
    assert task.dedupe_key is not None


async def test_odometer_near_the_distance_makes_it_due_at_once(
    sample: SampleDealer, client: Client, vehicle_id: UUID
) -> None:
    record = "mutation($i: RecordOdometerInput!) { recordOdometer(input: $i) { problems { code } } }"
    vehicle = global_id("ServiceVehicle", vehicle_id)
    sample.advance(days=3)
    await client.command(record, i={"vehicle": vehicle, "odometerKm": 3_400})
    # 40 a day until two weeks are known: 1,600 km take 40 days
    assert await states(sample, vehicle_id) == [PlanItemState.PLANNED]
    sample.advance(days=1)
    await client.command(record, i={"vehicle": vehicle, "odometerKm": 4_500})
    assert await states(sample, vehicle_id) == [PlanItemState.DUE]
    assert len(await events_of(sample, DUE)) == 1


async def test_completing_an_item_plans_the_next_from_that_day_and_distance(
    sample: SampleDealer, client: Client, vehicle_id: UUID
) -> None:
    sample.advance(days=100)
    (first,) = await items_of(sample, vehicle_id)
    payload = await client.command(COMPLETE, i={"item": gid(first), "odometerKm": 5_012})
    assert payload["planItem"] == {
        "state": "DONE",
        "doneOn": "2027-03-01",
        "doneKm": 5_012,
        "vehicle": {"odometerKm": 5_012, "visitedOn": "2027-03-01"},
    }
    _, second = await items_of(sample, vehicle_id)
    assert (second.sequence, second.due_on, second.due_km) == (2, date(2027, 9, 1), 10_012)
    assert second.predicted_on == date(2027, 3, 1).replace(month=6, day=9)  # 5,000 km in 100 days: 50 a day
    again = await client.payload(COMPLETE, i={"item": gid(first), "odometerKm": 5_100})
    assert [p["code"] for p in again["problems"]] == ["INVALID_TRANSITION"]
    assert len(await items_of(sample, vehicle_id)) == 2


async def test_item_done_by_two_at_once_is_done_once(sample: SampleDealer, client: Client, vehicle_id: UUID) -> None:
    sample.advance(days=100)
    (first,) = await items_of(sample, vehicle_id)
    entry = {"item": gid(first), "odometerKm": 5_012}
    payloads = await asyncio.gather(*(client.payload(COMPLETE, i=entry) for _ in range(4)))
    assert [bool(payload["problems"]) for payload in payloads].count(False) == 1
    assert [item.sequence for item in await items_of(sample, vehicle_id)] == [1, 2]
    assert len(await events_of(sample, "aftersales.maintenance_done")) == 1


@pytest.mark.parametrize(
    ("entry", "code"),
    [
        ({"odometerKm": 5, "doneOn": None}, "ODOMETER_DOUBTFUL"),
        ({"odometerKm": 500, "doneOn": "2028-01-01"}, "VALIDATION_ERROR"),
    ],
)
async def test_refused_completion_leaves_everything_as_it_was(
    sample: SampleDealer, client: Client, vehicle_id: UUID, entry: dict[str, Any], code: str
) -> None:
    (first,) = await items_of(sample, vehicle_id)
    payload = await client.payload(COMPLETE, i={"item": gid(first), **entry})
    assert [p["code"] for p in payload["problems"]] == [code]
    assert await states(sample, vehicle_id) == [PlanItemState.PLANNED]
    assert await events_of(sample, "aftersales.maintenance_done") == []


async def test_completion_of_an_older_version_is_refused(
    sample: SampleDealer, client: Client, vehicle_id: UUID
) -> None:
    (first,) = await items_of(sample, vehicle_id)
    payload = await client.payload(COMPLETE, i={"item": gid(first), "odometerKm": 500}, v=first.version + 1)
    assert [p["code"] for p in payload["problems"]] == ["CONFLICT"]


async def test_confirmed_doubtful_odometer_is_no_ground_to_plan_on(
    sample: SampleDealer, client: Client, vehicle_id: UUID
) -> None:
    sample.advance(days=100)
    (first,) = await items_of(sample, vehicle_id)
    await client.command(COMPLETE, i={"item": gid(first), "odometerKm": 900_000, "confirmed": True})
    _, second = await items_of(sample, vehicle_id)
    assert second.due_km == 5_012


async def test_skipping_an_item_plans_the_one_after_it(sample: SampleDealer, client: Client, vehicle_id: UUID) -> None:
    (first,) = await items_of(sample, vehicle_id)
    assert (await client.payload(SKIP, i={"item": gid(first), "reason": " "}))["problems"]
    payload = await client.command(SKIP, i={"item": gid(first), "reason": "abroad"})
    assert payload["planItem"] == {"state": "SKIPPED", "skipReason": "abroad"}
    _, second = await items_of(sample, vehicle_id)
    assert (second.sequence, second.due_on, second.due_km) == (2, date(2027, 11, 21), 10_000)


async def test_plan_of_one_template_begins_once(sample: SampleDealer, vehicle_id: UUID) -> None:
    async def twice(scope: Scope) -> int:
        vehicle = await ServiceVehicle.get(id=vehicle_id)
        template = await plans.template_for(scope, None)
        for _ in range(2):
            await plans.start_plan(scope, vehicle, template, last_on=date(2027, 1, 1), last_km=3_000)
        return await PlanItem.filter(vehicle_id=vehicle_id).count()

    assert await sample.run(twice) == 1


async def test_trim_has_a_template_of_its_own(sample: SampleDealer, client: Client, workshop: Workshop) -> None:
    create = """mutation($i: CreateMaintenanceTemplateInput!) { createMaintenanceTemplate(input: $i) {
        maintenanceTemplate { isDefault everyKm } problems { code path } } }"""
    trim = global_id("Trim", workshop.trim_id)
    entry = {"code": "EV", "name": "纯电", "trim": trim, "firstKm": 10_000, "everyKm": 20_000}
    made = await client.command(create, i=entry)
    assert made["maintenanceTemplate"] == {"isDefault": False, "everyKm": 20_000}
    twin = await client.payload(create, i={**entry, "code": "EV2"})
    assert [(p["code"], p["path"]) for p in twin["problems"]] == [("CONFLICT", ["trim"])]
    wrong = await client.payload(create, i={"code": "X", "name": "X", "everyKm": 0})
    assert [(p["code"], p["path"]) for p in wrong["problems"]] == [("VALIDATION_ERROR", ["everyKm"])]

    async def chosen(scope: Scope) -> tuple[str, str]:
        own = await plans.template_for(scope, workshop.trim_id)
        other = await plans.template_for(scope, None)
        return own.code, other.code

    assert await sample.run(chosen) == ("EV", "DEFAULT")

    async def count() -> int:
        return await MaintenanceTemplate.all().count()

    assert await sample.read(count) == 2


async def test_lost_owner_comes_back_with_a_visit(
    sample: SampleDealer, client: Client, workshop: Workshop, vehicle_id: UUID
) -> None:
    async def deliver(scope: Scope) -> None:
        customer = await Customer.get(id=workshop.customer_id)
        await follow_lifecycle(scope, customer.id, LifecycleTrigger.DELIVERED)

    async def lifecycle() -> Lifecycle:
        return (await Customer.get(id=workshop.customer_id)).lifecycle

    await sample.run(deliver)
    sample.advance(days=100)
    await sample.settle()
    assert await sample.read(lifecycle) == Lifecycle.OWNER
    sample.advance(days=100)
    await sample.settle()
    assert await sample.read(lifecycle) == Lifecycle.CHURNED
    (first,) = await items_of(sample, vehicle_id)
    await client.command(COMPLETE, i={"item": gid(first), "odometerKm": 6_000})
    assert await sample.read(lifecycle) == Lifecycle.OWNER


async def test_vehicle_given_away_is_asked_in_no_more(sample: SampleDealer, vehicle_id: UUID) -> None:
    async def give_away(scope: Scope) -> None:
        await (await ServiceVehicle.get(id=vehicle_id)).archive()

    await sample.settle()
    await sample.run(give_away)
    sample.advance(days=150)
    await sample.settle()
    assert await states(sample, vehicle_id) == [PlanItemState.PLANNED]
    assert await events_of(sample, DUE) == []
