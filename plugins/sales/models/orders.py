"""Orders: what was agreed, paid, invoiced and handed over."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any, ClassVar
from uuid import UUID

from forecourt import AppendOnlyModel, ConflictRefusal, IndexWhere, Model, UniqueWhere, User, fields
from plugins.customers.api import Customer
from plugins.inventory.api import StockVehicle, Trim
from plugins.sales.models.choices import ReceiptKind
from plugins.sales.models.opportunities import Opportunity
from plugins.sales.models.quotations import GivenDiscount, PricedLine, Quotation
from plugins.sales.services.refusals import VehicleAlreadyOrderedRefusal
from plugins.sales.services.states import LIVE_ORDER_STATES, RELEASED_ORDER_STATES, SALES_ORDER, OrderState

LIVE_ORDER = {"state": sorted(LIVE_ORDER_STATES), "archived_at": None}


class SalesOrder(Model):
    """A sale, from the accepted offer to the delivered car.

    Attributes:
        total: Σ rounded lines − Σ discounts; the invoice's amount.
        cost_total: What was sold cost the store: at first as quoted, at delivery with the vehicle's landed cost.
        given_away: As in the offer; again when the car was named and when it was delivered, with that car.
        earnest: The part of the deposit that the law lets be forfeited; `refundable` is the rest.
        received_total: Σ receipts, refunds taken off.
        forfeited, owed, refunded: Of a cancelled order: what the store keeps, what it still has to pay back, and what
            it has paid back; empty before.
        ready_at: The vehicle passed its inspection and nothing is left to fit.
        paid_at: The whole amount has come in. The state keeps the later of the two.
        former_state: Where a refused cancellation goes back to.
        delivered_on: The day in the store's zone.
    """

    doc_no = fields.CharField(max_length=40, searched=True)
    customer: fields.ForeignKeyRelation[Customer] = fields.ForeignKeyField("customers.Customer")
    customer_id: UUID
    opportunity: fields.ForeignKeyRelation[Opportunity] = fields.ForeignKeyField("sales.Opportunity")
    opportunity_id: UUID
    quotation: fields.ForeignKeyRelation[Quotation] = fields.ForeignKeyField("sales.Quotation")
    quotation_id: UUID
    owner: fields.ForeignKeyRelation[User] | None = fields.ForeignKeyField("core.User", null=True)
    owner_id: UUID | None
    state = fields.StateField(SALES_ORDER, max_length=20, db_index=True)
    former_state = fields.CharEnumField(OrderState, max_length=20, null=True)
    trim: fields.ForeignKeyRelation[Trim] | None = fields.ForeignKeyField("inventory.Trim", null=True)
    trim_id: UUID | None
    vehicle: fields.ForeignKeyRelation[StockVehicle] | None = fields.ForeignKeyField(
        "inventory.StockVehicle", null=True
    )
    vehicle_id: UUID | None
    vehicle_total = fields.MoneyField()
    goods_total = fields.MoneyField()
    agency_total = fields.MoneyField()
    discount_total = fields.MoneyField()
    accessories_total = fields.MoneyField()
    tax_total = fields.MoneyField()
    cost_total = fields.MoneyField()
    total = fields.MoneyField()
    given_away = fields.MoneyField(null=True)
    earnest = fields.MoneyField()
    refundable = fields.MoneyField()
    deposit_note = fields.CharField(max_length=200, default="")
    received_total = fields.MoneyField()
    forfeited = fields.MoneyField(null=True)
    owed = fields.MoneyField(null=True)
    refunded = fields.MoneyField(null=True)
    promised_on: date | None = fields.DateField(null=True)
    contract_no = fields.CharField(max_length=60, default="", searched=True)
    signed_at: datetime | None = fields.DatetimeField(null=True)
    confirmed_at: datetime | None = fields.DatetimeField(null=True)
    allocated_at: datetime | None = fields.DatetimeField(null=True)
    ready_at: datetime | None = fields.DatetimeField(null=True)
    paid_at: datetime | None = fields.DatetimeField(null=True)
    invoiced_at: datetime | None = fields.DatetimeField(null=True)
    delivered_at: datetime | None = fields.DatetimeField(null=True)
    delivered_on: date | None = fields.DateField(null=True, db_index=True)
    closed_at: datetime | None = fields.DatetimeField(null=True)
    cancel_reason = fields.CharField(max_length=60, default="")
    cancel_note = fields.CharField(max_length=300, default="")
    cancel_requested_by: fields.ForeignKeyRelation[User] | None = fields.ForeignKeyField("core.User", null=True)
    cancel_requested_by_id: UUID | None
    cancelled_at: datetime | None = fields.DatetimeField(null=True)

    constraint_refusals: ClassVar[Mapping[str, Any]] = {
        "sales_one_live_order_per_vehicle": lambda _: VehicleAlreadyOrderedRefusal(),
        "sales_one_live_order_per_quotation": lambda _: ConflictRefusal(
            "this quotation has its order already", rule="ordered"
        ),
    }

    class Meta:
        unique_together = (("store", "doc_no"),)
        indexes = (
            UniqueWhere(
                fields=("vehicle",),
                condition={"state__not": sorted(RELEASED_ORDER_STATES), "vehicle_id__isnull": False},
                name="sales_one_live_order_per_vehicle",
            ),
            UniqueWhere(
                fields=("quotation",),
                condition={"state__not": sorted(RELEASED_ORDER_STATES)},
                name="sales_one_live_order_per_quotation",
            ),
            IndexWhere(fields=("owner",), condition=LIVE_ORDER, name="sales_orders_in_hand"),
        )


class OrderLine(PricedLine):
    """One position of an order, as in the accepted offer."""

    order: fields.ForeignKeyRelation[SalesOrder] = fields.ForeignKeyField("sales.SalesOrder")
    order_id: UUID

    class Meta:
        unique_together = (("order", "line_no"),)


class OrderDiscount(GivenDiscount):
    """One discount of an order, as in the accepted offer."""

    order: fields.ForeignKeyRelation[SalesOrder] = fields.ForeignKeyField("sales.SalesOrder")
    order_id: UUID

    class Meta:
        unique_together = (("order", "line_no"),)


class CommissionShare(Model):
    """Somebody's part in a sale; all shares of an order make 10 000 basis points."""

    order: fields.ForeignKeyRelation[SalesOrder] = fields.ForeignKeyField("sales.SalesOrder")
    order_id: UUID
    user: fields.ForeignKeyRelation[User] = fields.ForeignKeyField("core.User")
    user_id: UUID
    share_bp = fields.IntField()

    class Meta:
        indexes = (
            UniqueWhere(fields=("order", "user"), condition={"archived_at": None}, name="sales_one_share_per_user"),
        )


