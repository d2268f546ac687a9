"""The closed ledger: documents, their lines, and the sums of them."""

from __future__ import annotations

from datetime import date, datetime
from uuid import UUID

from forecourt import AppendOnlyModel, ConflictRefusal, Model, UniqueWhere, ValidationRefusal, fields
from plugins.inventory.models.catalogue import Item
from plugins.inventory.models.vehicles import StockVehicle, Warehouse
from plugins.inventory.services.kinds import MovementKind


class StockMovement(AppendOnlyModel):
    """A posted document of the ledger; it never changes, its mirror takes it back.

    Attributes:
        source_ref: What caused it, such as `sales_order:0192…`; with the kind it is unique in the group, so that
            nothing moves twice.
    """

    doc_no = fields.CharField(max_length=40, searched=True)
    kind = fields.CharEnumField(MovementKind, max_length=20)
    source_ref = fields.CharField(max_length=120, searched=True)
    posted_at: datetime = fields.DatetimeField(db_index=True)
    posted_on: date = fields.DateField(db_index=True)
    note = fields.CharField(max_length=200, default="")
    reverses: fields.ForeignKeyRelation[StockMovement] | None = fields.ForeignKeyField(
        "inventory.StockMovement", null=True
    )
    reverses_id: UUID | None

    class Meta:
        unique_together = (("kind", "source_ref"), ("store", "doc_no"))
        indexes = (
            UniqueWhere(fields=("reverses",), condition={"reverses_id__isnull": False}, name="inventory_one_reversal"),
        )

    constraint_refusals = {  # noqa: RUF012 - a declaration, read once
        "inventory_one_reversal": lambda _: ConflictRefusal(
            "this movement has been reversed already", rule="inventory_reversed"
        ),
    }


class MovementLine(AppendOnlyModel):
    """What one movement carries of one thing from one place to another.

    Attributes:
        quantity_milli: Thousandths of the item's unit; 1000 for a vehicle, 0 where its value changes alone.
        value: What goes with it, at cost.
    """

    movement: fields.ForeignKeyRelation[StockMovement] = fields.ForeignKeyField("inventory.StockMovement")
    movement_id: UUID
    line_no = fields.IntField()
    vehicle: fields.ForeignKeyRelation[StockVehicle] | None = fields.ForeignKeyField(
        "inventory.StockVehicle", null=True
    )
    vehicle_id: UUID | None
    item: fields.ForeignKeyRelation[Item] | None = fields.ForeignKeyField("inventory.Item", null=True)
    item_id: UUID | None
    quantity_milli = fields.BigIntField()
    source: fields.ForeignKeyRelation[Warehouse] = fields.ForeignKeyField("inventory.Warehouse")
    source_id: UUID
    target: fields.ForeignKeyRelation[Warehouse] = fields.ForeignKeyField("inventory.Warehouse")
    target_id: UUID
    value = fields.MoneyField()

    class Meta:
        unique_together = (("movement", "line_no"),)

    async def prepare(self) -> None:
        if (self.vehicle_id is None) == (self.item_id is None):
            raise ValidationRefusal("a line moves a vehicle or an item, one of them", rule="inventory_one_thing")


class StockBalance(Model):
    """What one place holds of one thing: the sum of all lines there, kept with each posting."""

    warehouse: fields.ForeignKeyRelation[Warehouse] = fields.ForeignKeyField("inventory.Warehouse")
    warehouse_id: UUID
    vehicle: fields.ForeignKeyRelation[StockVehicle] | None = fields.ForeignKeyField(
        "inventory.StockVehicle", null=True
    )
    vehicle_id: UUID | None
    item: fields.ForeignKeyRelation[Item] | None = fields.ForeignKeyField("inventory.Item", null=True)
    item_id: UUID | None
    quantity_milli = fields.BigIntField(default=0)
    value = fields.MoneyField()

    class Meta:
        indexes = (
            UniqueWhere(
                fields=("warehouse", "vehicle"),
                condition={"vehicle_id__isnull": False},
                name="inventory_one_vehicle_balance",
            ),
            UniqueWhere(
                fields=("warehouse", "item"), condition={"item_id__isnull": False}, name="inventory_one_item_balance"
            ),
        )
