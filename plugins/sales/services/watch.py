"""What becomes due by itself: answers to leads, leads that lie, leads and deals that rest."""

from __future__ import annotations

from typing import Final
from uuid import UUID

from forecourt import Scope, local_date
from plugins.customers.api import plan_task
from plugins.sales.events import LeadResponseDue
from plugins.sales.models.leads import Lead
from plugins.sales.models.opportunities import Opportunity
from plugins.sales.services import allotment, lead_work, opportunities
from plugins.sales.services.states import LEAD, LeadState, OpportunityState
from plugins.sales.services.wording import said

AT_ONCE: Final = 200
"""The rest comes with the next run."""


async def tell_late(scope: Scope, store_id: UUID) -> int:
    """Publish, once each, which leads nobody has tried to answer in time; return how many."""
    late = await Lead.filter(
        store_id=store_id,
        state=LeadState.ASSIGNED,
        first_attempt_at=None,
        sla_told=False,
        sla_due_at__lte=scope.now(),
        archived_at=None,
    ).limit(AT_ONCE)
    told = 0
    for lead in late:
        if await lead.change_where(where={"first_attempt_at": None, "sla_told": False}, sla_told=True):
            told += 1
            scope.publish(LeadResponseDue(lead_id=lead.id, owner_id=lead.owner_id, store_id=store_id))
    return told


async def recycle_late(scope: Scope, store_id: UUID) -> int:
    """Take leads from owners who let them lie; return how many."""
    late = (
        await Lead.filter(
            store_id=store_id,
            state=LeadState.ASSIGNED,
            first_attempt_at=None,
            recycle_at__lte=scope.now(),
            archived_at=None,
        )
        .order_by("id")
        .limit(AT_ONCE)
    )
    return sum([await allotment.recycle(scope, lead) for lead in late])


async def wake(scope: Scope, store_id: UUID) -> int:
    """Put a task on the list for each lead whose day has come; return how many."""
    today = local_date(scope.now(), scope.zone(store_id))
    due = await Lead.filter(store_id=store_id, state=LeadState.NURTURE, wake_on__lte=today, archived_at=None).limit(
        AT_ONCE
    )
    for lead in due:
        customer = await lead_work.customer_of(scope, lead)
        await plan_task(
            scope,
            customer.id,
            owner_id=lead.owner_id,
            due_at=scope.now(),
            subject=said(scope, "SALES_TASK_WAKE_LEAD", "Come back to a lead that was put off"),
            subject_ref=lead_work.subject_of(lead),
            dedupe_key=f"sales.wake_lead:{lead.id}:{lead.wake_on}",
        )
        await LEAD.move(lead, LeadState.CONTACTED, {"wake_on": None})
    return len(due)


async def wake_opportunities(scope: Scope, store_id: UUID) -> int:
    """Take up deals whose day has come and put a task on the list for each; return how many."""
    today = local_date(scope.now(), scope.zone(store_id))
    due = await Opportunity.filter(
        store_id=store_id, state=OpportunityState.SUSPENDED, wake_on__lte=today, archived_at=None
    ).limit(AT_ONCE)
    for row in due:
        await plan_task(
            scope,
            row.customer_id,
            owner_id=row.owner_id,
            due_at=scope.now(),
            subject=said(scope, "SALES_TASK_WAKE_DEAL", "Come back to a deal that rested"),
            subject_ref=opportunities.subject_of(row.id),
            dedupe_key=f"sales.wake_deal:{row.id}:{row.wake_on}",
        )
        await opportunities.resume(scope, row)
    return len(due)
