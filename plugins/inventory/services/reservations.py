"""Claims to vehicles: one hard one at most, as many soft ones as people think of it."""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID

from forecourt import PreconditionRefusal, Scope, settings
from plugins.inventory.events import ReservationReleased, VehicleAllocated, VehicleReserved
from plugins.inventory.models.vehicles import Reservation, StockVehicle
from plugins.inventory.services import pdi, stock
from plugins.inventory.services.kinds import ReservationKind
from plugins.inventory.services.refusals import NotReservedForError, VehicleNotAvailableError
from plugins.inventory.services.states import RESERVATION, STOCK_VEHICLE, ReservationState, VehicleState
from plugins.inventory.settings import InventorySettings


async def reserve(
    scope: Scope,
    vehicle_id: UUID,
    holder_ref: str,
    kind: ReservationKind,
    expires_at: datetime | None = None,
    *,
    note: str = "",
) -> Reservation:
    """Give somebody a claim to a vehicle that is in stock or on its way; asked again, return the one he has.

    A hard claim takes the vehicle out of what is available; a soft one changes nothing. Publishes `VehicleReserved`.

    Raises:
        VehicleNotAvailableError: It is reserved, on hold, sold or retired.
    """
    vehicle = await stock.lock(vehicle_id)
    claims = await _live_claims(scope, vehicle)
    own = next((c for c in claims if c.holder_ref == holder_ref and c.kind == kind), None)
    if own is not None:
        return own
    if kind == ReservationKind.HARD:
        await _take(scope, vehicle, claims)
    elif vehicle.state not in (VehicleState.IN_STOCK, VehicleState.IN_TRANSIT):
        raise VehicleNotAvailableError(vehicle, vehicle.state)
    claim = Reservation(
        store_id=vehicle.store_id,
        vehicle_id=vehicle.id,
        holder_ref=holder_ref,
        owner_id=scope.caller.user_id,
        kind=kind,
        expires_at=expires_at,
        note=note,
    )
    await claim.save()
    scope.publish(
        VehicleReserved(vehicle_id=vehicle.id, reservation_id=claim.id, holder_ref=holder_ref, kind=kind.value)
    )
    for soft in claims:
        if soft.holder_ref == holder_ref:  # what he thought of, he now has
            await _close(scope, soft, ReservationState.FULFILLED)
    return claim


async def default_expiry(scope: Scope, kind: ReservationKind) -> datetime:
    """Return when a claim ends for which nobody named a time."""
    own = await settings(scope, InventorySettings)
    hours = own.hard_reservation_hours if kind == ReservationKind.HARD else own.soft_reservation_hours
    return scope.now() + timedelta(hours=hours)


async def end(scope: Scope, claim: Reservation, to: ReservationState = ReservationState.RELEASED) -> bool:
    """End a claim; a vehicle that it held is available again. Publishes `ReservationReleased`.

    Returns:
        Whether it was still active.
    """
    vehicle = await stock.lock(claim.vehicle_id)
    return await _end(scope, vehicle, claim, to)


async def release_by_hand(scope: Scope, claim: Reservation) -> None:
    """End a claim that somebody no longer wants; an allocated vehicle is taken from its order there.

    Raises:
        TransitionRefusal: It has ended already.
        PreconditionRefusal: The vehicle is allocated to an order.
    """
    vehicle = await stock.lock(claim.vehicle_id)
    if claim.kind == ReservationKind.HARD and vehicle.state == VehicleState.ALLOCATED:
        raise PreconditionRefusal(
            "the vehicle is allocated to an order; take it back there", rule="inventory_allocated"
        )
    RESERVATION.check(claim.state, ReservationState.RELEASED)
    await _end(scope, vehicle, claim, ReservationState.RELEASED)


async def release(scope: Scope, holder_ref: str) -> list[Reservation]:
    """End all claims of a holder; return those that were active."""
    return [claim for claim in await claims_of(holder_ref) if await end(scope, claim)]


async def claims_of(holder_ref: str) -> list[Reservation]:
    """Return the claims of a holder that are active."""
    return await Reservation.filter(holder_ref=holder_ref, state=ReservationState.ACTIVE).order_by("vehicle_id")


async def expire(scope: Scope) -> int:
    """End the claims whose time is up; return how many they were. An allocated vehicle's never is."""
    due = await Reservation.filter(state=ReservationState.ACTIVE, expires_at__lte=scope.now()).order_by("vehicle_id")
    ended = [await end(scope, claim, ReservationState.EXPIRED) for claim in due]
    return sum(ended)


