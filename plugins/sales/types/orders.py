"""What the API shows of orders and what follows from them."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal

from forecourt import Money
from forecourt.graphql import Connection, User, computed, entity, extend, field
from plugins.customers.types.people import Customer
from plugins.inventory.types.catalogue import Trim
from plugins.inventory.types.vehicles import StockVehicle
from plugins.sales import rights
from plugins.sales.models.choices import ReceiptKind
from plugins.sales.models.orders import CommissionShare as CommissionShareRow
from plugins.sales.models.orders import Delivery as DeliveryRow
from plugins.sales.models.orders import InvoiceRecord as InvoiceRecordRow
from plugins.sales.models.orders import OrderDiscount as OrderDiscountRow
from plugins.sales.models.orders import OrderLine as OrderLineRow
from plugins.sales.models.orders import Receipt as ReceiptRow
from plugins.sales.models.orders import SalesOrder as SalesOrderRow
from plugins.sales.services.pricing import LineKind
from plugins.sales.services.states import OrderState
from plugins.sales.types.deals import Opportunity, Quotation


@entity(
    SalesOrderRow,
    search=["doc_no", "contract_no"],
    filter=[
        "doc_no", "state", "customer", "opportunity", "quotation", "owner", "trim", "vehicle", "total", "promised_on",
        "signed_at", "confirmed_at", "ready_at", "paid_at", "invoiced_at", "delivered_at", "delivered_on",
        "cancelled_at", "cancel_reason", "owed", "lines", "receipts", "invoices", "deliveries",
    ],
    order=["confirmed_at", "promised_on", "delivered_on", "total"],
    create=False,
    update=["promised_on"],
    archive=False,
    owner="owner_id",
)  # fmt: skip
class SalesOrder:
    """A sale, from the accepted offer to the delivered car."""

    doc_no: str
    """Its number."""
    customer: Customer
    """Who buys."""
    opportunity: Opportunity
    """The deal."""
    quotation: Quotation
    """The accepted offer."""
    owner: User | None
    """Whose sale it is."""
    state: OrderState
    """How far it has come; of READY and PAID it shows the later one."""
    trim: Trim | None
    """The version that is sold."""
    vehicle: StockVehicle | None
    """The very car."""
    vehicle_total: Money
    """What the car comes to, before discounts."""
    goods_total: Money
    """All but agency services, before discounts."""
    agency_total: Money
    """Agency services."""
    discount_total: Money
    """What is taken off."""
    accessories_total: Money
    """Accessories and their fitting, within the goods."""
    tax_total: Money
    """The tax within the total."""
    cost_total: Money | None = field(permission=rights.COST)
    """What it costs the store: as quoted until the delivery, then with what the car has really cost."""
    total: Money
    """What the customer pays: the sum of the rounded lines less the discounts."""
    given_away: Money | None = field(permission=rights.COST)
    """All that is given away, with its car once it has one: prices below guide and list, gifts and services at cost."""
    earnest: Money
    """The part of the deposit that he loses if he withdraws (定金)."""
    refundable: Money
    """The part of the deposit that is paid back in any case (订金)."""
    deposit_note: str
    """Why the deposit was split; empty if it was not."""
    received_total: Money
    """What has come in, refunds taken off."""
    forfeited: Money | None
    """Earnest money that the store keeps because the customer withdrew; null until the order is cancelled."""
    owed: Money | None
    """Still to be paid back of what really came in, earnest money twice if the store failed; null until cancelled."""
    refunded: Money | None
    """What was paid back; null until the order is cancelled."""
    promised_on: date | None
    """When the car was promised."""
    contract_no: str
    """Number of the contract."""
    signed_at: datetime | None
    """When the contract was signed."""
    confirmed_at: datetime | None
    """When it was confirmed."""
    allocated_at: datetime | None
    """When it got its car."""
    ready_at: datetime | None
    """When the car stood ready."""
    paid_at: datetime | None
    """When the whole amount had come in."""
    invoiced_at: datetime | None
    """When it was invoiced."""
    delivered_at: datetime | None
    """When the keys were handed over."""
    delivered_on: date | None
    """The day of that in the store's zone."""
    cancel_reason: str
    """Why it was called off: a code of `sales.cancel_reason`."""
    cancel_note: str
    """What was said about it."""
    cancel_requested_by: User | None
    """Who asked for it."""
    cancelled_at: datetime | None
    """When it was called off."""
    lines: Connection[OrderLine]
    """Its positions; order by `lineNo`."""
    discounts: Connection[OrderDiscount]
    """What is taken off."""
    receipts: Connection[Receipt]
    """What was paid."""
    invoices: Connection[InvoiceRecord]
    """Its invoices, a reversed one among them."""
    deliveries: Connection[Delivery]
    """The handing over."""
    shares: Connection[CommissionShare]
    """Whose sale it is, and how much of it."""


