"""Money for orders: receipts, refunds and the invoice."""

from __future__ import annotations

from datetime import date
from typing import Final

from forecourt import (
    Money,
    PreconditionRefusal,
    Scope,
    ValidationRefusal,
    local_date,
    next_number,
    require_code,
)
from plugins.sales import rights
from plugins.sales.code_lists import PAYMENT_METHODS
from plugins.sales.events import OrderInvoiced, OrderPaid, PaymentReceived
from plugins.sales.models.choices import ReceiptKind
from plugins.sales.models.orders import InvoiceRecord, Receipt, SalesOrder
from plugins.sales.services import orders, settlement
from plugins.sales.services.refusals import SecondPersonRefusal
from plugins.sales.services.states import SALES_ORDER, OrderState, check_invoice

_TAKES_MONEY: Final = frozenset(
    {
        OrderState.DRAFT,
        OrderState.CONFIRMED,
        OrderState.ALLOCATED,
        OrderState.READY,
        OrderState.PAID,
        OrderState.INVOICED,
    }
)


async def record(
    scope: Scope, order: SalesOrder, *, kind: ReceiptKind, method: str, amount: Money, reference: str = ""
) -> Receipt:
    """Record money that came in, or was paid back. Publishes `PaymentReceived`, and `OrderPaid` when all is there.

    Raises:
        SecondPersonRefusal: The cashier owns the order.
        ValidationRefusal: The amount isn't positive, in another currency, or more than is due.
        RefundLimitRefusal: More would be paid back than is owed.
        PreconditionRefusal: The order takes no money, or none is to be paid back.
    """
    await require_code(scope, PAYMENT_METHODS, method, store_id=order.store_id, path=("method",))
    order = await orders.lock(order.id)
    if scope.caller.user_id is not None and scope.caller.user_id == order.owner_id:
        raise SecondPersonRefusal(rights.COLLECT, "taking the money for a sale")
    await _check_amount(order, kind, amount)
    now = scope.now()
    receipt = Receipt(
        store_id=order.store_id,
        doc_no=await next_number(scope, "RC", store_id=order.store_id),
        order_id=order.id,
        kind=kind,
        method=method,
        amount=amount,
        reference=reference,
        received_at=now,
        received_on=local_date(now, scope.zone(order.store_id)),
        cashier_id=scope.caller.user_id,
    )
    await receipt.save()
    signed = -amount if kind is ReceiptKind.REFUND else amount
    received = order.received_total + signed
    await order.change_where(where={}, received_total_minor=received.amount_minor)
    if kind is ReceiptKind.REFUND:
        await settlement.write(order)
    scope.publish(
        PaymentReceived(
            order_id=order.id,
            receipt_id=receipt.id,
            amount_minor=signed.amount_minor,
            currency=signed.currency,
            store_id=order.store_id,
        )
    )
    await _note_paid(scope, order)
    return receipt


async def _check_amount(order: SalesOrder, kind: ReceiptKind, amount: Money) -> None:
    if amount.currency != order.total.currency or amount.amount_minor <= 0:
        raise ValidationRefusal(
            "an amount is positive and in the currency of the order", path=("amount",), rule="amount"
        )
    if kind is ReceiptKind.REFUND:
        if order.state != OrderState.CANCELLED:
            raise PreconditionRefusal("only a cancelled order is paid back", missing=("CANCELLED",), rule="refund")
        await settlement.check_refund(order, amount)
        return
    if order.state not in _TAKES_MONEY:
        raise PreconditionRefusal(f"an order that is {order.state.value} takes no money", rule="takes_no_money")
    if (order.received_total + amount).amount_minor > order.total.amount_minor:
        raise ValidationRefusal("more than the order comes to", path=("amount",), rule="too_much")


async def _note_paid(scope: Scope, order: SalesOrder) -> None:
    if order.paid_at is not None or order.received_total.amount_minor < order.total.amount_minor:
        return
    await order.change_where(where={"paid_at": None}, paid_at=scope.now())
    scope.publish(
        OrderPaid(
            order_id=order.id,
            total_minor=order.total.amount_minor,
            currency=order.total.currency,
            store_id=order.store_id,
        )
    )
    await orders.advance(scope, order)


async def invoice(scope: Scope, order: SalesOrder, number: str, issued_on: date | None = None) -> InvoiceRecord:
    """Record the invoice of a paid order; its amount is the order's total. Publishes `OrderInvoiced`.

    Raises:
        PreconditionRefusal: Money is missing.
    """
    order = await orders.lock(order.id)
    if order.state not in (OrderState.CONFIRMED, OrderState.ALLOCATED):
        SALES_ORDER.check(order.state, OrderState.INVOICED)
    check_invoice(order.total, order.received_total)
    SALES_ORDER.check(order.state, OrderState.INVOICED)
    now = scope.now()
    record = InvoiceRecord(
        store_id=order.store_id,
        order_id=order.id,
        number=number,
        amount=order.total,
        tax_total=order.tax_total,
        issued_on=issued_on or local_date(now, scope.zone(order.store_id)),
    )
    await record.save()
    await SALES_ORDER.move(order, OrderState.INVOICED, {"invoiced_at": now})
    scope.publish(
        OrderInvoiced(
            order_id=order.id,
            invoice_id=record.id,
            amount_minor=record.amount.amount_minor,
            currency=record.amount.currency,
            store_id=order.store_id,
        )
    )
    return record
