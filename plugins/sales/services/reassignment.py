"""A single deal goes to somebody else, while its customer stays where he is."""

from __future__ import annotations

from uuid import UUID

from forecourt import PreconditionRefusal, Scope, ValidationRefusal, hand_over, taker
from plugins.customers.api import live_customer, move_tasks, note_transfer
from plugins.sales import rights
from plugins.sales.events import OpportunityReassigned
from plugins.sales.models.opportunities import Opportunity
from plugins.sales.models.orders import SalesOrder
from plugins.sales.services.opportunities import subject_of
from plugins.sales.services.states import LIVE_OPPORTUNITY_STATES, LIVE_ORDER_STATES


async def reassign(
    scope: Scope, opportunity: Opportunity, to_owner_id: UUID, reason: str, *, summary: str = ""
) -> Opportunity:
    """Give a live deal to somebody else, with its offers, orders, drives and tasks; he sees its customer then.

    Giving it to its owner changes nothing. Publishes `OpportunityReassigned`.

    Raises:
        NotFoundRefusal: There is no such user.
        PreconditionRefusal: The deal is closed: it stays with its author.
        ValidationRefusal: No reason is given, or he may not have deals in this store.
    """
    before = opportunity.owner_id
    if before == to_owner_id:
        return opportunity
    if not reason.strip():
        raise ValidationRefusal("say why the deal changes hands", path=("reason",), rule="reassign_reason")
    if not await _is_live(opportunity):
        raise PreconditionRefusal("a deal that is closed stays with its owner", rule="deal_closed")
    to = await taker(scope, to_owner_id)
    if to.reach_in(rights.MOVE, opportunity.store_id) is None:
        raise ValidationRefusal("this user may not have deals in the store", path=("owner",), rule="deal_owner")
    done = await hand_over(scope, [opportunity], before, to, themselves=True)
    subject = subject_of(opportunity.id)
    await move_tasks(scope, opportunity.customer_id, subject, before, to_owner_id)
    if opportunity.owner_id == before:  # a won one goes with its order
        await opportunity.refresh_from_db()
    customer = await live_customer(opportunity.customer_id)
    await note_transfer(
        scope, customer, before, to_owner_id, reason, done, summary=summary, subject=(opportunity.id, subject)
    )
    scope.publish(
        OpportunityReassigned(
            opportunity_id=opportunity.id,
            customer_id=customer.id,
            from_owner_id=before,
            to_owner_id=to_owner_id,
            store_id=opportunity.store_id,
        )
    )
    return opportunity


async def _is_live(opportunity: Opportunity) -> bool:
    if opportunity.state in LIVE_OPPORTUNITY_STATES:
        return True
    return await SalesOrder.filter(opportunity_id=opportunity.id, state__in=sorted(LIVE_ORDER_STATES)).exists()