async def allocate(scope: Scope, vehicle_id: UUID, holder_ref: str) -> StockVehicle:
    """Name the vehicle of an order; it is reserved first where nobody holds it. Publishes `VehicleAllocated`.

    Its inspection is opened, and its claim no longer ends by itself.

    Raises:
        VehicleNotAvailableError: Somebody else holds it, or it isn't in stock.
    """
    claim = await reserve(scope, vehicle_id, holder_ref, ReservationKind.HARD)
    vehicle = await stock.lock(vehicle_id)
    if vehicle.state == VehicleState.ALLOCATED:
        return vehicle
    await stock.move(vehicle, VehicleState.ALLOCATED)
    await claim.change_where(where={"state": ReservationState.ACTIVE}, expires_at=None)
    await pdi.open_round(scope, vehicle)
    scope.publish(VehicleAllocated(vehicle_id=vehicle.id, holder_ref=holder_ref))
    return vehicle


async def unallocate(scope: Scope, vehicle_id: UUID, holder_ref: str, *, keep_reserved: bool = False) -> StockVehicle:
    """Take an order's vehicle back: to stock, or still reserved for the same holder.

    Raises:
        NotReservedForError: The holder has no claim to it.
    """
    vehicle = await stock.lock(vehicle_id)
    claim = await stock.hard_claim(vehicle_id)
    if claim is None or claim.holder_ref != holder_ref:
        raise NotReservedForError(vehicle.stock_no)
    if vehicle.state != VehicleState.ALLOCATED:
        raise STOCK_VEHICLE.refusal(vehicle.state, VehicleState.RESERVED)
    if keep_reserved:
        await stock.move(vehicle, VehicleState.RESERVED)
    else:
        await _end(scope, vehicle, claim, ReservationState.RELEASED)
    return vehicle


async def fulfil(scope: Scope, vehicle: StockVehicle) -> None:
    """End all claims to a vehicle that has been delivered: the hard one is fulfilled, the soft ones are void."""
    for claim in await Reservation.filter(vehicle_id=vehicle.id, state=ReservationState.ACTIVE):
        hard = claim.kind == ReservationKind.HARD
        await _close(scope, claim, ReservationState.FULFILLED if hard else ReservationState.RELEASED)


async def _live_claims(scope: Scope, vehicle: StockVehicle) -> list[Reservation]:
    """Return the claims to a vehicle; those whose time is up are ended first, in case the job is late."""
    live = []
    for claim in await Reservation.filter(vehicle_id=vehicle.id, state=ReservationState.ACTIVE):
        if claim.expires_at is not None and claim.expires_at <= scope.now():
            await _end(scope, vehicle, claim, ReservationState.EXPIRED)
        else:
            live.append(claim)
    return live


async def _take(scope: Scope, vehicle: StockVehicle, claims: list[Reservation]) -> None:
    held = next((claim for claim in claims if claim.kind == ReservationKind.HARD), None)
    if held is not None:
        raise VehicleNotAvailableError(vehicle, VehicleState.RESERVED, held)
    if vehicle.state == VehicleState.IN_STOCK:
        await stock.move(vehicle, VehicleState.RESERVED)
    elif vehicle.state != VehicleState.IN_TRANSIT:  # one on its way stays there until it is received
        raise VehicleNotAvailableError(vehicle, vehicle.state)


async def _end(scope: Scope, vehicle: StockVehicle, claim: Reservation, to: ReservationState) -> bool:
    if not await _close(scope, claim, to):
        return False
    held = vehicle.state in (VehicleState.RESERVED, VehicleState.ALLOCATED)
    if claim.kind == ReservationKind.HARD and held:
        await stock.move(vehicle, VehicleState.IN_STOCK)
    return True


async def _close(scope: Scope, claim: Reservation, to: ReservationState) -> bool:
    still = RESERVATION.may(claim.state, to) and await RESERVATION.try_move(claim, to, {"closed_at": scope.now()})
    if not still:
        return False
    if to != ReservationState.FULFILLED:
        scope.publish(
            ReservationReleased(
                vehicle_id=claim.vehicle_id,
                reservation_id=claim.id,
                holder_ref=claim.holder_ref,
                kind=claim.kind.value,
                state=to.value,
            )
        )
    return True
