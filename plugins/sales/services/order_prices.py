"""The approval of what an order gives away: for a dearer car than was offered, or for what was built in since."""

from __future__ import annotations

from typing import Final
from uuid import UUID

from forecourt import PreconditionRefusal, Scope, ValidationRefusal
from plugins.inventory.api import StockVehicle
from plugins.sales import rights
from plugins.sales.models.grants import PriceGrant
from plugins.sales.models.orders import SalesOrder
from plugins.sales.services import orders
from plugins.sales.services.authority import grant, require_authority, sale_of
from plugins.sales.services.refusals import SecondPersonRefusal
from plugins.sales.services.states import OrderState

_OVER: Final = frozenset(
    {
        OrderState.DELIVERED,
        OrderState.CLOSED,
        OrderState.CANCELLED,
        OrderState.RETURN_REQUESTED,
        OrderState.RETURNED,
    }
)


async def approve(scope: Scope, order: SalesOrder, vehicle_id: UUID | None = None, note: str = "") -> PriceGrant:
    """Grant what an order gives away with a car: up to as much holds from now on, for this order.

    Args:
        vehicle_id: The car that it is to get; the one that it has without it.

    Raises:
        PreconditionRefusal: It is delivered or called off.
        SecondPersonRefusal: The sale is his, or he asked for the approval of its offer.
        DiscountLimitRefusal: It is beyond his authority.
    """
    order = await orders.lock(order.id)
    if order.state in _OVER:
        raise PreconditionRefusal("only an order on its way is approved", rule="order_over")
    vehicle = None
    if vehicle_id is not None:
        vehicle = await StockVehicle.filter(id=vehicle_id, store_id=order.store_id, archived_at=None).first()
        if vehicle is None:
            raise ValidationRefusal("the store has no such vehicle", path=("vehicle",), rule="vehicle")
    sale = await sale_of(order, vehicle)
    if scope.caller.user_id in (None, order.owner_id, sale.quotation.submitted_by_id):
        raise SecondPersonRefusal(rights.APPROVE_QUOTATION, "the approval of a price")
    return await grant(scope, sale, await require_authority(scope, sale), is_approval=True, note=note)