class Receipt(AppendOnlyModel):
    """Money that came in for an order, or was paid back.

    Attributes:
        amount: Positive; a REFUND is taken off.
        method: A code of `sales.payment_method`.
        cashier: Somebody else than the order's owner.
    """

    doc_no = fields.CharField(max_length=40, searched=True)
    order: fields.ForeignKeyRelation[SalesOrder] = fields.ForeignKeyField("sales.SalesOrder")
    order_id: UUID
    kind = fields.CharEnumField(ReceiptKind, max_length=10)
    method = fields.CharField(max_length=60)
    amount = fields.MoneyField()
    reference = fields.CharField(max_length=120, default="", searched=True)
    received_at: datetime = fields.DatetimeField(db_index=True)
    received_on: date = fields.DateField(db_index=True)
    cashier: fields.ForeignKeyRelation[User] | None = fields.ForeignKeyField("core.User", null=True)
    cashier_id: UUID | None

    class Meta:
        unique_together = (("store", "doc_no"),)


class InvoiceRecord(Model):
    """The invoice of an order; a reversed one stays on record."""

    order: fields.ForeignKeyRelation[SalesOrder] = fields.ForeignKeyField("sales.SalesOrder")
    order_id: UUID
    number = fields.CharField(max_length=60, searched=True)
    amount = fields.MoneyField()
    tax_total = fields.MoneyField()
    issued_on: date = fields.DateField(db_index=True)
    reversed_at: datetime | None = fields.DatetimeField(null=True)

    class Meta:
        indexes = (
            UniqueWhere(fields=("order",), condition={"reversed_at": None}, name="sales_one_invoice_per_order"),
            UniqueWhere(fields=("store", "number"), condition={"archived_at": None}, name="sales_invoice_number"),
        )


class Delivery(AppendOnlyModel):
    """The handing over of a car.

    Attributes:
        checklist: Codes of `sales.delivery_check` that were gone through.
        documents: Codes of `sales.delivery_document` that were handed over.
        movement_id: The stock movement that took the car out.
    """

    order: fields.ForeignKeyRelation[SalesOrder] = fields.ForeignKeyField("sales.SalesOrder")
    order_id: UUID
    vehicle: fields.ForeignKeyRelation[StockVehicle] = fields.ForeignKeyField("inventory.StockVehicle")
    vehicle_id: UUID
    delivered_at: datetime = fields.DatetimeField()
    delivered_on: date = fields.DateField(db_index=True)
    odometer_km = fields.IntField()
    checklist: list[str] = fields.JSONField(default=list)
    documents: list[str] = fields.JSONField(default=list)
    signed_at: datetime = fields.DatetimeField()
    satisfaction: int | None = fields.IntField(null=True)
    handed_over_by: fields.ForeignKeyRelation[User] | None = fields.ForeignKeyField("core.User", null=True)
    handed_over_by_id: UUID | None
    movement_id: UUID = fields.UUIDField()

    class Meta:
        indexes = (UniqueWhere(fields=("order",), condition={"archived_at": None}, name="sales_one_delivery"),)
