"""What sales does when something has happened."""

from __future__ import annotations

from forecourt import current, on
from plugins.customers.api import FollowUpTask, Interaction, Priority, cancel_tasks_of, plan_task
from plugins.customers.events import InteractionRecorded
from plugins.inventory.events import FittingDone, PdiPassed
from plugins.sales.events import LeadAssigned, LeadRecycled
from plugins.sales.models.leads import Lead
from plugins.sales.services import lead_work, orders
from plugins.sales.services.scoring import LeadGrade
from plugins.sales.services.states import OPEN_LEAD_STATES, LeadState
from plugins.sales.services.wording import said


@on(LeadAssigned)
async def plan_first_contact(event: LeadAssigned) -> None:
    """Put the first call on the new owner's list, due when the store has promised an answer."""
    scope = current()
    lead = await Lead.get(id=event.lead_id)
    if lead.state not in OPEN_LEAD_STATES or lead.owner_id != event.owner_id:
        return
    key = f"sales.first_contact:{event.event_id}"
    if await FollowUpTask.filter(store_id=lead.store_id, dedupe_key=key).exists():
        return
    customer = await lead_work.customer_of(scope, lead)
    subject = lead_work.subject_of(lead)
    await cancel_tasks_of(scope, customer.id, "REASSIGNED", subject_ref=subject)
    fresh = lead.state == LeadState.ASSIGNED
    await plan_task(
        scope,
        customer.id,
        owner_id=event.owner_id,
        due_at=(lead.sla_due_at if fresh else None) or scope.now(),
        subject=said(scope, "SALES_TASK_FIRST_CONTACT", "First contact with a new lead"),
        priority=Priority.HIGH if lead.grade in (LeadGrade.A, LeadGrade.B) else Priority.NORMAL,
        must=True,
        subject_ref=subject,
        dedupe_key=key,
    )


@on(LeadRecycled)
async def drop_first_contact(event: LeadRecycled) -> None:
    """Take the call off the list of whoever let the lead lie."""
    lead = await Lead.get(id=event.lead_id)
    if lead.customer_id is not None and lead.owner_id is None:
        await cancel_tasks_of(current(), lead.customer_id, "RECYCLED", subject_ref=lead_work.subject_of(lead))


@on(InteractionRecorded)
async def note_contact(event: InteractionRecorded) -> None:
    """Count what was written down with the customer as a contact of his open lead."""
    if event.subject_ref.startswith("sales.Lead:"):
        return  # written down with the lead, and counted there
    lead = await Lead.filter(
        customer_id=event.customer_id, state__in=sorted(OPEN_LEAD_STATES), archived_at=None
    ).first()
    if lead is None:
        return
    interaction = await Interaction.get(id=event.interaction_id)
    await lead_work.note_contact(current(), lead, interaction.occurred_at, reached=event.reached)


@on(PdiPassed)
async def note_inspection(event: PdiPassed) -> None:
    """Look whether the order of the inspected car stands ready now."""
    await orders.vehicle_changed(current(), event.vehicle_id)


@on(FittingDone)
async def note_fitting(event: FittingDone) -> None:
    """Look whether the order of the fitted car stands ready now."""
    await orders.vehicle_changed(current(), event.vehicle_id)
