"""What is kept and what is paid back of the money for an order that is called off."""

from __future__ import annotations

from dataclasses import dataclass

from forecourt import Money, total
from plugins.sales.code_lists import FORFEITING_REASONS, STORE_FAULT_REASONS
from plugins.sales.models.choices import ReceiptKind
from plugins.sales.models.orders import Receipt, SalesOrder
from plugins.sales.services.pricing import split_deposit
from plugins.sales.services.refusals import RefundLimitRefusal


@dataclass(frozen=True, slots=True)
class Settlement:
    """What becomes of the money for a cancelled order.

    Attributes:
        due: What is paid back in all: what came in less what is kept, and the earnest money again where the store is
            at fault.
    """

    forfeited: Money
    due: Money
    refunded: Money

    @property
    def owed(self) -> Money:
        """What is still to be paid back."""
        return self.due - self.refunded


def settle(received: Money, refunded: Money, earnest: Money, *, reason: str, was_confirmed: bool) -> Settlement:
    """Return what is kept and what is due of the money that has really come in.

    Earnest money is what was paid of it, not what was named; whatever comes in counts as earnest money first. A draft
    binds nobody, so all of its money goes back.

    Source: Civil Code of the People's Republic of China, articles 586 to 588: who withdraws loses it, who fails pays
    it back twice.

    Args:
        received: All that came in, refunds not taken off.
        earnest: What was named, at most 20 % of the total.
        reason: A code of `sales.cancel_reason`.
    """
    nothing = Money(0, received.currency)
    paid = Money(min(received.amount_minor, earnest.amount_minor), received.currency) if was_confirmed else nothing
    forfeited = paid if reason in FORFEITING_REASONS else nothing
    again = paid if reason in STORE_FAULT_REASONS else nothing
    return Settlement(forfeited, received - forfeited + again, refunded)


async def settlement_of(order: SalesOrder) -> Settlement:
    """Return the settlement of an order as its receipts stand; the caller holds the order locked."""
    receipts = await Receipt.filter(order_id=order.id)
    currency = order.total.currency
    return settle(
        total((one.amount for one in receipts if one.kind != ReceiptKind.REFUND), currency),
        total((one.amount for one in receipts if one.kind == ReceiptKind.REFUND), currency),
        split_deposit(order.total, order.earnest).earnest,
        reason=order.cancel_reason,
        was_confirmed=order.confirmed_at is not None,
    )


async def write(order: SalesOrder) -> Settlement:
    """Show with the order what is kept, what is owed and what was paid back."""
    found = await settlement_of(order)
    await order.change_where(where={}, forfeited=found.forfeited, owed=found.owed, refunded=found.refunded)
    return found


async def check_refund(order: SalesOrder, amount: Money) -> None:
    """Refuse to pay back more than is still owed.

    Raises:
        RefundLimitRefusal: With what is owed.
    """
    owed = (await settlement_of(order)).owed
    if amount.amount_minor > owed.amount_minor:
        raise RefundLimitRefusal(amount, owed)
