"""Offers: versions that are frozen once they are sent."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any, ClassVar
from uuid import UUID

from forecourt import AppendOnlyModel, Model, PreconditionRefusal, User, fields
from plugins.customers.api import Customer
from plugins.inventory.api import StockVehicle, Trim
from plugins.sales.models.opportunities import Opportunity
from plugins.sales.services.pricing import LineKind
from plugins.sales.services.states import QUOTATION, QuotationState

FROZEN_STATES = frozenset(QuotationState) - {QuotationState.DRAFT}


class Quotation(Model):
    """One version of an offer.

    Attributes:
        vehicle: The very car, if the offer is for one.
        guide_price, floor_price: Of the trim on the day the version was made: the snapshot of the price list.
        total: What the customer pays; `tax_total` is within it.
        given_away: Price below guide, gifts at cost, extras below list, services below cost; empty in old versions.
        approval_reasons: Why somebody else must approve it: AMOUNT, PERCENTAGE, FLOOR, UNPRICED; empty if nobody must.
        content_hash: SHA-256 of lines, discounts and totals, taken when it was sent.
    """

    doc_no = fields.CharField(max_length=40, searched=True)
    opportunity: fields.ForeignKeyRelation[Opportunity] = fields.ForeignKeyField("sales.Opportunity")
    opportunity_id: UUID
    customer: fields.ForeignKeyRelation[Customer] = fields.ForeignKeyField("customers.Customer")
    customer_id: UUID
    owner: fields.ForeignKeyRelation[User] | None = fields.ForeignKeyField("core.User", null=True)
    owner_id: UUID | None
    version_no = fields.IntField()
    state = fields.StateField(QUOTATION, max_length=20, db_index=True)
    valid_until: date = fields.DateField()
    trim: fields.ForeignKeyRelation[Trim] | None = fields.ForeignKeyField("inventory.Trim", null=True)
    trim_id: UUID | None
    vehicle: fields.ForeignKeyRelation[StockVehicle] | None = fields.ForeignKeyField(
        "inventory.StockVehicle", null=True
    )
    vehicle_id: UUID | None
    guide_price = fields.MoneyField(null=True)
    floor_price = fields.MoneyField(null=True)
    vehicle_price = fields.MoneyField()
    goods_total = fields.MoneyField()
    agency_total = fields.MoneyField()
    discount_total = fields.MoneyField()
    accessories_total = fields.MoneyField()
    tax_total = fields.MoneyField()
    cost_total = fields.MoneyField()
    gifts_total = fields.MoneyField()
    total = fields.MoneyField()
    given_away = fields.MoneyField(null=True)
    approval_reasons: list[str] = fields.JSONField(default=list)
    submitted_by: fields.ForeignKeyRelation[User] | None = fields.ForeignKeyField("core.User", null=True)
    submitted_by_id: UUID | None
    approved_by: fields.ForeignKeyRelation[User] | None = fields.ForeignKeyField("core.User", null=True)
    approved_by_id: UUID | None
    approved_at: datetime | None = fields.DatetimeField(null=True)
    approval_note = fields.CharField(max_length=300, default="")
    sent_at: datetime | None = fields.DatetimeField(null=True)
    discussed_at: datetime | None = fields.DatetimeField(null=True)
    answered_at: datetime | None = fields.DatetimeField(null=True)
    answer_note = fields.CharField(max_length=300, default="")
    content_hash = fields.CharField(max_length=64, default="")

    PRICED: ClassVar[frozenset[str]] = frozenset(
        f"{name}_{part}"
        for name in (
            "guide_price", "floor_price", "vehicle_price", "goods_total", "agency_total", "discount_total",
            "accessories_total", "tax_total", "cost_total", "gifts_total", "total",
        )
        for part in ("minor", "currency")
    ) | {"trim_id", "vehicle_id", "valid_until", "content_hash"}  # fmt: skip

    class Meta:
        unique_together = (("opportunity", "version_no"), ("store", "doc_no"))

    async def prepare(self) -> None:
        before = self.loaded_values
        if not self._saved_in_db or before.get("sent_at") is None:
            return
        if any(getattr(self, name) != before.get(name) for name in self.PRICED):
            raise frozen()

    async def change_where(self, *, where: dict[str, Any], **values: Any) -> bool:
        if self.sent_at is not None and self.PRICED & set(self.by_column(values)):
            raise frozen()
        return await super().change_where(where=where, **values)


def frozen() -> PreconditionRefusal:
    """Return the refusal of a change to an offer that has left the house."""
    return PreconditionRefusal("a quotation that was sent doesn't change; make a new version", rule="frozen")


class PricedLine(AppendOnlyModel):
    """One position: what, how much of it, at what price.

    Attributes:
        code: Of the trim, option, item or service.
        quantity_milli: Thousandths of a unit.
        list_price, price, cost: Of one unit; `cost` is net.
        reference: Of one unit, by which it is reckoned what is given away: the guide price of a vehicle, the list
            price of extras with tax, the net cost of services and gifts; empty where nobody knows it.
        tax_bp: Tax rate in basis points of the net amount; `tax_included` tells whether `price` contains it.
        net, tax, gross: Of the whole line, rounded half to even.
        is_optional: Agency services: the customer may leave them out and no other price changes.
    """

    line_no = fields.IntField()
    kind = fields.CharEnumField(LineKind, max_length=15)
    code = fields.CharField(max_length=60, default="")
    name = fields.CharField(max_length=200)
    quantity_milli = fields.BigIntField(default=1_000)
    list_price = fields.MoneyField()
    price = fields.MoneyField()
    cost = fields.MoneyField(null=True)
    reference = fields.MoneyField(null=True)
    tax_bp = fields.IntField(default=0)
    tax_included = fields.BooleanField(default=True)
    net = fields.MoneyField()
    tax = fields.MoneyField()
    gross = fields.MoneyField()
    is_optional = fields.BooleanField(default=False)

    class Meta:
        abstract = True


class GivenDiscount(AppendOnlyModel):
    """An amount off the goods; `kind` is a code of `sales.discount_kind`."""

    line_no = fields.IntField()
    kind = fields.CharField(max_length=60)
    amount = fields.MoneyField()
    tax_bp = fields.IntField(default=0)
    reason = fields.CharField(max_length=200, default="")

    class Meta:
        abstract = True


class QuotationLine(PricedLine):
    """One position of an offer."""

    quotation: fields.ForeignKeyRelation[Quotation] = fields.ForeignKeyField("sales.Quotation")
    quotation_id: UUID

    class Meta:
        unique_together = (("quotation", "line_no"),)


class QuotationDiscount(GivenDiscount):
    """One discount of an offer."""

    quotation: fields.ForeignKeyRelation[Quotation] = fields.ForeignKeyField("sales.Quotation")
    quotation_id: UUID

    class Meta:
        unique_together = (("quotation", "line_no"),)
