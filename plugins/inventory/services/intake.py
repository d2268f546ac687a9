"""How vehicles come in: ordered, sent, received, or taken in directly."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from forecourt import (
    Money,
    NotFoundRefusal,
    PreconditionRefusal,
    Scope,
    ValidationRefusal,
    local_date,
    next_number,
    require_code,
)
from plugins.inventory import rights
from plugins.inventory.events import VehicleReceived
from plugins.inventory.models.catalogue import ColorCode, Trim
from plugins.inventory.models.vehicles import StockVehicle, VehicleIdentity, Warehouse
from plugins.inventory.services import ledger, stock, vin
from plugins.inventory.services.kinds import Condition, MovementKind, TrimStatus, WarehouseKind
from plugins.inventory.services.ledger import Line
from plugins.inventory.services.places import physical_place, place_of
from plugins.inventory.services.refusals import VinMismatchError
from plugins.inventory.services.states import STOCK_VEHICLE, VehicleState

"""Permission to accept a wrong check digit where the law wants a right one."""


@dataclass(frozen=True, slots=True)
class Description:
    """What is ordered or taken in."""

    trim_id: UUID
    exterior_color_id: UUID
    purchase_cost: Money
    interior_color_id: UUID | None = None
    options: Sequence[str] = ()
    condition: Condition = Condition.NEW


@dataclass(frozen=True, slots=True)
class Arrival:
    """What was found when a vehicle came in.

    Attributes:
        hold_reason: A code of `inventory.hold_reason` if it can't be sold as it is.
        override_reason: Why a wrong check digit is to be accepted.
        freight: What bringing it has cost beside its price.
    """

    vin: str
    warehouse_id: UUID
    odometer_km: int = 0
    slot: str | None = None
    hold_reason: str = ""
    override_reason: str = ""
    freight: Money | None = None
    engine_no: str = ""
    produced_on: date | None = None


async def order(
    scope: Scope, description: Description, quantity: int, eta_on: date | None, store_id: UUID
) -> list[StockVehicle]:
    """Enter vehicles that the supplier has confirmed; their VINs come with the dispatch notice.

    Raises:
        PreconditionRefusal: A used-car shop has no supplier of new vehicles.
    """
    trim = await _check(scope, description)
    if trim.status == TrimStatus.DISCONTINUED:
        raise ValidationRefusal(
            "this trim is discontinued and can't be ordered", path=("trim",), rule="inventory_discontinued"
        )
    if (await StockVehicle(store_id=store_id).store).kind == "USED_CAR":
        raise PreconditionRefusal("a used-car shop can't order from the maker", rule="inventory_used_only")
    vehicles = []
    for _ in range(quantity):
        vehicle = await _new(scope, description, VehicleState.ON_ORDER, store_id)
        vehicle.eta_on = eta_on
        await vehicle.save()
        vehicles.append(vehicle)
    return vehicles


async def ship(
    scope: Scope, vehicle_id: UUID, vin_text: str, eta_on: date | None, override_reason: str = ""
) -> StockVehicle:
    """Note that the supplier has sent a vehicle, now known by its VIN."""
    vehicle = await stock.lock(vehicle_id)
    STOCK_VEHICLE.check(vehicle.state, VehicleState.IN_TRANSIT)
    identity = await identity_for(scope, vin_text, vehicle.trim_id, override_reason)
    await _send_off(scope, vehicle, identity, eta_on or vehicle.eta_on)
    return vehicle


async def receive(scope: Scope, vehicle_id: UUID, arrival: Arrival) -> StockVehicle:
    """Put an announced vehicle into stock after its VIN was read. Publishes `VehicleReceived`.

    It is reserved at once for who waits for it, and on hold if something is wrong with it.

    Raises:
        InvalidVinError: What was read is no VIN.
        VinMismatchError: Another vehicle came than was announced.
    """
    vehicle = await stock.lock(vehicle_id)
    if vehicle.state not in (VehicleState.ON_ORDER, VehicleState.IN_TRANSIT):
        raise STOCK_VEHICLE.refusal(vehicle.state, VehicleState.IN_STOCK)
    read = vin.normalise_vin(arrival.vin)
    if vehicle.vin is not None and read != vehicle.vin:
        vin.validate_vin(read, override=True)
        raise VinMismatchError(vehicle.vin, read)
    place = await physical_place(arrival.warehouse_id, vehicle.store_id)
    identity = await identity_for(scope, read, vehicle.trim_id, arrival.override_reason)
    if vehicle.state == VehicleState.ON_ORDER:
        await _send_off(scope, vehicle, identity, vehicle.eta_on)
    source = await place_of(vehicle)
    lines = [Line(source=source, target=place, value=vehicle.landed_cost, vehicle=vehicle)]
    await _arrive(scope, vehicle, identity, arrival, place, lines)
    return vehicle


async def take_in(scope: Scope, description: Description, arrival: Arrival, store_id: UUID) -> StockVehicle:
    """Put a vehicle into stock that nobody announced, such as a trade-in. Publishes `VehicleReceived`."""
    await _check(scope, description)
    place = await physical_place(arrival.warehouse_id, store_id)
    identity = await identity_for(scope, arrival.vin, description.trim_id, arrival.override_reason)
    vehicle = await _new(scope, description, VehicleState.IN_STOCK, store_id)
    vehicle.identity_id, vehicle.vin = identity.id, identity.vin
    await vehicle.save()
    origin = WarehouseKind.CUSTOMER if description.condition == Condition.USED else WarehouseKind.SUPPLIER
    source = await ledger.virtual_place(scope, origin, store_id)
    lines = [Line(source=source, target=place, value=vehicle.landed_cost, vehicle=vehicle)]
    await _arrive(scope, vehicle, identity, arrival, place, lines)
    return vehicle


async def identity_for(scope: Scope, vin_text: str, trim_id: UUID | None, override_reason: str = "") -> VehicleIdentity:
    """Return the vehicle of the world that a VIN belongs to; it is entered when first seen.

    Args:
        trim_id: None for a vehicle whose version isn't known, or none of the catalogue.

    Raises:
        InvalidVinError: The text is no VIN.
        PermissionRefusal: A reason for a wrong check digit is given by somebody who may not.
        ValidationRefusal: The VIN is known to be of another trim.
    """
    if override_reason:
        scope.caller.require(rights.OVERRIDE_VIN)
    report = vin.validate_vin(vin_text, override=bool(override_reason))
    known = await VehicleIdentity.filter(vin=report.vin).first()
    if known is None:
        known = VehicleIdentity(
            vin=report.vin,
            wmi=report.wmi,
            maker=vin.maker(report.vin) or "",
            model_years=list(report.years),
            trim_id=trim_id,
            check_digit_ok=report.check_digit_ok,
            override_reason="" if report.check_digit_ok else override_reason,
        )
        await known.save()
    elif known.trim_id is None:
        known.trim_id = trim_id
        await known.save()
    elif trim_id is not None and known.trim_id != trim_id:
        raise ValidationRefusal("this VIN is known to be of another trim", path=("vin",), rule="inventory_other_trim")
    return known


async def _check(scope: Scope, description: Description) -> Trim:
    trim = await Trim.filter(id=description.trim_id, archived_at=None).first()
    if trim is None:
        raise NotFoundRefusal("there is no such trim", path=("trim",))
    wanted = {description.exterior_color_id, description.interior_color_id} - {None}
    if await ColorCode.filter(id__in=wanted, archived_at=None).count() != len(wanted):
        raise NotFoundRefusal("there is no such colour", path=("exteriorColor",))
    if description.purchase_cost.amount_minor < 0:
        raise ValidationRefusal("a cost is not negative", path=("purchaseCost",), rule="inventory_negative")
    for index, code in enumerate(description.options):
        await require_code(scope, "inventory.option_pack", code, path=("options", index))
    return trim


async def _new(scope: Scope, description: Description, state: VehicleState, store_id: UUID) -> StockVehicle:
    return StockVehicle(
        store_id=store_id,
        stock_no=await next_number(scope, "SK", store_id=store_id),
        trim_id=description.trim_id,
        exterior_color_id=description.exterior_color_id,
        interior_color_id=description.interior_color_id,
        options=sorted(set(description.options)),
        condition=description.condition,
        state=state,
        purchase_cost=description.purchase_cost,
        landed_cost=description.purchase_cost,
    )


async def _send_off(scope: Scope, vehicle: StockVehicle, identity: VehicleIdentity, eta_on: date | None) -> None:
    supplier = await ledger.virtual_place(scope, WarehouseKind.SUPPLIER, vehicle.store_id)
    transit = await ledger.virtual_place(scope, WarehouseKind.TRANSIT, vehicle.store_id)
    line = Line(source=supplier, target=transit, value=vehicle.landed_cost, vehicle=vehicle)
    await ledger.post(scope, MovementKind.DISPATCH, f"vehicle:{vehicle.id}", [line], store_id=vehicle.store_id)
    sent = {"identity_id": identity.id, "vin": identity.vin, "warehouse_id": transit.id, "eta_on": eta_on}
    await stock.move(vehicle, VehicleState.IN_TRANSIT, sent)


async def _arrive(
    scope: Scope,
    vehicle: StockVehicle,
    identity: VehicleIdentity,
    arrival: Arrival,
    place: Warehouse,
    lines: list[Line],
) -> None:
    if arrival.hold_reason:
        await require_code(scope, "inventory.hold_reason", arrival.hold_reason, path=("holdReason",))
    landed = vehicle.landed_cost
    if arrival.freight is not None:
        if arrival.freight.currency != landed.currency or arrival.freight.amount_minor < 0:
            raise ValidationRefusal(
                "freight is in the currency of the cost, and not negative", path=("freight",), rule="inventory_freight"
            )
        landed = landed + arrival.freight
        supplier = await ledger.virtual_place(scope, WarehouseKind.SUPPLIER, vehicle.store_id)
        lines.append(Line(source=supplier, target=place, value=arrival.freight, vehicle=vehicle, quantity_milli=0))
    await _complete(identity, arrival)
    await ledger.post(scope, MovementKind.RECEIPT, f"vehicle:{vehicle.id}", lines, store_id=vehicle.store_id)
    values: dict[str, Any] = {
        "warehouse_id": place.id,
        "slot": arrival.slot or None,
        "received_at": scope.now(),
        "aged_from_on": local_date(scope.now(), scope.zone(vehicle.store_id)),
        "odometer_km": stock.later_odometer(vehicle, arrival.odometer_km),
        "landed_cost": landed,
        "hold_reason": arrival.hold_reason,
    }
    to = await _state_on_arrival(vehicle, arrival)
    if vehicle.state == to:
        await vehicle.change_where(where={"state": to}, **values)
    else:
        await stock.move(vehicle, to, values)
    scope.publish(
        VehicleReceived(
            vehicle_id=vehicle.id,
            vehicle_identity_id=identity.id,
            trim_id=vehicle.trim_id,
            warehouse_id=place.id,
            on_hold=bool(arrival.hold_reason),
        )
    )


async def _state_on_arrival(vehicle: StockVehicle, arrival: Arrival) -> VehicleState:
    if arrival.hold_reason:
        return VehicleState.ON_HOLD
    waited_for = await stock.hard_claim(vehicle.id) is not None
    return VehicleState.RESERVED if waited_for else VehicleState.IN_STOCK


async def _complete(identity: VehicleIdentity, arrival: Arrival) -> None:
    identity.engine_no = identity.engine_no or arrival.engine_no
    identity.produced_on = identity.produced_on or arrival.produced_on
    await identity.save()
