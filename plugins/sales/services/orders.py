"""Orders: from the accepted offer to the vehicle that stands ready and paid."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from forecourt import (
    ConflictRefusal,
    Money,
    PreconditionRefusal,
    Scope,
    ValidationRefusal,
    next_number,
)
from plugins.customers.api import (
    Customer,
    LifecycleTrigger,
    follow_lifecycle,
    note_deposit,
)
from plugins.inventory.api import (
    PdiReadiness,
    ReservationKind,
    StockVehicle,
    fitting_done,
    pdi_state,
    release,
    reserve,
)
from plugins.inventory.api import allocate as allocate_vehicle
from plugins.sales.events import OrderAllocated, OrderConfirmed
from plugins.sales.models.opportunities import Opportunity
from plugins.sales.models.orders import CommissionShare, OrderDiscount, OrderLine, SalesOrder
from plugins.sales.models.quotations import Quotation, QuotationDiscount, QuotationLine
from plugins.sales.services import opportunities
from plugins.sales.services.authority import require, sale_of
from plugins.sales.services.pricing import MILLI, Discount, LineKind, PriceLine, split_deposit, totals
from plugins.sales.services.states import RELEASED_ORDER_STATES, SALES_ORDER, OrderState, QuotationState
from plugins.sales.services.wording import said

_ADVANCING = (OrderState.ALLOCATED, OrderState.READY, OrderState.PAID)
_LINE_COLUMNS = (
    "line_no", "kind", "code", "name", "quantity_milli", "list_price", "price", "cost", "reference", "tax_bp",
    "tax_included", "net", "tax", "gross", "is_optional",
)  # fmt: skip
_DISCOUNT_COLUMNS = ("line_no", "kind", "amount", "tax_bp", "reason")
FULL_SHARE = 10_000


async def lock(order_id: UUID) -> SalesOrder:
    """Load an order for a change; another transaction that wants the same waits until this one has committed."""
    return await SalesOrder.filter(id=order_id).select_for_update().get()


async def create(
    scope: Scope, quotation: Quotation, *, deposit: Money, promised_on: date | None = None, contract_no: str = ""
) -> SalesOrder:
    """Make the order of an accepted offer, at its prices; the vehicle stays reserved for the deal.

    Args:
        deposit: What the customer pays at the signing; above a fifth of the total it is no earnest money.

    Raises:
        PreconditionRefusal: The offer was not accepted.
        ConflictRefusal: The deal has a live order already.
        VehicleAlreadyOrderedRefusal: Another live order has the vehicle.
    """
    if quotation.state != QuotationState.ACCEPTED:
        raise PreconditionRefusal(
            "an order needs an accepted quotation", missing=("ACCEPTED_QUOTATION",), rule="accepted"
        )
    await _only_one(quotation.opportunity_id)
    if not 0 <= deposit.amount_minor <= quotation.total.amount_minor or deposit.currency != quotation.total.currency:
        raise ValidationRefusal(
            "the deposit is in the order's currency and not above its total", path=("deposit",), rule="deposit"
        )
    split = split_deposit(quotation.total, deposit)
    order = SalesOrder(
        store_id=quotation.store_id,
        doc_no=await next_number(scope, "SO", store_id=quotation.store_id),
        customer_id=quotation.customer_id,
        opportunity_id=quotation.opportunity_id,
        quotation_id=quotation.id,
        owner_id=quotation.owner_id,
        trim_id=quotation.trim_id,
        vehicle_id=quotation.vehicle_id,
        vehicle_total=quotation.vehicle_price,
        goods_total=quotation.goods_total,
        agency_total=quotation.agency_total,
        discount_total=quotation.discount_total,
        accessories_total=quotation.accessories_total,
        tax_total=quotation.tax_total,
        cost_total=quotation.cost_total,
        total=quotation.total,
        given_away=quotation.given_away,
        earnest=split.earnest,
        refundable=split.refundable,
        deposit_note=_deposit_note(scope, split.refundable),
        received_total=Money(0, quotation.total.currency),
        promised_on=promised_on,
        contract_no=contract_no,
    )
    await order.save()
    await _copy_parts(order)
    return order


async def _only_one(opportunity_id: UUID) -> None:
    """Refuse a second order of a deal: the car of one would be held, and set free, in the name of the other."""
    await Opportunity.filter(id=opportunity_id).select_for_update().get()
    if await SalesOrder.filter(opportunity_id=opportunity_id, state__not_in=sorted(RELEASED_ORDER_STATES)).exists():
        raise ConflictRefusal(
            "this deal has its order; cancel it first, or open another deal for a further car", rule="deal_ordered"
        )


def _deposit_note(scope: Scope, refundable: Money) -> str:
    if not refundable.amount_minor:
        return ""
    text = "The part above 20 % of the total is no earnest money and is paid back in any case."
    return said(scope, "SALES_DEPOSIT_SPLIT", text)[:200]


async def _copy_parts(order: SalesOrder) -> None:
    """Copy lines and discounts of the accepted version and check that they come to the order's total."""
    lines = await QuotationLine.filter(quotation_id=order.quotation_id).order_by("line_no")
    discounts = await QuotationDiscount.filter(quotation_id=order.quotation_id).order_by("line_no")
    for line in lines:
        values: Mapping[str, Any] = {name: getattr(line, name) for name in _LINE_COLUMNS}
        await OrderLine(store_id=order.store_id, order_id=order.id, **values).save()
    for discount in discounts:
        values = {name: getattr(discount, name) for name in _DISCOUNT_COLUMNS}
        await OrderDiscount(store_id=order.store_id, order_id=order.id, **values).save()
    amounts = totals(
        [
            PriceLine(
                LineKind(line.kind),
                line.price,
                Decimal(line.quantity_milli) / MILLI,
                line.cost,
                line.tax_bp,
                line.tax_included,
            )
            for line in lines
        ],
        [Discount(one.amount, one.tax_bp) for one in discounts],
        currency=order.total.currency,
    )
    if amounts.amount != order.total:
        raise ConflictRefusal("the lines of this quotation don't come to its total; make a new version", rule="total")


