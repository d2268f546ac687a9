"""Who looks after a customer, and what moves along when that changes."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from forecourt import Caller, HandedOver, Holding, Scope, ValidationRefusal, hand_over, taker
from plugins.customers.events import OwnerChanged
from plugins.customers.models.follow_up import FollowUpTask
from plugins.customers.models.people import Customer
from plugins.customers.models.records import OwnershipTransfer
from plugins.customers.services.lifecycle import Lifecycle
from plugins.customers.services.task_states import TaskState

READ = "customers.customer.read"
TASKS = "customers.FollowUpTask"

HOLDINGS = (
    Holding(Customer, owner="owner_id", live={"lifecycle__not": Lifecycle.MERGED}),
    Holding(FollowUpTask, owner="owner_id", live={"state": TaskState.PLANNED}, about=("customer_id",)),
)
"""What of this module is in somebody's hands."""


async def reassign_owner(
    scope: Scope, customer: Customer, to_owner_id: UUID, reason: str, *, summary: str = ""
) -> Customer:
    """Give a customer to another salesperson; see `reassign_owners`."""
    await reassign_owners(scope, [customer], to_owner_id, reason, summary=summary)
    return customer


async def reassign_owners(
    scope: Scope, customers: Sequence[Customer], to_owner_id: UUID, reason: str, *, summary: str = ""
) -> None:
    """Give customers to another salesperson, and all that is live and that their owners have in hand of them.

    What planned tasks, leads, deals and appointments there are the modules say (`holdings`). Giving somebody to his
    owner changes nothing.

    Raises:
        NotFoundRefusal: There is no such user.
        ValidationRefusal: No reason is given, or he may not see the customers of this store.
    """
    moving = [customer for customer in customers if customer.owner_id != to_owner_id]
    if not moving:
        return
    if not reason.strip():
        raise ValidationRefusal("say why the customer changes hands", path=("reason",), rule="customers_reason")
    to = await taker(scope, to_owner_id)
    if not all(may_look_after(to, customer.store_id) for customer in moving):
        raise ValidationRefusal(
            "this user may not see the customers of the store; name one who works there with customers",
            path=("owner",),
            rule="customers_owner_rights",
        )
    for before in dict.fromkeys(customer.owner_id for customer in moving):
        given = [customer for customer in moving if customer.owner_id == before]
        done = await hand_over(scope, given, before, to)
        for customer in given:
            customer.owner_id = to_owner_id
            await customer.save()
            await note_transfer(scope, customer, before, to_owner_id, reason, done, summary=summary)
            scope.publish(
                OwnerChanged(
                    customer_id=customer.id,
                    from_owner_id=before,
                    to_owner_id=to_owner_id,
                    store_id=customer.store_id,
                )
            )


def may_look_after(user: Caller, store_id: UUID) -> bool:
    """Tell whether a user sees customers of a store, so that he may have some."""
    return user.reach_in(READ, store_id) is not None


async def note_transfer(
    scope: Scope,
    customer: Customer,
    before: UUID | None,
    to_owner_id: UUID,
    reason: str,
    done: HandedOver,
    *,
    summary: str = "",
    subject: tuple[UUID, str] | None = None,
) -> None:
    """Write down for the new owner what he has got, and what not.

    Args:
        subject: What went to him without the customer: its id, and what tasks refer to it by.
    """
    subject_id, subject_ref = subject or (customer.id, "")
    moved = done.moved_of(subject_id)
    await OwnershipTransfer(
        store_id=customer.store_id,
        customer_id=customer.id,
        from_owner_id=before,
        to_owner_id=to_owner_id,
        subject_ref=subject_ref,
        reason=reason.strip(),
        summary=summary,
        open_tasks=moved.get(TASKS, 0),
        moved=moved,
        kept=done.kept_of(subject_id),
    ).save()


async def acknowledge_transfer(scope: Scope, transfer: OwnershipTransfer) -> OwnershipTransfer:
    """Note that the new owner has read the handover."""
    if transfer.acknowledged_at is None:
        transfer.acknowledged_at = scope.now()
        await transfer.save()
    return transfer
