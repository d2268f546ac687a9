"""The catalogue: what can be ordered, in which colours, at what price, and the items kept in quantities."""

from __future__ import annotations

from datetime import date
from typing import Any
from uuid import UUID

from forecourt import GroupModel, ValidationRefusal, fields
from plugins.inventory.models.indexes import live_unique
from plugins.inventory.services.kinds import ColorKind, ItemKind, Powertrain, TrimStatus


class Brand(GroupModel):
    """A make of vehicles."""

    code = fields.CharField(max_length=40, searched=True)
    name = fields.CharField(max_length=80, searched=True)
    name_en = fields.CharField(max_length=80, default="", searched=True)

    class Meta:
        indexes = (live_unique("inventory_live_brand", "code"),)


class Series(GroupModel):
    """A model line of a brand."""

    brand: fields.ForeignKeyRelation[Brand] = fields.ForeignKeyField("inventory.Brand")
    brand_id: UUID
    code = fields.CharField(max_length=40, searched=True)
    name = fields.CharField(max_length=80, searched=True)
    name_en = fields.CharField(max_length=80, default="", searched=True)
    body = fields.CharField(max_length=40, default="")

    class Meta:
        indexes = (live_unique("inventory_live_series", "code"),)


class Trim(GroupModel):
    """One version of a series that can be ordered.

    Attributes:
        specification: The spec sheet by name, such as `{"wheelbase_mm": 2750}`.
    """

    series: fields.ForeignKeyRelation[Series] = fields.ForeignKeyField("inventory.Series")
    series_id: UUID
    code = fields.CharField(max_length=60, searched=True)
    name = fields.CharField(max_length=120, searched=True)
    name_en = fields.CharField(max_length=120, default="", searched=True)
    model_year = fields.IntField()
    powertrain = fields.CharEnumField(Powertrain, max_length=10)
    seats = fields.IntField(default=5)
    displacement_ml: int | None = fields.IntField(null=True)
    battery_wh: int | None = fields.IntField(null=True)
    range_km: int | None = fields.IntField(null=True)
    specification: dict[str, Any] = fields.JSONField(default=dict)
    status = fields.CharEnumField(TrimStatus, max_length=20, default=TrimStatus.ACTIVE)

    class Meta:
        indexes = (live_unique("inventory_live_trim", "code"),)


class ColorCode(GroupModel):
    """A colour of bodies or of interiors."""

    kind = fields.CharEnumField(ColorKind, max_length=10, default=ColorKind.EXTERIOR)
    code = fields.CharField(max_length=40, searched=True)
    name = fields.CharField(max_length=40, searched=True)
    name_en = fields.CharField(max_length=40, default="", searched=True)
    rgb = fields.CharField(max_length=7, default="")

    class Meta:
        indexes = (live_unique("inventory_live_color", "kind", "code"),)


class PriceItem(GroupModel):
    """What a trim costs from one day on.

    Attributes:
        valid_to: The last day; open without it. Where several are valid, the one that began last counts.
    """

    trim: fields.ForeignKeyRelation[Trim] = fields.ForeignKeyField("inventory.Trim")
    trim_id: UUID
    guide_price = fields.MoneyField()
    floor_price = fields.MoneyField(null=True)
    valid_from: date = fields.DateField()
    valid_to: date | None = fields.DateField(null=True)

    class Meta:
        indexes = (live_unique("inventory_live_price", "trim", "valid_from"),)

    async def prepare(self) -> None:
        if self.valid_to is not None and self.valid_to < self.valid_from:
            raise ValidationRefusal(
                "a price ends no earlier than it begins", path=("validTo",), rule="inventory_period"
            )
        floor = self.floor_price if self.floor_price_minor is not None else self.guide_price  # type: ignore[attr-defined]  # a column of the amount
        if floor.currency != self.guide_price.currency or floor.amount_minor > self.guide_price.amount_minor:
            raise ValidationRefusal(
                "the floor price is in the currency of the guide price and not above it",
                path=("floorPrice",),
                rule="inventory_floor_price",
            )


class Item(GroupModel):
    """An accessory, part or material that is kept in quantities.

    Attributes:
        unit: A code of `inventory.unit`.
    """

    kind = fields.CharEnumField(ItemKind, max_length=10)
    code = fields.CharField(max_length=40, searched=True)
    name = fields.CharField(max_length=120, searched=True)
    name_en = fields.CharField(max_length=120, default="", searched=True)
    unit = fields.CharField(max_length=20, default="PIECE")
    price = fields.MoneyField()
    minimum_milli = fields.BigIntField(default=0)

    class Meta:
        indexes = (live_unique("inventory_live_item", "code"),)