async def confirm(
    scope: Scope, order: SalesOrder, *, signed_at: datetime | None = None, contract_no: str = ""
) -> SalesOrder:
    """Confirm an order whose contract is signed: the deal is won, the customer has ordered. Publishes `OrderConfirmed`.

    Raises:
        PreconditionRefusal: No deposit is named, or the deal lacks what the stages before ask for.
        DiscountLimitRefusal: Nobody has granted what is given away.
    """
    SALES_ORDER.check(order.state, OrderState.CONFIRMED)
    if not (order.earnest + order.refundable).amount_minor:
        raise PreconditionRefusal("a confirmed order has a deposit", missing=("DEPOSIT",), rule="deposit_missing")
    await require(scope, await sale_of(order))
    now = scope.now()
    signed = {
        "confirmed_at": now,
        "signed_at": min(signed_at or now, now),
        "contract_no": contract_no or order.contract_no,
    }
    await SALES_ORDER.move(order, OrderState.CONFIRMED, signed)
    opportunity = await Opportunity.get(id=order.opportunity_id)
    await opportunities.win(scope, opportunity)
    if order.vehicle_id is not None:
        await reserve(scope, order.vehicle_id, opportunities.holder_of(order.opportunity_id), ReservationKind.HARD)
    await follow_lifecycle(scope, order.customer_id, LifecycleTrigger.ORDER_CONFIRMED)
    await note_deposit(scope, await Customer.get(id=order.customer_id), True)
    scope.publish(
        OrderConfirmed(
            order_id=order.id,
            customer_id=order.customer_id,
            opportunity_id=order.opportunity_id,
            total_minor=order.total.amount_minor,
            earnest_minor=order.earnest.amount_minor,
            refundable_minor=order.refundable.amount_minor,
            currency=order.total.currency,
            store_id=order.store_id,
        )
    )
    return order


