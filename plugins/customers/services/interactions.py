"""What passes between customers and the store; written once and never changed."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from forecourt import Scope, ValidationRefusal
from plugins.customers.events import InteractionRecorded
from plugins.customers.models.choices import InteractionDirection, Visibility
from plugins.customers.models.people import Customer
from plugins.customers.models.records import Interaction
from plugins.customers.services.moves import live_customer

CLOCKS_DIFFER: Final = timedelta(minutes=5)
"""A telephone's clock may be ahead by so much."""


async def record_interaction(
    scope: Scope,
    customer_id: UUID,
    *,
    channel: str,
    direction: InteractionDirection = InteractionDirection.OUT,
    occurred_at: datetime | None = None,
    duration_s: int | None = None,
    reached: bool = True,
    content: str = "",
    feedback: str = "",
    objections: Sequence[str] = (),
    next_step: str = "",
    visibility: Visibility = Visibility.TEAM,
    subject_ref: str = "",
    author_id: UUID | None = None,
    corrects_id: UUID | None = None,
) -> Interaction:
    """Write down what passed between a customer and the store.

    Args:
        occurred_at: Now without it; a client that was offline says when.
        author_id: The caller without it.

    Raises:
        ValidationRefusal: It lies in the future, the channel is no code, or it corrects somebody else's.
    """
    customer = await live_customer(customer_id)
    now = scope.now()
    if occurred_at is not None and occurred_at > now + CLOCKS_DIFFER:
        raise ValidationRefusal("what has not happened yet is a task", path=("occurredAt",), rule="customers_future")
    if corrects_id is not None and not await Interaction.filter(id=corrects_id, customer_id=customer.id).exists():
        raise ValidationRefusal("this customer has no such interaction", path=("corrects",), rule="customers_corrects")
    row = Interaction(
        store_id=customer.store_id,
        customer_id=customer.id,
        subject_ref=subject_ref,
        channel=channel,
        direction=direction,
        occurred_at=min(occurred_at or now, now),
        duration_s=duration_s,
        reached=reached or direction == InteractionDirection.IN,
        content=content,
        feedback=feedback,
        objections=list(objections),
        next_step=next_step,
        visibility=visibility,
        author_id=author_id or scope.caller.user_id,
        corrects_id=corrects_id,
    )
    await row.save()
    if row.reached:
        await _note_contact(customer, row.occurred_at)
    scope.publish(
        InteractionRecorded(
            customer_id=customer.id,
            interaction_id=row.id,
            channel=channel,
            direction=direction,
            reached=row.reached,
            subject_ref=subject_ref,
            store_id=customer.store_id,
        )
    )
    return row


async def _note_contact(customer: Customer, at: datetime) -> None:
    if customer.last_contact_at is None or customer.last_contact_at < at:
        # Not `save`: two colleagues may write down two talks at once, and neither of them changed the customer.
        await customer.change_where(where={}, last_contact_at=at)
