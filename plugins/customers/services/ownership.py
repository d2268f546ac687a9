"""Who looks after a customer, and what moves along when that changes."""

from __future__ import annotations

from uuid import UUID

from forecourt import NotFoundRefusal, Scope, User, ValidationRefusal
from plugins.customers.events import OwnerChanged
from plugins.customers.models import Customer, FollowUpTask, OwnershipTransfer
from plugins.customers.services.task_states import TaskState


async def reassign_owner(
    scope: Scope, customer: Customer, to_owner_id: UUID, reason: str, *, summary: str = ""
) -> Customer:
    """Give a customer and what is planned for him to another salesperson; giving him to his owner changes nothing.

    Raises:
        NotFoundRefusal: There is no such user.
        ValidationRefusal: No reason is given.
    """
    if customer.owner_id == to_owner_id:
        return customer
    if not reason.strip():
        raise ValidationRefusal("say why the customer changes hands", path=("reason",), rule="customers_reason")
    if not await User.filter(id=to_owner_id, archived_at=None, status="ACTIVE").exists():
        raise NotFoundRefusal("there is no such User in your sight", what="User", path=("owner",))
    before = customer.owner_id
    tasks = await FollowUpTask.filter(
        customer_id=customer.id, state=TaskState.PLANNED, archived_at=None, owner_id=before
    )
    for task in tasks:
        task.owner_id = to_owner_id
        await task.save()
    customer.owner_id = to_owner_id
    await customer.save()
    await OwnershipTransfer(
        store_id=customer.store_id,
        customer_id=customer.id,
        from_owner_id=before,
        to_owner_id=to_owner_id,
        reason=reason.strip(),
        summary=summary,
        open_tasks=len(tasks),
    ).save()
    scope.publish(
        OwnerChanged(customer_id=customer.id, from_owner_id=before, to_owner_id=to_owner_id, store_id=customer.store_id)
    )
    return customer


async def acknowledge_transfer(scope: Scope, transfer: OwnershipTransfer) -> OwnershipTransfer:
    """Note that the new owner has read the handover."""
    if transfer.acknowledged_at is None:
        transfer.acknowledged_at = scope.now()
        await transfer.save()
    return transfer
