"""Vehicles: each one of the world, its stays in stock, and where it stands."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any
from uuid import UUID

from forecourt import ConflictRefusal, GroupModel, IndexWhere, Model, UniqueWhere, fields
from plugins.inventory.models.catalogue import ColorCode, Trim
from plugins.inventory.models.indexes import live_unique
from plugins.inventory.services.kinds import PHYSICAL, Condition, Purpose, ReservationKind, WarehouseKind
from plugins.inventory.services.refusals import SlotOccupiedError
from plugins.inventory.services.states import CLOSED_STATES, RESERVATION, STOCK_VEHICLE, ReservationState


class VehicleIdentity(GroupModel):
    """One vehicle of the world, known by its VIN, however often it comes into stock.

    Attributes:
        override_reason: Why a wrong check digit was accepted where the law wants a right one.
    """

    vin = fields.CharField(max_length=17, unique=True, searched=True)
    engine_no = fields.CharField(max_length=40, default="", searched=True)
    motor_no = fields.CharField(max_length=40, default="")
    wmi = fields.CharField(max_length=3)
    maker = fields.CharField(max_length=80, default="")
    model_years: list[int] = fields.JSONField(default=list)
    trim: fields.ForeignKeyRelation[Trim] | None = fields.ForeignKeyField("inventory.Trim", null=True)
    trim_id: UUID | None
    produced_on: date | None = fields.DateField(null=True)
    check_digit_ok = fields.BooleanField()
    override_reason = fields.CharField(max_length=200, default="")


class Warehouse(Model):
    """A place of a store where stock is; the virtual ones close the ledger.

    Attributes:
        capacity: How many vehicles fit in; no limit without it.
        occupied: How many stand there; kept by the ledger.
    """

    code = fields.CharField(max_length=40, searched=True)
    name = fields.CharField(max_length=80, searched=True)
    kind = fields.CharEnumField(WarehouseKind, max_length=20, default=WarehouseKind.WAREHOUSE)
    capacity: int | None = fields.IntField(null=True)
    occupied = fields.IntField(default=0)

    class Meta:
        indexes = (
            live_unique("inventory_live_warehouse", "store", "code"),
            UniqueWhere(
                fields=("store", "kind"),
                condition={"kind__not": sorted(PHYSICAL), "archived_at": None},
                name="inventory_one_virtual_warehouse",
            ),
        )


def _open_episode(_: object) -> ConflictRefusal:
    return ConflictRefusal(
        "this vehicle is in stock already, here or at another store of the group", rule="inventory_in_stock"
    )


class StockVehicle(Model):
    """A vehicle's stay in stock, from its order to its delivery.

    Attributes:
        identity: Empty while it is on order and its VIN isn't known.
        vin: The identity's, so that stock can be searched by it.
        options: Codes of option packs; `option_key` is the same, sorted, as one text to filter by.
        cert_pledged: The certificate of conformity lies with a bank, so the vehicle can't be delivered.
    """

    stock_no = fields.CharField(max_length=40, searched=True)
    identity: fields.ForeignKeyRelation[VehicleIdentity] | None = fields.ForeignKeyField(
        "inventory.VehicleIdentity", null=True
    )
    identity_id: UUID | None
    vin = fields.CharField(max_length=17, null=True, db_index=True, searched=True)
    trim: fields.ForeignKeyRelation[Trim] = fields.ForeignKeyField("inventory.Trim")
    trim_id: UUID
    exterior_color: fields.ForeignKeyRelation[ColorCode] = fields.ForeignKeyField("inventory.ColorCode")
    exterior_color_id: UUID
    interior_color: fields.ForeignKeyRelation[ColorCode] | None = fields.ForeignKeyField(
        "inventory.ColorCode", null=True
    )
    interior_color_id: UUID | None
    options: list[str] = fields.JSONField(default=list)
    option_key = fields.CharField(max_length=200, default="")
    condition = fields.CharEnumField(Condition, max_length=10, default=Condition.NEW)
    purpose = fields.CharEnumField(Purpose, max_length=20, default=Purpose.SALE)
    state = fields.StateField(STOCK_VEHICLE, max_length=30)
    warehouse: fields.ForeignKeyRelation[Warehouse] | None = fields.ForeignKeyField("inventory.Warehouse", null=True)
    warehouse_id: UUID | None
    slot = fields.CharField(max_length=20, null=True)
    purchase_cost = fields.MoneyField()
    landed_cost = fields.MoneyField()
    eta_on: date | None = fields.DateField(null=True)
    received_at: datetime | None = fields.DatetimeField(null=True)
    aged_from_on: date | None = fields.DateField(null=True)
    odometer_km = fields.IntField(default=0)
    key_no = fields.CharField(max_length=20, default="")
    cert_no = fields.CharField(max_length=40, default="")
    cert_pledged = fields.BooleanField(default=False)
    hold_reason = fields.CharField(max_length=60, default="")

    class Meta:
        indexes = (
            live_unique("inventory_live_stock_no", "store", "stock_no"),
            UniqueWhere(
                fields=("identity",), condition={"state__not": sorted(CLOSED_STATES)}, name="inventory_one_open_episode"
            ),
            UniqueWhere(
                fields=("warehouse", "slot"), condition={"slot__isnull": False}, name="inventory_one_vehicle_per_slot"
            ),
            IndexWhere(
                fields=("trim", "state"), condition={"state__not": sorted(CLOSED_STATES)}, name="inventory_open_stock"
            ),
        )

    constraint_refusals = {  # noqa: RUF012 - a declaration, read once
        "inventory_one_open_episode": _open_episode,
        "inventory_one_vehicle_per_slot": lambda broken: SlotOccupiedError(broken.row.slot, broken.taken_by),
    }

    async def prepare(self) -> None:
        self.option_key = "+".join(sorted(self.options))[:200]


class Reservation(Model):
    """Somebody's claim to a vehicle.

    Attributes:
        holder_ref: For what, such as `sales_order:0192…` or `user:0192…`.
        owner_id: The user who asked for it.
    """

    vehicle: fields.ForeignKeyRelation[StockVehicle] = fields.ForeignKeyField("inventory.StockVehicle")
    vehicle_id: UUID
    holder_ref = fields.CharField(max_length=120, db_index=True, searched=True)
    owner: fields.ForeignKeyRelation[Any] | None = fields.ForeignKeyField("core.User", null=True)
    owner_id: UUID | None
    kind = fields.CharEnumField(ReservationKind, max_length=10)
    state = fields.StateField(RESERVATION, max_length=20)
    expires_at: datetime | None = fields.DatetimeField(null=True)
    closed_at: datetime | None = fields.DatetimeField(null=True)
    note = fields.CharField(max_length=200, default="")

    class Meta:
        indexes = (
            UniqueWhere(
                fields=("vehicle",),
                condition={"kind": ReservationKind.HARD, "state": ReservationState.ACTIVE},
                name="inventory_one_hard_reservation",
            ),
            UniqueWhere(
                fields=("vehicle", "holder_ref", "kind"),
                condition={"state": ReservationState.ACTIVE},
                name="inventory_one_claim_per_holder",
            ),
            IndexWhere(
                fields=("expires_at",), condition={"state": ReservationState.ACTIVE}, name="inventory_reservation_ends"
            ),
        )
