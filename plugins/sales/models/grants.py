"""Who has answered for what is given away."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from forecourt import AppendOnlyModel, User, fields
from plugins.inventory.api import StockVehicle
from plugins.sales.models.orders import SalesOrder
from plugins.sales.models.quotations import Quotation


class PriceGrant(AppendOnlyModel):
    """What somebody with the authority for it has let be given away with an offer, or with the order made of it.

    Attributes:
        order: Empty where the offer itself was granted.
        vehicle: The car that it was reckoned with, if there was one.
        amount: All that was given away then; a sale that gives away more needs another grant.
        below_floor: By how much the car came below its floor price.
        trade_in: The value of a trade-in that he has let count.
        unpriced: Numbers of the lines whose worth nobody knew.
        reasons: Why the seller could not grant it himself; empty where he could.
        is_approval: Somebody else than the seller granted it; otherwise whoever took the step could himself.
    """

    quotation: fields.ForeignKeyRelation[Quotation] = fields.ForeignKeyField("sales.Quotation")
    quotation_id: UUID
    order: fields.ForeignKeyRelation[SalesOrder] | None = fields.ForeignKeyField("sales.SalesOrder", null=True)
    order_id: UUID | None
    vehicle: fields.ForeignKeyRelation[StockVehicle] | None = fields.ForeignKeyField(
        "inventory.StockVehicle", null=True
    )
    vehicle_id: UUID | None
    amount = fields.MoneyField()
    below_floor = fields.MoneyField()
    trade_in = fields.MoneyField()
    unpriced: list[int] = fields.JSONField(default=list)
    reasons: list[str] = fields.JSONField(default=list)
    is_approval = fields.BooleanField(default=False)
    granted_by: fields.ForeignKeyRelation[User] | None = fields.ForeignKeyField("core.User", null=True)
    granted_by_id: UUID | None
    granted_at: datetime = fields.DatetimeField()
    note = fields.CharField(max_length=300, default="")
