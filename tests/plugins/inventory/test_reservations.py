"""Claims to vehicles: who gets one, who doesn't, and how they end."""

from __future__ import annotations

import asyncio
from uuid import UUID

import pytest

from forecourt import Reach, Scope, global_id
from plugins.inventory.api import (
    NotReservedForError,
    ReservationKind,
    ReservationState,
    VehicleNotAvailableError,
    VehicleState,
    allocate,
    release,
    reserve,
    unallocate,
)
from plugins.inventory.models.vehicles import Reservation
from tests.plugins.inventory.conftest import House

RESERVE = """
mutation($i: ReserveVehicleInput!) {
  reserveVehicle(input: $i) {
    reservation { id kind state vehicle { state available } }
    problems { code message path
      ... on VehicleNotAvailableProblem { state vehicle { stockNo } reservation { kind } } }
  }
}
"""
RELEASE = """
mutation($i: ReleaseReservationInput!) {
  releaseReservation(input: $i) { reservation { state vehicle { state } } problems { code } }
}
"""


async def claims(house: House, vehicle_id: UUID) -> list[Reservation]:
    async def work() -> list[Reservation]:
        return await Reservation.filter(vehicle_id=vehicle_id).order_by("created_at", "id")

    return await house.sample.read(work)


async def test_fifty_who_reserve_one_vehicle_at_once_one_wins_and_the_others_get_one_answer(house: House) -> None:
    (vehicle_id,) = await house.stocked()
    users = [await house.sample.add_user(f"consultant{number}") for number in range(50)]
    vehicle = {"vehicle": global_id("StockVehicle", vehicle_id)}
    payloads = await asyncio.gather(*(house.sample.client(user).payload(RESERVE, i=vehicle) for user in users))
    won = [payload["reservation"] for payload in payloads if payload["reservation"]]
    lost = [payload["problems"] for payload in payloads if not payload["reservation"]]
    assert [claim["vehicle"] for claim in won] == [{"state": "RESERVED", "available": False}]
    stock_no = (await house.vehicle(vehicle_id)).stock_no
    problem = {
        "code": "VEHICLE_NOT_AVAILABLE",
        "message": f"Vehicle {stock_no} is Reserved, not available",
        "path": [],
        "state": "RESERVED",
        "vehicle": {"stockNo": stock_no},
        "reservation": {"kind": "HARD"},
    }
    assert len(lost) == 49
    assert all(problems == [problem] for problems in lost)
    assert len(await claims(house, vehicle_id)) == 1


async def test_reserve_delivered_vehicle_returns_not_available(house: House) -> None:
    (vehicle_id,) = await house.stocked()

    async def work(scope: Scope) -> None:
        await reserve(scope, vehicle_id, "order:1")
        await reserve(scope, vehicle_id, "order:2")

    with pytest.raises(VehicleNotAvailableError) as refusal:
        await house.sample.run(work)
    assert refusal.value.details["state"] == "RESERVED"
    # the first claim was rolled back with the second
    assert (await house.vehicle(vehicle_id)).state == VehicleState.IN_STOCK


async def test_same_holder_who_asks_again_gets_his_claim(house: House) -> None:
    (vehicle_id,) = await house.stocked()

    async def work(scope: Scope) -> UUID:
        return (await reserve(scope, vehicle_id, "order:1")).id

    assert await house.sample.run(work) == await house.sample.run(work)


async def test_soft_reservation_leaves_the_vehicle_available_to_others(house: House) -> None:
    (vehicle_id,) = await house.stocked()

    async def work(scope: Scope) -> None:
        await reserve(scope, vehicle_id, "quotation:1", ReservationKind.SOFT)
        await reserve(scope, vehicle_id, "quotation:2", ReservationKind.SOFT)

    await house.sample.run(work)
    assert (await house.vehicle(vehicle_id)).state == VehicleState.IN_STOCK
    await house.sample.run(lambda scope: reserve(scope, vehicle_id, "quotation:2"))
    # The two soft claims may carry the same millisecond, so their order says nothing.
    states = {(claim.holder_ref, claim.kind.value, claim.state.value) for claim in await claims(house, vehicle_id)}
    assert states == {
        ("quotation:1", "SOFT", "ACTIVE"),
        ("quotation:2", "SOFT", "FULFILLED"),
        ("quotation:2", "HARD", "ACTIVE"),
    }


