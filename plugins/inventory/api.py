"""What other plugins may call; everything runs in the caller's transaction."""

from __future__ import annotations

from datetime import date, datetime
from uuid import UUID

from forecourt import Money, NotFoundRefusal, Scope
from plugins.inventory.models.catalogue import Brand, ColorCode, Item, Series, Trim
from plugins.inventory.models.ledger import StockMovement
from plugins.inventory.models.preparation import FittingJob, PdiInspection
from plugins.inventory.models.vehicles import Reservation, StockVehicle, VehicleIdentity
from plugins.inventory.services import delivery, pdi, prices, reservations
from plugins.inventory.services.availability import Availability, by_trim
from plugins.inventory.services.delivery import return_from_customer
from plugins.inventory.services.fitting import FittingPart
from plugins.inventory.services.fitting import request as request_fitting
from plugins.inventory.services.intake import identity_for
from plugins.inventory.services.items import average_cost
from plugins.inventory.services.kinds import (
    Condition,
    FittingCharge,
    MovementKind,
    Powertrain,
    Purpose,
    ReservationKind,
)
from plugins.inventory.services.pdi import PdiReadiness
from plugins.inventory.services.refusals import (
    CertificatePledgedError,
    FittingOpenError,
    NoPriceError,
    NotReservedForError,
    PdiNotPassedError,
    VehicleNotAvailableError,
)
from plugins.inventory.services.states import FittingState, ReservationState, VehicleState
from plugins.inventory.services.stock import lock
from plugins.inventory.services.vin import InvalidVinError, normalise_vin, validate_vin

__all__ = [
    "Availability",
    "Brand",
    "CertificatePledgedError",
    "ColorCode",
    "Condition",
    "FittingCharge",
    "FittingJob",
    "FittingOpenError",
    "FittingPart",
    "FittingState",
    "InvalidVinError",
    "Item",
    "MovementKind",
    "NoPriceError",
    "NotReservedForError",
    "PdiInspection",
    "PdiNotPassedError",
    "PdiReadiness",
    "Powertrain",
    "Purpose",
    "Reservation",
    "ReservationKind",
    "ReservationState",
    "Series",
    "StockMovement",
    "StockVehicle",
    "Trim",
    "VehicleIdentity",
    "VehicleNotAvailableError",
    "VehicleState",
    "allocate",
    "average_cost",
    "by_trim",
    "claims_of",
    "fitting_done",
    "floor_price",
    "guide_price",
    "identity_for",
    "issue_to_customer",
    "landed_cost",
    "lock",
    "normalise_vin",
    "note_pdi_passed",
    "pdi_state",
    "release",
    "request_fitting",
    "reserve",
    "return_from_customer",
    "unallocate",
    "validate_vin",
]


async def reserve(
    scope: Scope,
    vehicle_id: UUID,
    holder_ref: str,
    kind: ReservationKind = ReservationKind.HARD,
    expires_at: datetime | None = None,
) -> Reservation:
    """Give a holder a claim to a vehicle in stock or in transit; asked again, return the one he has.

    Args:
        holder_ref: What it is for, such as `sales_order:0192…`; `release` and `allocate` go by it.
        expires_at: When it ends by itself; never without it.

    Raises:
        VehicleNotAvailableError: It is reserved, on hold, sold or retired.
    """
    return await reservations.reserve(scope, vehicle_id, holder_ref, kind, expires_at)


async def release(scope: Scope, holder_ref: str) -> list[Reservation]:
    """End every claim of a holder, an allocation included; return those that were active."""
    return await reservations.release(scope, holder_ref)


async def claims_of(holder_ref: str) -> list[Reservation]:
    """Return the claims of a holder that are active."""
    return await reservations.claims_of(holder_ref)


async def allocate(scope: Scope, vehicle_id: UUID, holder_ref: str) -> StockVehicle:
    """Name the vehicle of an order: reserved for the holder first if nobody has it; its inspection is opened.

    Raises:
        VehicleNotAvailableError: Somebody else holds it, or it isn't in stock.
        TransitionRefusal: It isn't in stock yet, or on hold.
    """
    return await reservations.allocate(scope, vehicle_id, holder_ref)


async def unallocate(scope: Scope, vehicle_id: UUID, holder_ref: str, *, keep_reserved: bool = False) -> StockVehicle:
    """Take an order's vehicle back to stock, or leave it reserved for the same holder.

    Raises:
        NotReservedForError: The holder has no claim to it.
    """
    return await reservations.unallocate(scope, vehicle_id, holder_ref, keep_reserved=keep_reserved)


async def issue_to_customer(scope: Scope, vehicle_id: UUID, *, source_ref: str, odometer_km: int) -> StockMovement:
    """Hand an allocated vehicle over: ALLOCATED becomes DELIVERED. The same `source_ref` does it once.

    Raises:
        TransitionRefusal: It isn't allocated.
        PdiNotPassedError: Its inspection isn't passed, or is stale.
        FittingOpenError: Something is still to be built in.
        CertificatePledgedError: Its certificate lies with a bank.
    """
    return await delivery.issue_to_customer(scope, vehicle_id, source_ref=source_ref, odometer_km=odometer_km)


async def note_pdi_passed(scope: Scope, vehicle_id: UUID) -> None:
    """Note that the inspection of a vehicle was passed without anybody who signs for it, as a demo does."""
    await pdi.note_passed(scope, await _vehicle(vehicle_id))


async def pdi_state(scope: Scope, vehicle_id: UUID) -> PdiReadiness:
    """Return what a vehicle's last inspection is worth now; only PASSED allows a delivery."""
    return await pdi.readiness(scope, await _vehicle(vehicle_id))


async def fitting_done(scope: Scope, vehicle_id: UUID) -> bool:
    """Tell whether nothing is left to be built into a vehicle; true where nothing was asked for."""
    return await delivery.fitting_done((await _vehicle(vehicle_id)).id)


async def guide_price(scope: Scope, trim_id: UUID, on: date) -> Money:
    """Return the guide price that is valid on a day.

    Raises:
        NoPriceError: There is none.
    """
    return await prices.guide_price(scope, trim_id, on)


async def floor_price(scope: Scope, trim_id: UUID, on: date) -> Money | None:
    """Return the price below which nothing is sold without approval, valid on a day; None where none is set.

    It is not shown to those who lack `inventory.floor_price.read`.

    Raises:
        NoPriceError: The trim has no price on that day.
    """
    return await prices.floor_price(scope, trim_id, on)


async def landed_cost(scope: Scope, vehicle_id: UUID) -> Money:
    """Return what a vehicle has cost so far; not shown to those who lack `inventory.cost.read`."""
    return (await _vehicle(vehicle_id)).landed_cost


async def _vehicle(vehicle_id: UUID) -> StockVehicle:
    vehicle = await StockVehicle.filter(id=vehicle_id).first()
    if vehicle is None:
        raise NotFoundRefusal("there is no such vehicle in stock", path=("vehicle",))
    return vehicle