@entity(
    OrderLineRow,
    filter=["kind", "code", "is_optional"],
    order=["line_no"],
    create=False,
    visible_through="order",
)
class OrderLine:
    """One position of an order, as in the accepted offer."""

    order: SalesOrder
    """The order."""
    line_no: int
    """Its place, from 1."""
    kind: LineKind
    """What is sold with it."""
    code: str
    """Of the trim, option, item or service."""
    name: str
    """What it is called."""
    list_price: Money
    """List price of one unit."""
    price: Money
    """Price of one unit."""
    cost: Money | None = field(permission=rights.COST)
    """What one unit costs the store, net, as quoted."""
    reference: Money | None = field(permission=rights.COST)
    """By what one unit is measured: its list price, or the cost of services and gifts; null where nobody knows."""
    tax_bp: int
    """Tax rate in basis points."""
    tax_included: bool
    """Whether the price contains the tax."""
    net: Money
    """The line without tax."""
    tax: Money
    """Its tax."""
    gross: Money
    """The line with tax."""
    is_optional: bool
    """The customer may leave it out without any other price changing."""

    @computed
    @staticmethod
    def quantity(quantity_milli: int) -> Decimal:
        """How many units."""
        return Decimal(quantity_milli) / 1000


@entity(
    OrderDiscountRow,
    filter=["kind"],
    order=["line_no"],
    create=False,
    visible_through="order",
)
class OrderDiscount:
    """One discount of an order."""

    order: SalesOrder
    """The order."""
    line_no: int
    """Its place, from 1."""
    kind: str
    """A code of `sales.discount_kind`."""
    amount: Money
    """What is taken off, tax included."""
    reason: str
    """Why."""


@entity(
    CommissionShareRow,
    filter=["user"],
    order=["share_bp"],
    create=False,
    update=False,
    archive=False,
    visible_through="order",
)
class CommissionShare:
    """Somebody's part in a sale."""

    order: SalesOrder
    """The sale."""
    user: User
    """Whose part it is."""
    share_bp: int
    """How large it is; all of a sale make 10 000."""


@entity(
    ReceiptRow,
    search=["doc_no", "reference"],
    filter=["order", "kind", "method", "received_on", "received_at", "cashier", "amount"],
    order=["received_at", "amount"],
    create=False,
    visible_through="order",
)
class Receipt:
    """Money that came in for an order, or was paid back."""

    doc_no: str
    """Its number."""
    order: SalesOrder
    """For which order."""
    kind: ReceiptKind
    """Deposit, balance, or money paid back."""
    method: str
    """A code of `sales.payment_method`."""
    amount: Money
    """How much; positive for a refund too."""
    reference: str
    """What it is found by at the bank."""
    received_at: datetime
    """When."""
    received_on: date
    """The day of that in the store's zone."""
    cashier: User | None
    """Who took it."""


@entity(
    InvoiceRecordRow,
    search=["number"],
    filter=["order", "number", "issued_on", "reversed_at"],
    order=["issued_on"],
    create=False,
    update=False,
    archive=False,
    visible_through="order",
)
class InvoiceRecord:
    """The invoice of an order."""

    order: SalesOrder
    """The order."""
    number: str
    """Number of the invoice."""
    amount: Money
    """Its amount, which is the order's total."""
    tax_total: Money
    """The tax within it."""
    issued_on: date
    """Its day."""
    reversed_at: datetime | None
    """When it was reversed; null while it holds."""


@entity(
    DeliveryRow,
    filter=["order", "vehicle", "delivered_on", "satisfaction"],
    order=["delivered_at"],
    create=False,
    visible_through="order",
)
class Delivery:
    """The handing over of a car."""

    order: SalesOrder
    """The sale."""
    vehicle: StockVehicle
    """The car."""
    delivered_at: datetime
    """When."""
    delivered_on: date
    """The day of that in the store's zone."""
    odometer_km: int
    """Kilometres on the clock."""
    checklist: list[str]
    """What was gone through: codes of `sales.delivery_check`."""
    documents: list[str]
    """What was handed over: codes of `sales.delivery_document`."""
    signed_at: datetime
    """When the customer signed."""
    satisfaction: int | None
    """What he gives it, 1 to 10."""
    handed_over_by: User | None
    """Who handed it over."""


@extend(Customer, filter=["orders"])
class CustomerOrders:
    orders: Connection[SalesOrder] = field(via="customer")
    """What he has ordered."""


@extend(Opportunity, filter=["orders"])
class OpportunityOrders:
    orders: Connection[SalesOrder]
    """What came of it."""


@extend(StockVehicle, filter=["orders"])
class StockVehicleOrders:
    orders: Connection[SalesOrder]
    """Orders that it is or was for."""
