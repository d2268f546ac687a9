"""What is done to a vehicle before it leaves: fitting, inspection, transfer."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import pytest

from forecourt import Money, Reach, Scope, global_id
from forecourt.testing import Client
from plugins.inventory.models.ledger import StockBalance
from plugins.inventory.models.preparation import VehicleTransfer
from plugins.inventory.models.vehicles import StockVehicle
from plugins.inventory.services import pdi
from plugins.inventory.services.kinds import MovementKind
from plugins.inventory.services.ledger import posted
from tests.plugins.inventory.conftest import House, add_warehouse, assert_closed

JOB = "fittingJob { id state rounds cost { amountMinor } price { amountMinor } } problems { code path }"
REQUEST = f"mutation($i: RequestFittingInput!) {{ requestFitting(input: $i) {{ {JOB} }} }}"
START = f"mutation($i: StartFittingInput!) {{ startFitting(input: $i) {{ {JOB} }} }}"
PDI = "pdiInspection { id state roundNo odometerKm inspector { id } } problems { code path message }"
START_PDI = f"mutation($i: StartPdiInput!) {{ startPdi(input: $i) {{ {PDI} }} }}"
PASS_PDI = f"mutation($i: PassPdiInput!) {{ passPdi(input: $i) {{ {PDI} }} }}"
FINISH_PDI = f"mutation($i: FinishPdiInput!) {{ finishPdi(input: $i) {{ {PDI} }} }}"
REWORK_PDI = f"mutation($i: ReworkPdiInput!) {{ reworkPdi(input: $i) {{ {PDI} }} }}"
TRANSFER = """
mutation($i: TransferVehicleInput!) {
  transferVehicle(input: $i) { vehicleTransfer { id state target { code } vehicle { state } } problems { code path } }
}
"""
ARRIVE = """
mutation($i: ReceiveTransferInput!) {
  receiveTransfer(input: $i) { stockVehicle { state odometerKm store { code } } problems { code path } }
}
"""


async def checks(house: House) -> list[str]:
    async def work(scope: Scope) -> list[str]:
        return [result.code for result in await pdi.all_right(scope)]

    return await house.sample.run(work)


def step(name: str) -> str:
    return f"mutation($i: FittingJobInput!) {{ {name}(input: $i) {{ {JOB} }} }}"


async def requested(house: House, vehicle_id: UUID, charge: str) -> str:
    order = {
        "vehicle": global_id("StockVehicle", vehicle_id),
        "warehouse": global_id("Warehouse", house.main),
        "charge": charge,
        "lines": [{"item": global_id("Item", house.film)}],
    }
    return str((await house.sample.client().command(REQUEST, i=order))["fittingJob"]["id"])


async def done(client: Client, job: str, technician: str) -> Any:
    await client.command(START, i={"job": job, "technician": technician})
    await client.command(step("finishFitting"), i={"job": job})
    return (await client.command(step("completeFitting"), i={"job": job}))["fittingJob"]


async def films_left(house: House) -> int:
    async def work() -> int:
        row = await StockBalance.filter(warehouse_id=house.main, item_id=house.film).get()
        quantity: int = row.quantity_milli
        return quantity

    return await house.sample.read(work)


@pytest.mark.parametrize(
    ("charge", "cost_added", "price"), [("CAPITALISE", 300_000, 0), ("GIFT", 0, 0), ("CUSTOMER", 0, 680_000)]
)
async def test_film_kit_lowers_the_accessory_stock_and_counts_to_who_bears_it(
    house: House, charge: str, cost_added: int, price: int
) -> None:
    await house.films(2)
    (vehicle_id,) = await house.stocked()
    technician = global_id("User", await house.sample.add_user("fitter"))
    job = await requested(house, vehicle_id, charge)
    made = await done(house.sample.client(), job, technician)
    assert (made["state"], made["cost"], made["price"]) == (
        "DONE",
        {"amountMinor": "300000"},
        {"amountMinor": str(price)},
    )
    assert await films_left(house) == 1000
    assert (await house.vehicle(vehicle_id)).landed_cost == Money(18_000_000 + cost_added)
    await assert_closed(house)


async def test_cancelled_fitting_gives_its_items_back(house: House) -> None:
    await house.films(2)
    (vehicle_id,) = await house.stocked()
    technician = global_id("User", await house.sample.add_user("fitter"))
    client, job = house.sample.client(), await requested(house, vehicle_id, "CAPITALISE")
    await client.command(START, i={"job": job, "technician": technician})
    assert await films_left(house) == 1000
    cancelled = (await client.command(step("cancelFitting"), i={"job": job}))["fittingJob"]
    assert (cancelled["state"], cancelled["cost"]) == ("CANCELLED", {"amountMinor": "0"})
    assert await films_left(house) == 2000
    again = await client.payload(step("cancelFitting"), i={"job": job})
    assert [p["code"] for p in again["problems"]] == ["INVALID_TRANSITION"]
    await assert_closed(house)


async def test_rejected_fitting_is_done_again_without_new_items(house: House) -> None:
    await house.films(2)
    (vehicle_id,) = await house.stocked()
    technician = global_id("User", await house.sample.add_user("fitter"))
    client, job = house.sample.client(), await requested(house, vehicle_id, "GIFT")
    await client.command(START, i={"job": job, "technician": technician})
    await client.command(step("finishFitting"), i={"job": job})
    await client.command(step("rejectFitting"), i={"job": job})
    made = await done(client, job, technician)
    assert (made["state"], made["rounds"]) == ("DONE", 2)
    assert await films_left(house) == 1000
    await assert_closed(house)


async def handed_in(house: House, charge: str = "CAPITALISE") -> tuple[UUID, str]:
    """Return a vehicle and its fitting job, which waits for its check."""
    await house.films(1)
    (vehicle_id,) = await house.stocked()
    technician = global_id("User", await house.sample.add_user("fitter"))
    client, job = house.sample.client(), await requested(house, vehicle_id, charge)
    await client.command(START, i={"job": job, "technician": technician})
    await client.command(step("finishFitting"), i={"job": job})
    return vehicle_id, job


async def test_written_off_vehicle_does_not_become_worth_more(house: House) -> None:
    vehicle_id, job = await handed_in(house)
    client = house.sample.client()
    write_off = "mutation($i: RetireVehicleInput!) { writeOffVehicle(input: $i) { problems { code } } }"
    await client.command(write_off, i={"vehicle": global_id("StockVehicle", vehicle_id), "note": "burnt"})
    refused = await client.payload(step("completeFitting"), i={"job": job})
    assert [p["code"] for p in refused["problems"]] == ["PRECONDITION_FAILED"]
    assert (await house.vehicle(vehicle_id)).landed_cost == Money(18_000_000)
    await client.command(step("rejectFitting"), i={"job": job})
    await client.command(step("cancelFitting"), i={"job": job})
    assert await films_left(house) == 1000
    await assert_closed(house)


@pytest.mark.parametrize("command", ["completeFitting", "writeOffVehicle", "transferVehicle"])
async def test_vehicle_that_stands_nowhere_is_refused(house: House, command: str) -> None:
    vehicle_id, job = await handed_in(house)

    async def lose(_: Scope) -> None:
        vehicle = await StockVehicle.get(id=vehicle_id)
        vehicle.warehouse_id = None
        await vehicle.save()

    await house.sample.run(lose)
    vehicle, target = global_id("StockVehicle", vehicle_id), global_id("Warehouse", house.outlet)
    given = {
        "completeFitting": ("FittingJobInput", {"job": job}),
        "writeOffVehicle": ("RetireVehicleInput", {"vehicle": vehicle, "note": "burnt"}),
        "transferVehicle": ("TransferVehicleInput", {"vehicle": vehicle, "target": target, "odometerKm": 5}),
    }
    kind, values = given[command]
    operation = f"mutation($i: {kind}!) {{ {command}(input: $i) {{ problems {{ code message }} }} }}"
    refused = (await house.sample.client().payload(operation, i=values))["problems"]
    assert [p["code"] for p in refused] == ["PRECONDITION_FAILED"]
    assert "stands nowhere yet" in refused[0]["message"]


async def test_fitting_without_its_items_does_not_begin(house: House) -> None:
    (vehicle_id,) = await house.stocked()
    technician = global_id("User", await house.sample.add_user("fitter"))
    job = await requested(house, vehicle_id, "GIFT")
    refused = await house.sample.client().payload(START, i={"job": job, "technician": technician})
    assert [p["code"] for p in refused["problems"]] == ["NOT_ENOUGH_STOCK"]
    state = "query($id: ID!) { fittingJob(id: $id) { state } }"
    assert (await house.sample.client()(state, id=job)).data["fittingJob"] == {"state": "REQUESTED"}


async def test_fitting_cost_needs_its_permission(house: House) -> None:
    await house.films(1)
    (vehicle_id,) = await house.stocked()
    await requested(house, vehicle_id, "GIFT")
    blind = house.sample.client(permissions={"inventory.fitting_job.read": Reach.STORE})
    answer = await blind("{ fittingJobs { nodes { cost { amountMinor } price { amountMinor } } } }")
    assert answer.data["fittingJobs"]["nodes"] == [{"cost": None, "price": {"amountMinor": "0"}}]


async def test_inspector_is_not_the_fitter(house: House) -> None:
    await house.films(1)
    (vehicle_id,) = await house.stocked()
    fitter = await house.sample.add_user("fitter")
    await done(house.sample.client(), await requested(house, vehicle_id, "GIFT"), global_id("User", fitter))
    vehicle = {"vehicle": global_id("StockVehicle", vehicle_id), "odometerKm": 3}
    refused = await house.sample.client(fitter).payload(START_PDI, i=vehicle)
    assert [p["code"] for p in refused["problems"]] == ["INSPECTOR_IS_FITTER"]
    other = house.sample.client(await house.sample.add_user("inspector"))
    begun = await other.command(START_PDI, i=vehicle)
    passed = await other.command(PASS_PDI, i={"inspection": begun["pdiInspection"]["id"]})
    assert passed["pdiInspection"]["state"] == "PASSED"
    assert (await house.vehicle(vehicle_id)).odometer_km == 3


async def test_fitting_by_the_inspector_after_he_began_spoils_his_inspection(house: House) -> None:
    await house.films(1)
    (vehicle_id,) = await house.stocked()
    both = await house.sample.add_user("both")
    client = house.sample.client(both)
    begun = await client.command(START_PDI, i={"vehicle": global_id("StockVehicle", vehicle_id), "odometerKm": 3})
    await done(house.sample.client(), await requested(house, vehicle_id, "GIFT"), global_id("User", both))
    refused = await client.payload(PASS_PDI, i={"inspection": begun["pdiInspection"]["id"]})
    assert [p["code"] for p in refused["problems"]] == ["INSPECTOR_IS_FITTER"]


async def test_inspection_is_signed_by_a_person(house: House) -> None:
    (vehicle_id,) = await house.stocked()
    vehicle = {"vehicle": global_id("StockVehicle", vehicle_id), "odometerKm": 3}
    refused = await house.sample.client().payload(START_PDI, i=vehicle)
    assert [p["code"] for p in refused["problems"]] == ["PRECONDITION_FAILED"]


async def test_failed_inspection_is_reworked_in_a_new_round(house: House) -> None:
    (vehicle_id,) = await house.stocked()
    client = house.sample.client(await house.sample.add_user("inspector"))
    vehicle = {"vehicle": global_id("StockVehicle", vehicle_id), "odometerKm": 3}
    first = (await client.command(START_PDI, i=vehicle))["pdiInspection"]["id"]
    short = await client.payload(FINISH_PDI, i={"inspection": first, "results": [{"code": "BRAKES", "ok": True}]})
    assert [(p["code"], p["path"]) for p in short["problems"]] == [("VALIDATION_ERROR", ["results"])]
    codes = await checks(house)
    results = [{"code": code, "ok": code != "BRAKES"} for code in codes]
    failed = await client.command(FINISH_PDI, i={"inspection": first, "results": results})
    assert failed["pdiInspection"]["state"] == "FAILED"
    again = await client.payload(PASS_PDI, i={"inspection": first})
    assert [p["code"] for p in again["problems"]] == ["INVALID_TRANSITION"]
    second = (await client.command(REWORK_PDI, i={"inspection": first}))["pdiInspection"]
    assert (second["state"], second["roundNo"]) == ("PENDING", 2)
    begun = (await client.command(START_PDI, i=vehicle))["pdiInspection"]
    assert begun["id"] == second["id"]
    await client.command(PASS_PDI, i={"inspection": second["id"]})


async def test_results_are_entered_by_who_began(house: House) -> None:
    (vehicle_id,) = await house.stocked()
    first, second = [house.sample.client(await house.sample.add_user(login)) for login in ("first", "second")]
    vehicle = {"vehicle": global_id("StockVehicle", vehicle_id), "odometerKm": 3}
    begun = await first.command(START_PDI, i=vehicle)
    refused = await second.payload(PASS_PDI, i={"inspection": begun["pdiInspection"]["id"]})
    assert [p["code"] for p in refused["problems"]] == ["PRECONDITION_FAILED"]


async def test_transfer_makes_the_vehicle_the_receiving_stores(house: House) -> None:
    (vehicle_id,) = await house.stocked()
    elsewhere = await house.sample.add_store("S2")
    target = await house.sample.run(lambda _: add_warehouse("W1", elsewhere))
    here, there = house.sample.client(), house.sample.client(store_id=elsewhere)
    order = {
        "vehicle": global_id("StockVehicle", vehicle_id),
        "target": global_id("Warehouse", target),
        "odometerKm": 4,
    }
    sent = (await here.command(TRANSFER, i=order))["vehicleTransfer"]
    assert (sent["state"], sent["vehicle"]) == ("DISPATCHED", {"state": "IN_TRANSFER"})
    await assert_closed(house)
    twice = await here.payload(TRANSFER, i=order)
    assert [p["code"] for p in twice["problems"]] == ["INVALID_TRANSITION"]
    came = {"vehicle": global_id("GroupStock", vehicle_id), "odometerKm": 310}
    # who sent it does not receive it
    assert [p["code"] for p in (await here.payload(ARRIVE, i=came))["problems"]] == ["NOT_FOUND"]
    received = (await there.command(ARRIVE, i=came))["stockVehicle"]
    assert received == {"state": "IN_STOCK", "odometerKm": 310, "store": {"code": "S2"}}
    assert [p["code"] for p in (await there.payload(ARRIVE, i=came))["problems"]] == ["NOT_FOUND"]
    await assert_closed(house)

    async def legs(_: Scope) -> int:
        found = [
            await posted(MovementKind.TRANSFER, f"transfer:{row}:{leg}")
            for row in await _transfers()
            for leg in ("out", "in")
        ]
        return sum(1 for movement in found if movement is not None)

    assert await house.sample.run(legs) == 2


async def _transfers() -> list[UUID]:
    return [row.id for row in await VehicleTransfer.all()]


async def test_transfer_that_comes_back_is_in_stock_where_it_was(house: House) -> None:
    (vehicle_id,) = await house.stocked()
    client = house.sample.client()
    order = {
        "vehicle": global_id("StockVehicle", vehicle_id),
        "target": global_id("Warehouse", house.outlet),
        "odometerKm": 4,
    }
    await client.command(TRANSFER, i=order)
    came = {"vehicle": global_id("GroupStock", vehicle_id), "odometerKm": 4, "back": True}
    assert (await client.command(ARRIVE, i=came))["stockVehicle"]["state"] == "IN_STOCK"
    assert (await house.vehicle(vehicle_id)).warehouse_id == house.main
    await assert_closed(house)
