"""Commands on orders: agreed, allocated, paid, invoiced, delivered, called off."""

from __future__ import annotations

from datetime import date, datetime

from pydantic import Field

from forecourt import Money
from forecourt.graphql import ID, Info, Input, User, command
from plugins.inventory import api as inventory
from plugins.inventory.types.vehicles import StockVehicle
from plugins.sales import rights
from plugins.sales.models.choices import ReceiptKind
from plugins.sales.models.grants import PriceGrant as PriceGrantRow
from plugins.sales.models.orders import Delivery as DeliveryRow
from plugins.sales.models.orders import InvoiceRecord as InvoiceRecordRow
from plugins.sales.models.orders import Receipt as ReceiptRow
from plugins.sales.models.orders import SalesOrder as SalesOrderRow
from plugins.sales.models.quotations import Quotation as QuotationRow
from plugins.sales.services import deliveries, order_prices, orders, payments
from plugins.sales.services.deliveries import HandOver
from plugins.sales.types.deals import Quotation
from plugins.sales.types.grants import PriceGrant
from plugins.sales.types.orders import Delivery, InvoiceRecord, Receipt, SalesOrder


class CreateOrderInput(Input):
    """An order of an accepted offer."""

    quotation: ID[Quotation] = Field(description="The accepted offer; its prices are the order's.")
    deposit: Money = Field(description="What is paid at the signing; above 20 % of the total it is no earnest money.")
    promised_on: date | None = Field(None, description="When the car is promised.")
    contract_no: str = Field("", max_length=60, description="Number of the contract.")


@command(SalesOrder, permission=rights.ORDER)
async def create_order(info: Info[QuotationRow], input: CreateOrderInput) -> SalesOrderRow:
    """Make the order of an accepted offer."""
    return await orders.create(
        info.scope,
        info.subject,
        deposit=input.deposit,
        promised_on=input.promised_on,
        contract_no=input.contract_no,
    )


class ConfirmOrderInput(Input):
    """An order whose contract is signed."""

    order: ID[SalesOrder] = Field(description="A draft.")
    signed_at: datetime | None = Field(None, description="When it was signed; now without it.")
    contract_no: str = Field("", max_length=60, description="Number of the contract.")


@command(SalesOrder, permission=rights.CONFIRM)
async def confirm_order(info: Info[SalesOrderRow], input: ConfirmOrderInput) -> SalesOrderRow:
    """Confirm an order whose contract is signed: the deal is won."""
    return await orders.confirm(info.scope, info.subject, signed_at=input.signed_at, contract_no=input.contract_no)


class AllocateVehicleInput(Input):
    """The car of an order."""

    order: ID[SalesOrder] = Field(description="A confirmed order.")
    vehicle: ID[StockVehicle] | None = Field(None, description="The car; the offered one without it.")


@command(SalesOrder, permission=rights.ALLOCATE)
async def allocate_vehicle(info: Info[SalesOrderRow], input: AllocateVehicleInput) -> SalesOrderRow:
    """Name the car of a confirmed order; its inspection is opened."""
    vehicle_id = None
    if input.vehicle is not None:
        vehicle_id = (await info.scope.get(inventory.StockVehicle, input.vehicle.uuid)).id
    return await orders.allocate(info.scope, info.subject, vehicle_id)


class ApproveOrderPriceInput(Input):
    """An order with which more is given away than was granted with its offer."""

    order: ID[SalesOrder] = Field(description="An order that is not delivered.")
    vehicle: ID[StockVehicle] | None = Field(None, description="The car it is to get; the one it has without it.")
    note: str = Field("", max_length=300, description="What to say about it.")


@command(PriceGrant, permission=rights.APPROVE_QUOTATION)
async def approve_order_price(info: Info[SalesOrderRow], input: ApproveOrderPriceInput) -> PriceGrantRow:
    """Grant what an order gives away with its car, up to as much as that is now; nobody does so for himself."""
    vehicle_id = input.vehicle.uuid if input.vehicle else None
    return await order_prices.approve(info.scope, info.subject, vehicle_id, input.note)


class RecordReceiptInput(Input):
    """Money that came in, or is paid back."""

    order: ID[SalesOrder] = Field(description="For which order.")
    kind: ReceiptKind = Field(ReceiptKind.BALANCE, description="Deposit, balance or refund.")
    method: str = Field(max_length=60, description="A code of `sales.payment_method`.")
    amount: Money = Field(description="How much; positive for a refund too.")
    reference: str = Field("", max_length=120, description="What it is found by at the bank.")


