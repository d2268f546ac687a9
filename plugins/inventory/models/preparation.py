"""What is done to a vehicle before it leaves: fitting, inspection, transfer."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from forecourt import Model, UniqueWhere, fields
from plugins.inventory.models.catalogue import Item
from plugins.inventory.models.vehicles import StockVehicle, Warehouse
from plugins.inventory.services.kinds import FittingCharge
from plugins.inventory.services.states import FITTING, PDI, TRANSFER, TransferState


class FittingJob(Model):
    """Accessories that are built into a vehicle.

    Attributes:
        cost: What the items cost that were taken for it; zero until it begins.
        price: What the customer pays for it; zero unless he is charged.
    """

    doc_no = fields.CharField(max_length=40, searched=True)
    vehicle: fields.ForeignKeyRelation[StockVehicle] = fields.ForeignKeyField("inventory.StockVehicle")
    vehicle_id: UUID
    warehouse: fields.ForeignKeyRelation[Warehouse] = fields.ForeignKeyField("inventory.Warehouse")
    warehouse_id: UUID
    charge = fields.CharEnumField(FittingCharge, max_length=20)
    state = fields.StateField(FITTING, max_length=20)
    technician: fields.ForeignKeyRelation[Any] | None = fields.ForeignKeyField("core.User", null=True)
    technician_id: UUID | None
    scheduled_at: datetime | None = fields.DatetimeField(null=True)
    finished_at: datetime | None = fields.DatetimeField(null=True)
    cost = fields.MoneyField()
    price = fields.MoneyField()
    rounds = fields.IntField(default=1)
    source_ref = fields.CharField(max_length=120, default="")
    note = fields.CharField(max_length=200, default="")

    class Meta:
        unique_together = (("store", "doc_no"),)
        indexes = (
            UniqueWhere(fields=("source_ref",), condition={"source_ref__not": ""}, name="inventory_fitting_source"),
        )


class FittingLine(Model):
    """One item of a fitting job."""

    job: fields.ForeignKeyRelation[FittingJob] = fields.ForeignKeyField("inventory.FittingJob")
    job_id: UUID
    item: fields.ForeignKeyRelation[Item] = fields.ForeignKeyField("inventory.Item")
    item_id: UUID
    quantity_milli = fields.BigIntField(default=1000)


class PdiInspection(Model):
    """One round of inspection before delivery.

    Attributes:
        results: `[{"code": "TYRES", "ok": true, "note": ""}]` over the codes of `inventory.pdi_check`.
    """

    vehicle: fields.ForeignKeyRelation[StockVehicle] = fields.ForeignKeyField("inventory.StockVehicle")
    vehicle_id: UUID
    round_no = fields.IntField(default=1)
    checklist_version = fields.CharField(max_length=20, default="1")
    results: list[dict[str, Any]] = fields.JSONField(default=list)
    state = fields.StateField(PDI, max_length=20)
    inspector: fields.ForeignKeyRelation[Any] | None = fields.ForeignKeyField("core.User", null=True)
    inspector_id: UUID | None
    odometer_km: int | None = fields.IntField(null=True)
    started_at: datetime | None = fields.DatetimeField(null=True)
    finished_at: datetime | None = fields.DatetimeField(null=True)

    class Meta:
        unique_together = (("vehicle", "round_no"),)


class VehicleTransfer(Model):
    """A vehicle on its way from one place of the group to another; it belongs to the store that sends it."""

    doc_no = fields.CharField(max_length=40, searched=True)
    vehicle: fields.ForeignKeyRelation[StockVehicle] = fields.ForeignKeyField("inventory.StockVehicle")
    vehicle_id: UUID
    source: fields.ForeignKeyRelation[Warehouse] = fields.ForeignKeyField("inventory.Warehouse")
    source_id: UUID
    target: fields.ForeignKeyRelation[Warehouse] = fields.ForeignKeyField("inventory.Warehouse")
    target_id: UUID
    state = fields.StateField(TRANSFER, max_length=20)
    carrier = fields.CharField(max_length=80, default="")
    odometer_out_km = fields.IntField()
    odometer_in_km: int | None = fields.IntField(null=True)
    received_at: datetime | None = fields.DatetimeField(null=True)

    class Meta:
        unique_together = (("store", "doc_no"),)
        indexes = (
            UniqueWhere(
                fields=("vehicle",), condition={"state": TransferState.DISPATCHED}, name="inventory_one_transfer"
            ),
        )
