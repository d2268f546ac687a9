"""Commands on vehicles: how they come in, what happens to them in stock."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated

from pydantic import Field

from forecourt import Money, Permission
from forecourt.graphql import ID, Info, Input, command
from plugins.inventory import rights
from plugins.inventory.models.preparation import VehicleTransfer as VehicleTransferRow
from plugins.inventory.models.vehicles import Reservation as ReservationRow
from plugins.inventory.models.vehicles import StockVehicle as StockVehicleRow
from plugins.inventory.services import delivery, intake, reservations, stock, transfers
from plugins.inventory.services.intake import Arrival, Description
from plugins.inventory.services.kinds import Condition, Purpose, ReservationKind
from plugins.inventory.services.states import VehicleState
from plugins.inventory.types.catalogue import ColorCode, Trim
from plugins.inventory.types.preparation import VehicleTransfer
from plugins.inventory.types.vehicles import GroupStock, Reservation, StockVehicle, Warehouse

Kilometres = Annotated[int, Field(ge=0, le=2_000_000, description="Kilometres on the clock.")]
Vin = Annotated[str, Field(max_length=40, description="The VIN as read; spaces, hyphens and small letters do no harm.")]
Note = Annotated[str, Field(max_length=200, description="What to know about it.")]
Reason = Annotated[str, Field(max_length=60, description="A code of `inventory.hold_reason`.")]
OverrideReason = Annotated[
    str,
    Field(max_length=200, description="Why a wrong check digit is accepted; needs a permission of its own."),
]


class VehicleDescriptionInput(Input):
    """What is ordered or taken in."""

    trim: ID[Trim] = Field(description="Which version it is.")
    exterior_color: ID[ColorCode] = Field(description="Colour of the body.")
    interior_color: ID[ColorCode] | None = Field(None, description="Colour of the interior.")
    options: list[str] = Field(default_factory=list, max_length=40, description="Codes of `inventory.option_pack`.")
    purchase_cost: Money = Field(description="What the supplier is paid for one.")

    def described(self, condition: Condition = Condition.NEW) -> Description:
        """Return the same for the services."""
        return Description(
            trim_id=self.trim.uuid,
            exterior_color_id=self.exterior_color.uuid,
            interior_color_id=self.interior_color.uuid if self.interior_color else None,
            options=self.options,
            purchase_cost=self.purchase_cost,
            condition=condition,
        )


class ArrivalInput(Input):
    """What was found when a vehicle came in."""

    vin: Vin
    warehouse: ID[Warehouse] = Field(description="Where it is put.")
    slot: Annotated[str, Field(max_length=20)] | None = Field(None, description="Its place there.")
    odometer_km: Kilometres = 0
    hold_reason: Reason = Field("", description="Why it can't be sold yet, a code of `inventory.hold_reason`.")
    freight: Money | None = Field(None, description="What bringing it has cost beside its price.")
    engine_no: Annotated[str, Field(max_length=40)] = Field("", description="Number on the engine.")
    produced_on: date | None = Field(None, description="Day of production.")
    override_reason: OverrideReason = ""

    def found(self) -> Arrival:
        """Return the same for the services."""
        return Arrival(
            vin=self.vin,
            warehouse_id=self.warehouse.uuid,
            odometer_km=self.odometer_km,
            slot=self.slot,
            hold_reason=self.hold_reason,
            override_reason=self.override_reason,
            freight=self.freight,
            engine_no=self.engine_no,
            produced_on=self.produced_on,
        )


class OrderVehiclesInput(Input):
    """What a supplier has confirmed, and how many."""

    vehicle: VehicleDescriptionInput = Field(description="What the supplier has confirmed.")
    quantity: int = Field(1, ge=1, le=100, description="How many of them.")
    eta_on: date | None = Field(None, description="Day on which they are expected.")


@command(StockVehicle, permission=rights.ORDER)
async def order_vehicles(info: Info, input: OrderVehiclesInput) -> list[StockVehicleRow]:
    """Enter vehicles that a supplier has confirmed; their VINs come with the dispatch notice."""
    scope = info.scope
    return await intake.order(scope, input.vehicle.described(), input.quantity, input.eta_on, scope.store_id)


class ShipVehicleInput(Input):
    """Which vehicle the supplier has sent, with its VIN."""

    vehicle: ID[StockVehicle] = Field(description="A vehicle on order.")
    vin: Vin
    eta_on: date | None = Field(None, description="Day on which it is expected; unchanged without it.")
    override_reason: OverrideReason = ""


@command(StockVehicle, permission=rights.ORDER)
async def ship_vehicle(info: Info[StockVehicleRow], input: ShipVehicleInput) -> StockVehicleRow:
    """Note that the supplier has sent a vehicle; it is in transit, known by its VIN."""
    return await intake.ship(info.scope, info.subject.id, input.vin, input.eta_on, input.override_reason)


class ReceiveVehicleInput(Input):
    """Which announced vehicle has come, and how."""

    vehicle: ID[StockVehicle] = Field(description="A vehicle on order or in transit.")
    arrival: ArrivalInput = Field(description="What was found when it came in.")


@command(StockVehicle, permission=rights.RECEIVE)
async def receive_vehicle(info: Info[StockVehicleRow], input: ReceiveVehicleInput) -> StockVehicleRow:
    """Put an announced vehicle into stock; it is reserved at once for who waits for it."""
    return await intake.receive(info.scope, info.subject.id, input.arrival.found())


class TakeInVehicleInput(Input):
    """What a vehicle is that nobody announced, and how it came."""

    vehicle: VehicleDescriptionInput = Field(description="What it is.")
    condition: Condition = Field(Condition.NEW, description="New, used or a demonstrator.")
    arrival: ArrivalInput = Field(description="What was found when it came in.")


@command(StockVehicle, permission=rights.RECEIVE)
async def take_in_vehicle(info: Info, input: TakeInVehicleInput) -> StockVehicleRow:
    """Put a vehicle into stock that nobody announced, such as a trade-in."""
    described = input.vehicle.described(input.condition)
    return await intake.take_in(info.scope, described, input.arrival.found(), info.scope.store_id)


class ReserveVehicleInput(Input):
    """Which vehicle to hold, for whom and how long."""

    vehicle: ID[StockVehicle] = Field(description="A vehicle in stock or in transit.")
    kind: ReservationKind = Field(ReservationKind.HARD, description="HARD takes it out of what is available.")
    holder_ref: Annotated[str, Field(max_length=120)] = Field(
        "", description="What it is held for, such as a quotation; the caller himself without it."
    )
    expires_at: datetime | None = Field(None, description="When it ends; after the time the store has set without it.")
    note: Note = ""


@command(
    Reservation,
    permission=Permission("inventory.stock_vehicle.reserve", {"en": "Reserve vehicles", "zh-CN": "锁定车辆"}),
)
async def reserve_vehicle(info: Info[StockVehicleRow], input: ReserveVehicleInput) -> ReservationRow:
    """Reserve an available vehicle; of many who try at once, one gets it."""
    scope = info.scope
    ends = input.expires_at or await reservations.default_expiry(scope, input.kind)
    holder = input.holder_ref or scope.caller.actor
    return await reservations.reserve(scope, info.subject.id, holder, input.kind, ends, note=input.note)


class ReleaseReservationInput(Input):
    """Which claim to end."""

    reservation: ID[Reservation] = Field(description="A claim that is active.")


@command(
    Reservation,
    permission=Permission("inventory.reservation.release", {"en": "Release reservations", "zh-CN": "释放锁定"}),
)
async def release_reservation(info: Info[ReservationRow], input: ReleaseReservationInput) -> ReservationRow:
    """End a claim to a vehicle; the vehicle is available again if nobody else holds it."""
    scope = info.scope
    await reservations.release_by_hand(scope, info.subject)
    return info.subject


class HoldVehicleInput(Input):
    """Which vehicle not to sell for now, and why."""

    vehicle: ID[StockVehicle] = Field(description="A vehicle in stock.")
    reason: Reason


@command(StockVehicle, permission=rights.HOLD)
async def hold_vehicle(info: Info[StockVehicleRow], input: HoldVehicleInput) -> StockVehicleRow:
    """Stop the sale of a vehicle; a claim to it stays."""
    return await stock.hold(info.scope, info.subject.id, input.reason)


class LiftHoldInput(Input):
    """Which vehicle to give free again."""

    vehicle: ID[StockVehicle] = Field(description="A vehicle on hold.")


@command(StockVehicle, permission=rights.HOLD)
async def lift_hold(info: Info[StockVehicleRow], input: LiftHoldInput) -> StockVehicleRow:
    """Give a vehicle free again, or back to who has a claim to it."""
    return await stock.lift_hold(info.scope, info.subject.id)


class ChangeVehiclePurposeInput(Input):
    """What a vehicle is to be there for."""

    vehicle: ID[StockVehicle] = Field(description="A vehicle in stock.")
    purpose: Purpose = Field(description="What it is to be there for.")
    odometer_km: Annotated[int, Field(ge=0, le=2_000_000)] | None = Field(None, description="Kilometres on the clock.")


@command(
    StockVehicle,
    permission=Permission(
        "inventory.stock_vehicle.change_purpose", {"en": "Change vehicles' purpose", "zh-CN": "变更车辆用途"}
    ),
)
async def change_vehicle_purpose(info: Info[StockVehicleRow], input: ChangeVehiclePurposeInput) -> StockVehicleRow:
    """Make a vehicle a demonstrator, display car or loaner, or bring it back into sale."""
    return await stock.change_purpose(info.scope, info.subject.id, input.purpose, input.odometer_km)


class RestockVehicleInput(Input):
    """Which returned vehicle to sell again."""

    vehicle: ID[StockVehicle] = Field(description="A vehicle that came back from a customer.")


@command(StockVehicle, permission=rights.RECEIVE)
async def restock_vehicle(info: Info[StockVehicleRow], input: RestockVehicleInput) -> StockVehicleRow:
    """Put a vehicle that came back from a customer up for sale, now a used one."""
    return await delivery.restock(info.scope, info.subject.id)


class RetireVehicleInput(Input):
    """Which vehicle leaves stock for good, and why."""

    vehicle: ID[StockVehicle] = Field(description="A vehicle in stock or on hold.")
    note: Annotated[str, Field(min_length=1, max_length=200)] = Field(description="Why.")


@command(StockVehicle, permission=rights.RETIRE)
async def write_off_vehicle(info: Info[StockVehicleRow], input: RetireVehicleInput) -> StockVehicleRow:
    """Write a vehicle off; its stay in stock ends."""
    return await stock.retire(info.scope, info.subject.id, to=VehicleState.WRITTEN_OFF, note=input.note)


@command(StockVehicle, permission=rights.RETIRE)
async def return_vehicle_to_supplier(info: Info[StockVehicleRow], input: RetireVehicleInput) -> StockVehicleRow:
    """Give a vehicle back to its supplier; its stay in stock ends."""
    return await stock.retire(info.scope, info.subject.id, to=VehicleState.RETURNED_TO_SUPPLIER, note=input.note)


class TransferVehicleInput(Input):
    """Which vehicle to send where."""

    vehicle: ID[StockVehicle] = Field(description="A vehicle in stock that nobody holds.")
    target: ID[Warehouse] = Field(description="Where it goes: a physical place of any store of the group.")
    odometer_km: Kilometres
    carrier: Annotated[str, Field(max_length=80)] = Field("", description="Who brings it.")


@command(
    VehicleTransfer,
    permission=Permission(
        "inventory.vehicle_transfer.dispatch", {"en": "Send vehicles elsewhere", "zh-CN": "调拨出库"}
    ),
)
async def transfer_vehicle(info: Info[StockVehicleRow], input: TransferVehicleInput) -> VehicleTransferRow:
    """Send a vehicle to another place of the group."""
    return await transfers.dispatch(info.scope, info.subject.id, input.target.uuid, input.odometer_km, input.carrier)


class ReceiveTransferInput(Input):
    """Which transferred vehicle has arrived."""

    vehicle: ID[GroupStock] = Field(description="A vehicle on its way, still in the stock of who sent it.")
    odometer_km: Kilometres
    back: bool = Field(False, description="It came back to where it had left.")


@command(StockVehicle, permission=rights.RECEIVE_TRANSFER)
async def receive_transfer(info: Info, input: ReceiveTransferInput) -> StockVehicleRow:
    """Put a transferred vehicle into stock; it becomes that store's."""
    permission = rights.RECEIVE_TRANSFER
    transfer = await transfers.on_its_way(info.scope, input.vehicle.uuid, permission, back=input.back)
    return await transfers.arrive(info.scope, transfer, input.odometer_km, back=input.back)