async def allocate(scope: Scope, order: SalesOrder, vehicle_id: UUID | None = None) -> SalesOrder:
    """Name the car of a confirmed order; its inspection is opened. Publishes `OrderAllocated`.

    Args:
        vehicle_id: Another one than was offered, of the same trim; the offered one without it.

    Raises:
        ValidationRefusal: There is none, it is another store's or of another trim, or the order is for no car.
        DiscountLimitRefusal: With this car more is given away than anybody has granted.
        VehicleNotAvailableError: Somebody else holds it.
    """
    SALES_ORDER.check(order.state, OrderState.ALLOCATED)
    wanted = vehicle_id or order.vehicle_id
    if wanted is None:
        raise ValidationRefusal("name the vehicle: the offer was for none", path=("vehicle",), rule="vehicle_missing")
    vehicle = await StockVehicle.filter(id=wanted, store_id=order.store_id, archived_at=None).first()
    if vehicle is None or order.trim_id not in (None, vehicle.trim_id):
        raise ValidationRefusal(
            "the vehicle is one of the store and of the ordered trim", path=("vehicle",), rule="trim"
        )
    if not await OrderLine.filter(order_id=order.id, kind=LineKind.VEHICLE).exists():
        raise ValidationRefusal("this order is for no car", path=("order",), rule="no_car")
    found = await require(scope, await sale_of(order, vehicle))
    holder = opportunities.holder_of(order.opportunity_id)
    if order.vehicle_id not in (None, wanted):
        await release(scope, holder)
    values = {"vehicle_id": wanted, "allocated_at": scope.now(), "given_away": found.amount}
    await SALES_ORDER.move(order, OrderState.ALLOCATED, values)
    await allocate_vehicle(scope, wanted, holder)
    scope.publish(OrderAllocated(order_id=order.id, vehicle_id=wanted, store_id=order.store_id))
    await check_ready(scope, order)
    return order


async def check_ready(scope: Scope, order: SalesOrder) -> None:
    """Note that the car stands ready, if it does: inspection passed, nothing left to fit."""
    if order.vehicle_id is None or order.ready_at is not None:
        await advance(scope, order)
        return
    passed = await pdi_state(scope, order.vehicle_id) == PdiReadiness.PASSED
    if passed and await fitting_done(scope, order.vehicle_id):
        await order.change_where(where={"ready_at": None}, ready_at=scope.now())
    await advance(scope, order)


async def advance(scope: Scope, order: SalesOrder) -> None:
    """Bring the state up to the instants: of READY and PAID it keeps the later one."""
    instants = ((order.ready_at, OrderState.READY), (order.paid_at, OrderState.PAID))
    reached = sorted(((at, state) for at, state in instants if at is not None), key=lambda pair: pair[0])
    for _, state in reached:
        behind = order.state in _ADVANCING and order.state != reached[-1][1] and order.state != state
        if behind and SALES_ORDER.may(order.state, state):
            await SALES_ORDER.move(order, state)


async def vehicle_changed(scope: Scope, vehicle_id: UUID) -> None:
    """Look at the order of a vehicle again, because something was done to the vehicle."""
    found = await SalesOrder.filter(vehicle_id=vehicle_id, state__in=[*_ADVANCING, OrderState.INVOICED]).first()
    if found is not None:
        await check_ready(scope, await lock(found.id))


async def split_commission(scope: Scope, order: SalesOrder, shares: Mapping[UUID, int]) -> SalesOrder:
    """Say whose sale it is and how much of it; the shares make 10 000 basis points.

    Raises:
        ValidationRefusal: They don't, or one is not positive.
    """
    if sum(shares.values()) != FULL_SHARE or any(share <= 0 for share in shares.values()):
        raise ValidationRefusal(
            f"the shares are positive and make {FULL_SHARE} basis points", path=("shares",), rule="shares"
        )
    present = {row.user_id: row for row in await CommissionShare.filter(order_id=order.id, archived_at=None)}
    for user_id, row in present.items():
        if user_id not in shares:
            await row.archive()
    for user_id, share in shares.items():
        row = present.get(user_id) or CommissionShare(
            store_id=order.store_id, order_id=order.id, user_id=user_id, share_bp=share
        )
        row.share_bp = share
        await row.save()
    return order
