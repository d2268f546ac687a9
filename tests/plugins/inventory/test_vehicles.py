"""How vehicles come in, what happens to them in stock, and how they go out."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import pytest

from forecourt import ConflictRefusal, Money, PreconditionRefusal, Reach, Scope, TransitionRefusal, global_id
from forecourt.testing import Client
from plugins.inventory.api import (
    CertificatePledgedError,
    FittingOpenError,
    PdiNotPassedError,
    VehicleState,
    allocate,
    issue_to_customer,
    landed_cost,
    pdi_state,
    request_fitting,
    reserve,
    return_from_customer,
)
from plugins.inventory.models.ledger import StockMovement
from plugins.inventory.models.preparation import PdiInspection
from plugins.inventory.models.vehicles import StockVehicle, VehicleIdentity
from plugins.inventory.services import intake, pdi
from plugins.inventory.services.fitting import FittingPart
from plugins.inventory.services.intake import Arrival
from plugins.inventory.services.kinds import FittingCharge
from plugins.inventory.services.states import PdiState
from tests.plugins.inventory.conftest import House, assert_closed, vin

VEHICLE = "stockVehicle { id stockNo state vin purpose condition odometerKm holdReason slot warehouse { code kind } }"
PROBLEMS = "problems { code message path }"
OCCUPIED = "problems { code message path ... on SlotOccupiedProblem { slot occupiedBy { vin } } }"
TAKE_IN = f"mutation($i: TakeInVehicleInput!) {{ takeInVehicle(input: $i) {{ {VEHICLE} {OCCUPIED} }} }}"
ORDER = (
    "mutation($i: OrderVehiclesInput!) { orderVehicles(input: $i) { stockVehicles { id state vin } "
    f"{PROBLEMS} }} }}"
)
SHIP = f"mutation($i: ShipVehicleInput!) {{ shipVehicle(input: $i) {{ {VEHICLE} {PROBLEMS} }} }}"
RECEIVE = f"mutation($i: ReceiveVehicleInput!) {{ receiveVehicle(input: $i) {{ {VEHICLE} {PROBLEMS} }} }}"
HOLD = f"mutation($i: HoldVehicleInput!) {{ holdVehicle(input: $i) {{ {VEHICLE} {PROBLEMS} }} }}"
LIFT = f"mutation($i: LiftHoldInput!) {{ liftHold(input: $i) {{ {VEHICLE} {PROBLEMS} }} }}"
PURPOSE = f"mutation($i: ChangeVehiclePurposeInput!) {{ changeVehiclePurpose(input: $i) {{ {VEHICLE} {PROBLEMS} }} }}"
WRITE_OFF = f"mutation($i: RetireVehicleInput!) {{ writeOffVehicle(input: $i) {{ {VEHICLE} {PROBLEMS} }} }}"


def description(house: House, **more: Any) -> dict[str, Any]:
    return {
        "trim": global_id("Trim", house.trim),
        "exteriorColor": global_id("ColorCode", house.white),
        "purchaseCost": {"amountMinor": "22000000", "currency": "CNY"},
        **more,
    }


def arrival(house: House, read: str, **more: Any) -> dict[str, Any]:
    return {"vin": read, "warehouse": global_id("Warehouse", house.main), **more}


async def take_in(house: House, read: str, client: Client | None = None, **more: Any) -> Any:
    order = {"vehicle": description(house), "arrival": arrival(house, read, **more)}
    return await (client or house.sample.client()).payload(TAKE_IN, i=order)


async def ordered(house: House) -> str:
    made = await house.sample.client().command(ORDER, i={"vehicle": description(house)})
    return str(made["stockVehicles"][0]["id"])


async def inspected(house: House, vehicle_id: UUID, odometer_km: int = 0) -> None:
    """Pass an inspection as somebody of the workshop."""
    inspector = await house.sample.add_user(f"inspector-{vehicle_id}")
    client = house.sample.client(inspector)

    async def work(scope: Scope) -> None:
        row = await pdi.start(scope, vehicle_id, odometer_km)
        await pdi.finish(scope, row, await pdi.all_right(scope))

    await house.sample.run(work, client.caller)


async def delivered(house: House, vehicle_id: UUID, source_ref: str = "order:1") -> None:
    await house.sample.run(lambda scope: allocate(scope, vehicle_id, source_ref))
    await inspected(house, vehicle_id)
    await house.sample.run(lambda scope: issue_to_customer(scope, vehicle_id, source_ref=source_ref, odometer_km=12))


async def test_vehicle_comes_by_order_dispatch_and_receipt(house: House) -> None:
    client, vehicle = house.sample.client(), await ordered(house)
    sent = await client.command(SHIP, i={"vehicle": vehicle, "vin": " lsvau2189t2100001 ", "etaOn": "2026-12-01"})
    assert sent["stockVehicle"]["state"] == "IN_TRANSIT"
    assert sent["stockVehicle"]["vin"] == "LSVAU2189T2100001"
    assert sent["stockVehicle"]["warehouse"]["kind"] == "TRANSIT"
    came = await client.command(
        RECEIVE,
        i={"vehicle": vehicle, "arrival": arrival(house, "LSVAU2189T2100001", odometerKm=9, slot="A-1")},
    )
    assert came["stockVehicle"] == {
        "id": vehicle,
        "stockNo": "SK-S1-20261121-0001",
        "state": "IN_STOCK",
        "vin": "LSVAU2189T2100001",
        "purpose": "SALE",
        "condition": "NEW",
        "odometerKm": 9,
        "holdReason": "",
        "slot": "A-1",
        "warehouse": {"code": "W1", "kind": "WAREHOUSE"},
    }
    await assert_closed(house)


async def test_used_car_shop_orders_nothing_but_takes_used_vehicles_in(house: House) -> None:
    async def become_used_car_shop(_: Scope) -> None:
        store = await StockVehicle(store_id=house.sample.store_id).store
        store.kind = "USED_CAR"
        await store.save()

    await house.sample.run(become_used_car_shop)
    client = house.sample.client()
    refused = await client.payload(ORDER, i={"vehicle": description(house)})
    assert [p["code"] for p in refused["problems"]] == ["PRECONDITION_FAILED"]
    used = {"vehicle": description(house), "condition": "USED", "arrival": arrival(house, vin(8), odometerKm=42_000)}
    taken = (await client.command(TAKE_IN, i=used))["stockVehicle"]
    assert (taken["state"], taken["condition"], taken["odometerKm"]) == ("IN_STOCK", "USED", 42_000)


async def test_inbound_late_in_the_evening_utc_counts_to_the_stores_next_day(house: House) -> None:
    house.sample.clock.at = datetime(2026, 11, 20, 23, 30, tzinfo=UTC)
    await house.stocked(3)
    query = "{ stockMovementStats(groupBy: [POSTED_ON, KIND]) { key { postedOn kind } count } }"
    (row,) = (await house.sample.client()(query)).data["stockMovementStats"]
    assert row == {"key": {"postedOn": "2026-11-21", "kind": "RECEIPT"}, "count": 3}


async def test_freight_raises_the_landed_cost(house: House) -> None:
    vehicle = await ordered(house)
    freight = {"amountMinor": "150000", "currency": "CNY"}
    await house.sample.client().command(
        RECEIVE, i={"vehicle": vehicle, "arrival": arrival(house, vin(7), freight=freight)}
    )
    (row,) = await house.sample.read(lambda: StockVehicle.all())
    assert (row.purchase_cost, row.landed_cost) == (Money(22_000_000), Money(22_150_000))
    await assert_closed(house)


async def test_another_vehicle_than_announced_is_refused(house: House) -> None:
    client, vehicle = house.sample.client(), await ordered(house)
    await client.command(SHIP, i={"vehicle": vehicle, "vin": "LSVAU2189T2100001"})
    wrong = await client.payload(RECEIVE, i={"vehicle": vehicle, "arrival": arrival(house, "LFV2A21K0S3200002")})
    assert wrong["problems"][0]["code"] == "VIN_MISMATCH"
    assert wrong["stockVehicle"] is None


@pytest.mark.parametrize(
    "read", ["LSVAU2189T210000", "LSVAU2189T210000O", "LSVAU2180N2183294", "", "LSVAU2189T21000011"]
)
async def test_what_is_no_vin_is_refused(house: House, read: str) -> None:
    payload = await take_in(house, read)
    assert [problem["code"] for problem in payload["problems"]] == ["INVALID_VIN"]
    assert await house.sample.read(lambda: StockVehicle.all().count()) == 0


async def test_european_vin_is_taken_with_a_warning(house: House) -> None:
    payload = await take_in(house, "WVWZZZ3CZEE140287")
    assert payload["problems"] == []
    (identity,) = await house.sample.read(lambda: VehicleIdentity.all())
    assert not identity.check_digit_ok
    assert identity.override_reason == ""


async def test_wrong_check_digit_needs_a_reason_and_its_permission(house: House) -> None:
    rights = dict.fromkeys(("inventory.stock_vehicle.receive", "inventory.stock_vehicle.read"), Reach.STORE)
    keeper = house.sample.client(permissions=rights)
    reason = "plate checked by the maker"
    refused = await take_in(house, "LSVAU2180N2183294", keeper, overrideReason=reason)
    assert [problem["code"] for problem in refused["problems"]] == ["FORBIDDEN"]
    taken = await take_in(house, "LSVAU2180N2183294", overrideReason=reason)
    assert taken["problems"] == []


async def test_vehicle_has_one_open_stay_in_the_whole_group(house: House) -> None:
    (vehicle_id,) = await house.stocked()
    twin = await take_in(house, vin(1))
    assert [problem["code"] for problem in twin["problems"]] == ["CONFLICT"]
    assert "in stock already" in twin["problems"][0]["message"]
    await delivered(house, vehicle_id)
    again = await take_in(house, vin(1), odometerKm=30_000)
    assert again["problems"] == []
    assert await house.sample.read(lambda: VehicleIdentity.all().count()) == 1


async def test_parallel_receipts_of_one_vehicle_leave_one(house: House) -> None:
    payloads = await asyncio.gather(*(take_in(house, vin(1)) for _ in range(6)))
    assert sum(1 for payload in payloads if payload["stockVehicle"]) == 1
    assert {p["code"] for payload in payloads for p in payload["problems"]} == {"CONFLICT"}
    await assert_closed(house)


async def test_slot_holds_one_vehicle(house: House) -> None:
    assert (await take_in(house, vin(1), slot="A-1"))["problems"] == []
    taken = await take_in(house, vin(2), slot="A-1")
    assert taken["problems"] == [
        {
            "code": "SLOT_OCCUPIED",
            "message": "Another vehicle stands in the slot A-1; name a free one",
            "path": ["slot"],
            "slot": "A-1",
            "occupiedBy": {"vin": vin(1)},
        }
    ]


async def test_vehicle_in_transit_is_reserved_and_becomes_so_on_receipt(house: House) -> None:
    client, vehicle = house.sample.client(), await ordered(house)
    await client.command(SHIP, i={"vehicle": vehicle, "vin": vin(5)})
    (row,) = await house.sample.read(lambda: StockVehicle.all())
    await house.sample.run(lambda scope: reserve(scope, row.id, "order:1"))
    assert (await house.vehicle(row.id)).state == VehicleState.IN_TRANSIT
    with pytest.raises(ConflictRefusal):
        await house.sample.run(lambda scope: reserve(scope, row.id, "order:2"))
    came = await client.command(RECEIVE, i={"vehicle": vehicle, "arrival": arrival(house, vin(5))})
    assert came["stockVehicle"]["state"] == "RESERVED"


async def test_damaged_vehicle_comes_on_hold_and_goes_back_to_who_waits(house: House) -> None:
    client, vehicle = house.sample.client(), await ordered(house)
    await client.command(SHIP, i={"vehicle": vehicle, "vin": vin(5)})
    (row,) = await house.sample.read(lambda: StockVehicle.all())
    await house.sample.run(lambda scope: reserve(scope, row.id, "order:1"))
    bad = arrival(house, vin(5), holdReason="TRANSPORT_DAMAGE")
    came = await client.command(RECEIVE, i={"vehicle": vehicle, "arrival": bad})
    assert (came["stockVehicle"]["state"], came["stockVehicle"]["holdReason"]) == ("ON_HOLD", "TRANSPORT_DAMAGE")
    lifted = await client.command(LIFT, i={"vehicle": vehicle})
    assert (lifted["stockVehicle"]["state"], lifted["stockVehicle"]["holdReason"]) == ("RESERVED", "")


async def test_hold_needs_a_reason_of_the_list_and_a_vehicle_in_stock(house: House) -> None:
    client, (vehicle_id,) = house.sample.client(), await house.stocked()
    vehicle = global_id("StockVehicle", vehicle_id)
    wrong = await client.payload(HOLD, i={"vehicle": vehicle, "reason": "BAD_MOOD"})
    assert [p["code"] for p in wrong["problems"]] == ["VALIDATION_ERROR"]
    await client.command(HOLD, i={"vehicle": vehicle, "reason": "RECALL"})
    again = await client.payload(HOLD, i={"vehicle": vehicle, "reason": "RECALL"})
    assert [p["code"] for p in again["problems"]] == ["INVALID_TRANSITION"]


async def test_demonstrator_comes_back_as_one(house: House) -> None:
    client, (vehicle_id,) = house.sample.client(), await house.stocked()
    vehicle = global_id("StockVehicle", vehicle_id)
    out = await client.command(PURPOSE, i={"vehicle": vehicle, "purpose": "TEST_DRIVE"})
    assert out["stockVehicle"]["state"] == "DEMO_USE"
    back = {"vehicle": vehicle, "purpose": "SALE", "odometerKm": 1200}
    came = (await client.command(PURPOSE, i=back))["stockVehicle"]
    assert (came["state"], came["condition"], came["odometerKm"]) == ("IN_STOCK", "DEMO", 1200)
    backwards = await client.payload(PURPOSE, i={"vehicle": vehicle, "purpose": "LOANER", "odometerKm": 5})
    assert [p["code"] for p in backwards["problems"]] == ["ODOMETER_BACKWARDS"]


async def test_reserved_vehicle_is_not_written_off(house: House) -> None:
    client, (vehicle_id,) = house.sample.client(), await house.stocked()
    order = {"vehicle": global_id("StockVehicle", vehicle_id), "note": "flood"}
    await house.sample.run(lambda scope: reserve(scope, vehicle_id, "order:1"))
    assert (await client.payload(WRITE_OFF, i=order))["problems"][0]["code"] == "INVALID_TRANSITION"
    (other,) = await house.stocked()
    gone = await client.command(WRITE_OFF, i={**order, "vehicle": global_id("StockVehicle", other)})
    assert gone["stockVehicle"]["state"] == "WRITTEN_OFF"
    await assert_closed(house)


async def test_expected_version_of_a_vehicle_is_checked(house: House) -> None:
    (vehicle_id,) = await house.stocked()
    text = HOLD.replace("$i: HoldVehicleInput!)", "$i: HoldVehicleInput!, $v: Int!)").replace(
        "input: $i)", "input: $i, expectedVersion: $v)"
    )
    order = {"vehicle": global_id("StockVehicle", vehicle_id), "reason": "RECALL"}
    stale = await house.sample.client().payload(text, i=order, v=99)
    assert [p["code"] for p in stale["problems"]] == ["CONFLICT"]


async def test_delivery_takes_the_vehicle_out_once(house: House) -> None:
    (vehicle_id,) = await house.stocked()
    await delivered(house, vehicle_id)
    row = await house.vehicle(vehicle_id)
    assert (row.state, row.odometer_km) == (VehicleState.DELIVERED, 12)
    again = await house.sample.run(
        lambda scope: issue_to_customer(scope, vehicle_id, source_ref="order:1", odometer_km=12)
    )
    issues = await house.sample.read(lambda: StockMovement.filter(kind="ISSUE"))
    assert [issue.id for issue in issues] == [again.id]
    with pytest.raises(TransitionRefusal):
        await house.sample.run(lambda scope: issue_to_customer(scope, vehicle_id, source_ref="order:2", odometer_km=12))
    await assert_closed(house)


async def test_delivery_needs_allocation(house: House) -> None:
    (vehicle_id,) = await house.stocked()
    with pytest.raises(TransitionRefusal):
        await house.sample.run(lambda s: issue_to_customer(s, vehicle_id, source_ref="order:1", odometer_km=0))


async def test_delivery_needs_a_passed_inspection(house: House) -> None:
    (vehicle_id,) = await house.stocked()
    await house.sample.run(lambda scope: allocate(scope, vehicle_id, "order:1"))
    assert await house.sample.run(lambda scope: pdi_state(scope, vehicle_id)) == "OPEN"
    with pytest.raises(PdiNotPassedError):
        await house.sample.run(lambda s: issue_to_customer(s, vehicle_id, source_ref="order:1", odometer_km=0))


@pytest.mark.parametrize(
    ("days", "odometer_km", "readiness"),
    [(30, 25, "PASSED"), (30.001, 25, "STALE"), (1, 26, "STALE"), (0, 5, "PASSED")],
)
async def test_inspection_goes_stale_after_thirty_days_or_twenty_kilometres(
    house: House, days: float, odometer_km: int, readiness: str
) -> None:
    (vehicle_id,) = await house.stocked()
    await house.sample.run(lambda scope: allocate(scope, vehicle_id, "order:1"))
    await inspected(house, vehicle_id, odometer_km=5)
    house.sample.advance(days=days)

    async def work(scope: Scope) -> str:
        return await pdi.readiness(scope, await StockVehicle.get(id=vehicle_id), odometer_km)

    assert await house.sample.run(work) == readiness

    async def deliver(scope: Scope) -> None:
        await issue_to_customer(scope, vehicle_id, source_ref="order:1", odometer_km=odometer_km)

    if readiness == "PASSED":
        await house.sample.run(deliver)
    else:
        with pytest.raises(PdiNotPassedError):
            await house.sample.run(deliver)


async def test_pledged_certificate_blocks_delivery(house: House) -> None:
    (vehicle_id,) = await house.stocked()
    await house.sample.run(lambda scope: allocate(scope, vehicle_id, "order:1"))
    await inspected(house, vehicle_id)
    update = "mutation($i: UpdateStockVehicleInput!) { updateStockVehicle(input: $i) { problems { code } } }"
    vehicle = {"id": global_id("StockVehicle", vehicle_id)}
    await house.sample.client().command(update, i={**vehicle, "certPledged": True})

    async def deliver(scope: Scope) -> None:
        await issue_to_customer(scope, vehicle_id, source_ref="order:1", odometer_km=1)

    with pytest.raises(CertificatePledgedError):
        await house.sample.run(deliver)
    assert (await house.vehicle(vehicle_id)).state == VehicleState.ALLOCATED
    await house.sample.client().command(update, i={**vehicle, "certPledged": False})
    await house.sample.run(deliver)


async def test_open_fitting_blocks_delivery(house: House) -> None:
    (vehicle_id,) = await house.stocked()
    await house.sample.run(lambda scope: allocate(scope, vehicle_id, "order:1"))
    await inspected(house, vehicle_id)

    async def request(scope: Scope) -> None:
        await request_fitting(scope, vehicle_id, house.main, [FittingPart(house.film)], FittingCharge.GIFT)

    await house.sample.run(request)
    with pytest.raises(FittingOpenError):
        await house.sample.run(lambda s: issue_to_customer(s, vehicle_id, source_ref="order:1", odometer_km=1))


RESTOCK = f"mutation($i: RestockVehicleInput!) {{ restockVehicle(input: $i) {{ {VEHICLE} {PROBLEMS} }} }}"


async def test_returned_vehicle_is_in_stock_again_as_a_used_one(house: House) -> None:
    (vehicle_id,) = await house.stocked()
    await delivered(house, vehicle_id)

    async def back(scope: Scope) -> None:
        await return_from_customer(scope, vehicle_id, source_ref="order:1", warehouse_id=house.main, odometer_km=300)

    await house.sample.run(back)
    assert (await house.vehicle(vehicle_id)).state == VehicleState.RETURNED
    await house.sample.run(back)
    vehicle = {"vehicle": global_id("StockVehicle", vehicle_id)}
    row = (await house.sample.client().command(RESTOCK, i=vehicle))["stockVehicle"]
    assert (row["state"], row["condition"], row["odometerKm"]) == ("IN_STOCK", "USED", 300)
    again = await house.sample.client().payload(RESTOCK, i=vehicle)
    assert [p["code"] for p in again["problems"]] == ["INVALID_TRANSITION"]
    await assert_closed(house)


async def test_parallel_deliveries_move_the_vehicle_once(house: House) -> None:
    (vehicle_id,) = await house.stocked()
    await house.sample.run(lambda scope: allocate(scope, vehicle_id, "order:1"))
    await inspected(house, vehicle_id)

    async def one() -> UUID:
        async def work(scope: Scope) -> UUID:
            return (await issue_to_customer(scope, vehicle_id, source_ref="order:1", odometer_km=3)).id

        return await house.sample.run(work)

    assert len(set(await asyncio.gather(*(one() for _ in range(8))))) == 1
    await assert_closed(house)


async def test_cause_that_handed_over_one_vehicle_hands_over_no_other(house: House) -> None:
    first, second = await house.stocked(2)
    await delivered(house, first, "order:1")
    await house.sample.run(lambda scope: allocate(scope, second, "order:2"))
    await inspected(house, second)
    with pytest.raises(ConflictRefusal):
        await house.sample.run(lambda scope: issue_to_customer(scope, second, source_ref="order:1", odometer_km=3))
    assert (await house.vehicle(second)).state == VehicleState.ALLOCATED
    await assert_closed(house)


async def test_order_takes_trims_that_can_still_be_ordered(house: House) -> None:
    update = "mutation($i: UpdateTrimInput!) { updateTrim(input: $i) { problems { code } } }"
    trim = global_id("Trim", house.trim)
    await house.sample.client().command(update, i={"id": trim, "status": "DISCONTINUED"})
    refused = await house.sample.client().payload(ORDER, i={"vehicle": description(house)})
    assert [p["code"] for p in refused["problems"]] == ["VALIDATION_ERROR"]
    # what is there of it can still be taken in
    assert (await take_in(house, vin(3)))["problems"] == []


async def test_options_are_of_the_list_and_tell_vehicles_apart(house: House) -> None:
    client = house.sample.client()
    plain = {"vehicle": description(house), "arrival": arrival(house, vin(1))}
    packed = {"vehicle": description(house, options=["SOUND", "PANORAMA_ROOF"]), "arrival": arrival(house, vin(2))}
    wrong = {"vehicle": description(house, options=["SOUND", "WINGS"]), "arrival": arrival(house, vin(3))}
    await client.command(TAKE_IN, i=plain)
    await client.command(TAKE_IN, i=packed)
    refused = (await client.payload(TAKE_IN, i=wrong))["problems"][0]
    assert (refused["code"], [str(step) for step in refused["path"]]) == ("VALIDATION_ERROR", ["options", "1"])
    query = '{ stockVehicles(filter: {optionKey: {eq: "PANORAMA_ROOF+SOUND"}}) { nodes { vin options } } }'
    answer = (await client(query)).data["stockVehicles"]["nodes"]
    assert answer == [{"vin": vin(2), "options": ["PANORAMA_ROOF", "SOUND"]}]


async def test_inspection_is_opened_with_the_allocation_and_not_twice(house: House) -> None:
    (vehicle_id,) = await house.stocked()
    await house.sample.run(lambda scope: allocate(scope, vehicle_id, "order:1"))
    await house.sample.run(lambda scope: allocate(scope, vehicle_id, "order:1"))
    rounds = await house.sample.read(lambda: PdiInspection.filter(vehicle_id=vehicle_id))
    assert [(row.round_no, row.state) for row in rounds] == [(1, PdiState.PENDING)]


async def test_landed_cost_of_an_unknown_vehicle_is_not_found(house: House) -> None:
    with pytest.raises(Exception, match="no such vehicle"):
        await house.sample.run(lambda scope: landed_cost(scope, house.trim))


async def test_identity_of_another_trim_is_refused(house: House) -> None:
    (vehicle_id,) = await house.stocked()
    await delivered(house, vehicle_id)

    async def work(scope: Scope) -> None:
        other = intake.Description(trim_id=house.other_trim, exterior_color_id=house.white, purchase_cost=Money(1))
        arrived = Arrival(vin=vin(1), warehouse_id=house.main, odometer_km=50)
        await intake.take_in(scope, other, arrived, house.sample.store_id)

    with pytest.raises(Exception, match="another trim"):
        await house.sample.run(work)


async def test_vehicle_that_is_not_here_cannot_be_fitted(house: House) -> None:
    vehicle = await ordered(house)
    assert vehicle
    (row,) = await house.sample.read(lambda: StockVehicle.all())

    async def request(scope: Scope) -> None:
        await request_fitting(scope, row.id, house.main, [FittingPart(house.film)], FittingCharge.GIFT)

    with pytest.raises(PreconditionRefusal):
        await house.sample.run(request)