@command(Receipt, permission=rights.COLLECT)
async def record_receipt(info: Info[SalesOrderRow], input: RecordReceiptInput) -> ReceiptRow:
    """Record money for an order; nobody takes the money for his own sale."""
    return await payments.record(
        info.scope, info.subject, kind=input.kind, method=input.method, amount=input.amount, reference=input.reference
    )


class IssueInvoiceInput(Input):
    """An invoice that was written."""

    order: ID[SalesOrder] = Field(description="A paid order.")
    number: str = Field(min_length=1, max_length=60, description="Number of the invoice.")
    issued_on: date | None = Field(None, description="Its day; today without it.")


@command(InvoiceRecord, permission=rights.INVOICE)
async def issue_invoice(info: Info[SalesOrderRow], input: IssueInvoiceInput) -> InvoiceRecordRow:
    """Record the invoice of a paid order."""
    return await payments.invoice(info.scope, info.subject, input.number, input.issued_on)


class DeliverOrderInput(Input):
    """What is said when the keys are handed over."""

    order: ID[SalesOrder] = Field(description="An invoiced order whose car stands ready.")
    odometer_km: int = Field(ge=0, le=2_000_000, description="Kilometres on the clock.")
    checklist: list[str] = Field(
        default_factory=list, max_length=50, description="What was gone through: codes of `sales.delivery_check`."
    )
    documents: list[str] = Field(
        default_factory=list, max_length=50, description="What was handed over: codes of `sales.delivery_document`."
    )
    signed: bool = Field(description="The customer has signed for it.")
    satisfaction: int | None = Field(None, ge=1, le=10, description="What he gives it, 1 to 10.")


@command(Delivery, permission=rights.DELIVER)
async def deliver_order(info: Info[SalesOrderRow], input: DeliverOrderInput) -> DeliveryRow:
    """Hand a car over: stock, customer, deal and order change together, or nothing does."""
    hand_over = HandOver(
        odometer_km=input.odometer_km,
        checklist=input.checklist,
        documents=input.documents,
        signed=input.signed,
        satisfaction=input.satisfaction,
    )
    return await deliveries.deliver(info.scope, info.subject, hand_over)


class RequestOrderCancellationInput(Input):
    """Why a sale is to be called off."""

    order: ID[SalesOrder] = Field(description="An order that is not delivered.")
    reason: str = Field(max_length=60, description="A code of `sales.cancel_reason`.")
    note: str = Field("", max_length=300, description="What happened; needed for OTHER.")


@command(SalesOrder, permission=rights.REQUEST_CANCEL)
async def request_order_cancellation(info: Info[SalesOrderRow], input: RequestOrderCancellationInput) -> SalesOrderRow:
    """Ask to call a sale off; a draft is called off at once."""
    return await deliveries.request_cancellation(info.scope, info.subject, input.reason, input.note)


class DecideCancellationInput(Input):
    """A decision about an order that is to be called off."""

    order: ID[SalesOrder] = Field(description="An order whose cancellation was requested.")


class CancelOrderInput(DecideCancellationInput):
    """A sale that is called off."""


class KeepOrderInput(DecideCancellationInput):
    """A sale that goes on."""


@command(SalesOrder, permission=rights.CANCEL)
async def cancel_order(info: Info[SalesOrderRow], input: CancelOrderInput) -> SalesOrderRow:
    """Call a sale off: its car is free again, its invoice reversed, the deal open."""
    return await deliveries.decide_cancellation(info.scope, info.subject, approve=True)


@command(SalesOrder, permission=rights.CANCEL)
async def keep_order(info: Info[SalesOrderRow], input: KeepOrderInput) -> SalesOrderRow:
    """Refuse a cancellation: everything goes on where it was."""
    return await deliveries.decide_cancellation(info.scope, info.subject, approve=False)


class CommissionShareInput(Input):
    """Somebody's part in a sale."""

    user: ID[User] = Field(description="Whose part it is.")
    share_bp: int = Field(ge=1, le=10_000, description="How large it is.")


class SplitCommissionInput(Input):
    """Whose sale it is."""

    order: ID[SalesOrder] = Field(description="The sale.")
    shares: list[CommissionShareInput] = Field(min_length=1, max_length=20, description="Parts that make 10 000.")


@command(SalesOrder, permission=rights.SPLIT)
async def split_commission(info: Info[SalesOrderRow], input: SplitCommissionInput) -> SalesOrderRow:
    """Say whose sale it is and how much of it."""
    return await orders.split_commission(
        info.scope, info.subject, {one.user.uuid: one.share_bp for one in input.shares}
    )
