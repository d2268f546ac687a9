"""The end of a sale: the keys are handed over, or it is called off."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from forecourt import Money, Scope, ValidationRefusal, local_date, require_code, settings, total
from plugins.customers.api import (
    Customer,
    LifecycleTrigger,
    add_owned_vehicle,
    follow_lifecycle,
    note_deposit,
)
from plugins.inventory.api import (
    FittingCharge,
    FittingJob,
    FittingState,
    PdiReadiness,
    StockVehicle,
    Trim,
    fitting_done,
    issue_to_customer,
    pdi_state,
    release,
)
from plugins.sales import rights
from plugins.sales.code_lists import (
    CANCEL_REASONS,
    DELIVERY_CHECKS,
    DELIVERY_DOCUMENTS,
    OTHER,
)
from plugins.sales.events import OrderCancelled, VehicleDelivered
from plugins.sales.models.opportunities import Opportunity
from plugins.sales.models.orders import Delivery, InvoiceRecord, OrderLine, SalesOrder
from plugins.sales.services import opportunities, orders, settlement
from plugins.sales.services.authority import require, sale_of
from plugins.sales.services.pricing import LineKind
from plugins.sales.services.refusals import SecondPersonRefusal
from plugins.sales.services.states import (
    SALES_ORDER,
    DeliveryFacts,
    OpportunityState,
    OrderState,
    check_delivery,
)
from plugins.sales.settings import SalesSettings

_FITTED_KINDS: Final = (LineKind.ACCESSORY, LineKind.FITTING, LineKind.GIFT)
_ON_THE_WAY: Final = (OrderState.ALLOCATED, OrderState.READY, OrderState.PAID, OrderState.INVOICED)


@dataclass(frozen=True, slots=True)
class HandOver:
    """What is said when the keys are handed over.

    Attributes:
        checklist: Codes of what was gone through.
        signed: The customer has signed for it.
    """

    odometer_km: int
    checklist: Sequence[str] = ()
    documents: Sequence[str] = ()
    signed: bool = False
    satisfaction: int | None = None


async def deliver(scope: Scope, order: SalesOrder, hand_over: HandOver) -> Delivery:
    """Hand a car over: stock, customer, deal and order change together, or nothing does. Publishes `VehicleDelivered`.

    Raises:
        PreconditionRefusal: `missing` has what keeps it, such as PDI, FITTING, PAYMENT or INVOICE.
        TransitionRefusal: The order has no car yet, is delivered already, or was called off.
        DiscountLimitRefusal: More is given away than anybody has granted.
    """
    order = await orders.lock(order.id)
    if order.state not in _ON_THE_WAY:
        SALES_ORDER.check(order.state, OrderState.DELIVERED)
    vehicle = await StockVehicle.get(id=order.vehicle_id)
    await _check_codes(scope, order, hand_over)
    check_delivery(await _facts(scope, order, vehicle, hand_over))
    found = await require(scope, await sale_of(order))
    cost = await cost_of(order, vehicle)
    movement = await issue_to_customer(
        scope, vehicle.id, source_ref=f"sales_order:{order.id}", odometer_km=hand_over.odometer_km
    )
    now = scope.now()
    today = local_date(now, scope.zone(order.store_id))
    delivery = Delivery(
        store_id=order.store_id,
        order_id=order.id,
        vehicle_id=vehicle.id,
        delivered_at=now,
        delivered_on=today,
        odometer_km=hand_over.odometer_km,
        checklist=list(hand_over.checklist),
        documents=list(hand_over.documents),
        signed_at=now,
        satisfaction=hand_over.satisfaction,
        handed_over_by_id=scope.caller.user_id,
        movement_id=movement.id,
    )
    await delivery.save()
    handed = {"delivered_at": now, "delivered_on": today, "cost_total": cost, "given_away": found.amount}
    await SALES_ORDER.move(order, OrderState.DELIVERED, handed)
    await _after_delivery(scope, order, vehicle, delivery)
    return delivery


async def _check_codes(scope: Scope, order: SalesOrder, hand_over: HandOver) -> None:
    for number, code in enumerate(hand_over.checklist):
        await require_code(scope, DELIVERY_CHECKS, code, store_id=order.store_id, path=("checklist", number))
    for number, code in enumerate(hand_over.documents):
        await require_code(scope, DELIVERY_DOCUMENTS, code, store_id=order.store_id, path=("documents", number))


async def _facts(scope: Scope, order: SalesOrder, vehicle: StockVehicle, hand_over: HandOver) -> DeliveryFacts:
    chosen = await settings(scope, SalesSettings, store_id=order.store_id)
    return DeliveryFacts(
        amount=order.total,
        received=order.received_total,
        pdi_fresh=await pdi_state(scope, vehicle.id) == PdiReadiness.PASSED,
        fitting_done=await fitting_done(scope, vehicle.id),
        invoiced=await InvoiceRecord.filter(order_id=order.id, reversed_at=None).exists(),
        pledged=vehicle.cert_pledged,
        checklist_signed=hand_over.signed and set(chosen.delivery_checks) <= set(hand_over.checklist),
    )


async def cost_of(order: SalesOrder, vehicle: StockVehicle) -> Money:
    """Return what an order's goods have cost: the car as it stands in stock, the rest as quoted.

    Where no accessory was quoted with a cost, what was taken from stock to fit them counts.
    """
    currency = order.total.currency
    lines = [
        (LineKind(line.kind), line.cost.times(Decimal(line.quantity_milli) / 1_000))
        for line in await OrderLine.filter(order_id=order.id, cost_minor__isnull=False)
    ]
    others = [amount for kind, amount in lines if kind is not LineKind.VEHICLE]
    if not any(kind in _FITTED_KINDS for kind, _ in lines):
        fitted = await FittingJob.filter(
            vehicle_id=vehicle.id,
            state=FittingState.DONE,
            charge__in=[FittingCharge.CUSTOMER, FittingCharge.GIFT],
        )
        others += [job.cost for job in fitted]
    return vehicle.landed_cost + total(others, currency)


async def _after_delivery(scope: Scope, order: SalesOrder, vehicle: StockVehicle, delivery: Delivery) -> None:
    customer = await follow_lifecycle(scope, order.customer_id, LifecycleTrigger.DELIVERED)
    trim = await Trim.get(id=vehicle.trim_id)
    await add_owned_vehicle(
        scope,
        customer.id,
        vehicle_identity_id=vehicle.identity_id,
        vin=vehicle.vin or "",
        model=trim.name,
        from_on=delivery.delivered_on,
    )
    await note_deposit(scope, await Customer.get(id=customer.id), False)
    await opportunities.enter_care(scope, await Opportunity.get(id=order.opportunity_id))
    assert vehicle.identity_id is not None  # no car leaves stock without its VIN
    scope.publish(
        VehicleDelivered(
            order_id=order.id,
            customer_id=customer.id,
            opportunity_id=order.opportunity_id,
            stock_vehicle_id=vehicle.id,
            vehicle_identity_id=vehicle.identity_id,
            trim_id=vehicle.trim_id,
            odometer_km=delivery.odometer_km,
            delivered_on=delivery.delivered_on,
            total_minor=order.total.amount_minor,
            cost_minor=order.cost_total.amount_minor,
            accessories_minor=order.accessories_total.amount_minor,
            currency=order.total.currency,
            store_id=order.store_id,
        )
    )


async def request_cancellation(scope: Scope, order: SalesOrder, reason: str, note: str = "") -> SalesOrder:
    """Ask to call a sale off; a draft is called off at once."""
    await require_code(scope, CANCEL_REASONS, reason, store_id=order.store_id, path=("reason",))
    if reason == OTHER and not note.strip():
        raise ValidationRefusal("another reason needs a note", path=("note",), rule="note_needed")
    order = await orders.lock(order.id)
    said = {"cancel_reason": reason, "cancel_note": note, "cancel_requested_by_id": scope.caller.user_id}
    if order.state == OrderState.DRAFT:
        await SALES_ORDER.move(order, OrderState.CANCELLED, {"cancelled_at": scope.now(), **said})
        await release(scope, opportunities.holder_of(order.opportunity_id))
        await settlement.write(order)
        return order
    await SALES_ORDER.move(order, OrderState.CANCEL_REQUESTED, {"former_state": order.state, **said})
    return order


async def decide_cancellation(scope: Scope, order: SalesOrder, *, approve: bool) -> SalesOrder:
    """Call a sale off, or let it go on where it was. Publishes `OrderCancelled`.

    Raises:
        SecondPersonRefusal: He asked for it himself, or the sale is his.
    """
    order = await orders.lock(order.id)
    if order.state != OrderState.CANCEL_REQUESTED or order.former_state is None:
        SALES_ORDER.check(order.state, OrderState.CANCEL_REQUESTED)
        raise ValidationRefusal("nobody has asked to cancel this order", path=("order",), rule="not_requested")
    if scope.caller.user_id in (None, order.owner_id, order.cancel_requested_by_id):
        raise SecondPersonRefusal(rights.CANCEL, "a cancellation")
    if not approve:
        await SALES_ORDER.move(order, order.former_state, {"former_state": None})
        return order
    await SALES_ORDER.move(order, OrderState.CANCELLED, {"cancelled_at": scope.now()})
    for record in await InvoiceRecord.filter(order_id=order.id, reversed_at=None):
        await record.change_where(where={"reversed_at": None}, reversed_at=scope.now())
    await release(scope, opportunities.holder_of(order.opportunity_id))
    await _after_cancellation(scope, order)
    return order


async def _after_cancellation(scope: Scope, order: SalesOrder) -> None:
    opportunity = await Opportunity.get(id=order.opportunity_id)
    if opportunity.state == OpportunityState.WON:
        reopened = {"won_at": None}
        await opportunities.set_state(opportunity, OpportunityState.OPEN, reopened, reason=order.cancel_reason)
    others = SalesOrder.filter(customer_id=order.customer_id, state__in=_LIVE_ORDERS)
    if not await others.exists():
        await follow_lifecycle(scope, order.customer_id, LifecycleTrigger.ORDER_CANCELLED, order.cancel_reason)
        await note_deposit(scope, await Customer.get(id=order.customer_id), False)
    settled = await settlement.write(order)
    scope.publish(
        OrderCancelled(
            order_id=order.id,
            customer_id=order.customer_id,
            opportunity_id=order.opportunity_id,
            reason=order.cancel_reason,
            forfeited_minor=settled.forfeited.amount_minor,
            refunded_minor=settled.due.amount_minor,
            currency=order.total.currency,
            store_id=order.store_id,
        )
    )


_LIVE_ORDERS: Final = [
    OrderState.CONFIRMED,
    OrderState.ALLOCATED,
    OrderState.READY,
    OrderState.PAID,
    OrderState.INVOICED,
    OrderState.CANCEL_REQUESTED,
]
