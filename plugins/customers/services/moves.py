"""Where customers stand, and who moves them on."""

from __future__ import annotations

from typing import Final
from uuid import UUID

from forecourt import NotFoundRefusal, Scope
from plugins.customers.events import LifecycleChanged
from plugins.customers.models.people import Customer
from plugins.customers.services.lifecycle import LIFECYCLE, Lifecycle, LifecycleTrigger, lifecycle_path

_BUYS_AGAIN: Final = (Lifecycle.INTENT, Lifecycle.ORDERED)


async def live_customer(customer_id: UUID) -> Customer:
    """Return a live customer, or the one that stands for him since a merge.

    Raises:
        NotFoundRefusal: There is none.
    """
    from plugins.customers.services.contacts import surviving

    customer = await surviving(customer_id)
    if customer is None:
        raise NotFoundRefusal("there is no such Customer in your sight", what="Customer")
    return customer


async def move_lifecycle(scope: Scope, customer_id: UUID, to: Lifecycle, reason: str = "") -> Customer:
    """Move a customer to another state; one who is there already stays, and so does an owner who buys again.

    Raises:
        TransitionRefusal: The table has no such move.
    """
    customer = await live_customer(customer_id)
    if customer.lifecycle == to or (customer.lifecycle == Lifecycle.OWNER and to in _BUYS_AGAIN):
        return customer
    await _step(scope, customer, to, reason)
    return customer


async def follow_lifecycle(scope: Scope, customer_id: UUID, trigger: LifecycleTrigger, reason: str = "") -> Customer:
    """Move a customer as an occurrence demands, step by step along the table; where it demands nothing he stays."""
    customer = await live_customer(customer_id)
    for to in lifecycle_path(customer.lifecycle, trigger):
        await _step(scope, customer, to, reason)
    return customer


async def _step(scope: Scope, customer: Customer, to: Lifecycle, reason: str) -> None:
    told = LifecycleChanged(
        customer_id=customer.id, from_state=customer.lifecycle, to_state=to, store_id=customer.store_id
    )
    await LIFECYCLE.move(customer, to, {"lifecycle_at": scope.now(), "lifecycle_reason": reason[:200]}, event=told)