async def test_reservation_expires_and_the_vehicle_is_available_again(house: House) -> None:
    (vehicle_id,) = await house.stocked()
    payload = await house.sample.client().command(RESERVE, i={"vehicle": global_id("StockVehicle", vehicle_id)})
    assert payload["reservation"]["state"] == "ACTIVE"
    house.sample.advance(hours=71, minutes=59)
    await house.sample.settle()
    assert (await house.vehicle(vehicle_id)).state == VehicleState.RESERVED
    house.sample.advance(minutes=2)
    await house.sample.settle()
    assert (await house.vehicle(vehicle_id)).state == VehicleState.IN_STOCK
    assert [claim.state for claim in await claims(house, vehicle_id)] == [ReservationState.EXPIRED]


async def test_expired_reservation_does_not_wait_for_the_job(house: House) -> None:
    (vehicle_id,) = await house.stocked()
    vehicle = {"vehicle": global_id("StockVehicle", vehicle_id)}
    await house.sample.client().command(RESERVE, i=vehicle)
    house.sample.advance(hours=73)
    user = await house.sample.add_user("other")
    await house.sample.client(user).command(RESERVE, i=vehicle)
    assert [claim.state.value for claim in await claims(house, vehicle_id)] == ["EXPIRED", "ACTIVE"]


async def test_consultant_releases_his_own_reservation_only(house: House) -> None:
    (vehicle_id,) = await house.stocked()
    rights = {
        "inventory.stock_vehicle.read": Reach.STORE,
        "inventory.stock_vehicle.reserve": Reach.STORE,
        "inventory.reservation.read": Reach.STORE,
        "inventory.reservation.release": Reach.OWN,
    }
    mine, other = [
        house.sample.client(await house.sample.add_user(login), permissions=rights) for login in ("mine", "other")
    ]
    made = await mine.command(RESERVE, i={"vehicle": global_id("StockVehicle", vehicle_id)})
    claim = {"reservation": made["reservation"]["id"]}
    assert (await other.payload(RELEASE, i=claim))["problems"] == [{"code": "NOT_FOUND"}]
    released = await mine.command(RELEASE, i=claim)
    assert released["reservation"] == {"state": "RELEASED", "vehicle": {"state": "IN_STOCK"}}
    assert (await mine.payload(RELEASE, i=claim))["problems"] == [{"code": "INVALID_TRANSITION"}]


async def test_allocation_outlives_the_expiry_and_ends_with_a_release(house: House) -> None:
    (vehicle_id,) = await house.stocked()

    async def work(scope: Scope) -> None:
        await reserve(scope, vehicle_id, "order:1", expires_at=scope.now())
        await allocate(scope, vehicle_id, "order:1")

    with pytest.raises(NotReservedForError):
        await house.sample.run(lambda scope: unallocate(scope, vehicle_id, "order:2"))
    await house.sample.run(work)
    house.sample.advance(days=60)
    await house.sample.settle()
    assert (await house.vehicle(vehicle_id)).state == VehicleState.ALLOCATED
    await house.sample.run(lambda scope: unallocate(scope, vehicle_id, "order:1", keep_reserved=True))
    assert (await house.vehicle(vehicle_id)).state == VehicleState.RESERVED
    ended = await house.sample.run(lambda scope: release(scope, "order:1"))
    assert [claim.state for claim in ended] == [ReservationState.RELEASED]
    assert (await house.vehicle(vehicle_id)).state == VehicleState.IN_STOCK
    assert await house.sample.run(lambda scope: release(scope, "order:1")) == []


async def test_allocated_vehicle_of_another_order_is_not_available(house: House) -> None:
    (vehicle_id,) = await house.stocked()
    await house.sample.run(lambda scope: allocate(scope, vehicle_id, "order:1"))
    await house.sample.run(lambda scope: allocate(scope, vehicle_id, "order:1"))
    with pytest.raises(VehicleNotAvailableError):
        await house.sample.run(lambda scope: allocate(scope, vehicle_id, "order:2"))


async def test_reserve_needs_its_permission_and_a_vehicle_in_sight(house: House) -> None:
    (vehicle_id,) = await house.stocked()
    elsewhere = await house.sample.add_store("S2")
    vehicle = {"vehicle": global_id("StockVehicle", vehicle_id)}
    reader = house.sample.client(permissions={"inventory.stock_vehicle.read": Reach.STORE})
    assert [p["code"] for p in (await reader.payload(RESERVE, i=vehicle))["problems"]] == ["FORBIDDEN"]
    stranger = house.sample.client(store_id=elsewhere)
    assert [p["code"] for p in (await stranger.payload(RESERVE, i=vehicle))["problems"]] == ["NOT_FOUND"]
