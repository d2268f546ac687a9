"""What is done with leads once somebody has them: contact, qualify, convert, put off, give up."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any, Final
from uuid import UUID

from forecourt import (
    PreconditionRefusal,
    Scope,
    ValidationRefusal,
    local_date,
    require_code,
    settings,
)
from plugins.customers.api import (
    Customer,
    InteractionDirection,
    PurchaseIntention,
    Wishes,
    add_intention,
    cancel_tasks_of,
    create_customer,
    record_interaction,
    surviving,
)
from plugins.sales.code_lists import DISQUALIFY_REASONS
from plugins.sales.events import LeadClosed, LeadContacted, LeadConverted, LeadQualified
from plugins.sales.models.leads import Lead
from plugins.sales.models.opportunities import Opportunity
from plugins.sales.services import allotment, leads, opportunities
from plugins.sales.services.states import LEAD, LeadState
from plugins.sales.settings import SalesSettings

_NUMBER_WRONG: Final = "INVALID_NUMBER"
_TRIES: Final = 3
_TRIED_DAYS: Final = 2


def subject_of(lead: Lead) -> str:
    """Return what tasks and interactions about a lead refer to."""
    return f"sales.Lead:{lead.id}"


async def customer_of(scope: Scope, lead: Lead) -> Customer:
    """Return the customer of a lead; the first time, the store's record of the person, made if there is none."""
    if lead.customer_id is not None:
        found = await surviving(lead.customer_id)
        if found is not None:
            return found
    customer = await create_customer(
        scope,
        name=lead.name,
        phone=await lead.reveal("phone"),
        email=await lead.reveal("email"),
        source_id=lead.source_id,
        owner_id=lead.owner_id,
        region_code=lead.region_code if lead.region_code.isdigit() else "",
        store_id=lead.store_id,
    )
    lead.customer_id = customer.id
    await lead.save()
    return customer


async def record_contact(
    scope: Scope,
    lead: Lead,
    *,
    channel: str,
    reached: bool,
    content: str = "",
    direction: InteractionDirection = InteractionDirection.OUT,
    occurred_at: datetime | None = None,
) -> Lead:
    """Write down an attempt to reach the person of a lead, and whether it did."""
    customer = await customer_of(scope, lead)
    interaction = await record_interaction(
        scope,
        customer.id,
        channel=channel,
        direction=direction,
        occurred_at=occurred_at,
        reached=reached,
        content=content,
        subject_ref=subject_of(lead),
    )
    await note_contact(scope, lead, interaction.occurred_at, reached=reached)
    return lead


async def note_contact(scope: Scope, lead: Lead, at: datetime, *, reached: bool) -> None:
    """Note an attempt; the first one stops the clock, the first that reached him makes the lead CONTACTED.

    An attempt before the lead came in counts as made at that moment, so that the instants stay in order.
    """
    at = max(at, lead.received_at)
    values: dict[str, Any] = {}
    if lead.first_attempt_at is None:
        values["first_attempt_at"] = at
    if reached and lead.first_contact_at is None:
        values["first_contact_at"] = max(at, lead.first_attempt_at or at)
    if not reached:
        day = local_date(at, scope.zone(lead.store_id)).isoformat()
        values["failed_attempts"] = lead.failed_attempts + 1
        values["failed_days"] = sorted({*lead.failed_days, day})
    if reached and LEAD.may(lead.state, LeadState.CONTACTED):
        await LEAD.move(lead, LeadState.CONTACTED, {"wake_on": None, **values})
    elif values:
        await lead.change_where(where={"state": lead.state}, **values)
    if "first_attempt_at" in values or "first_contact_at" in values:
        scope.publish(LeadContacted(lead_id=lead.id, reached=reached, store_id=lead.store_id))
    if not reached:
        await leads.rate_again(scope, lead)
        await lead.save()


async def qualify(scope: Scope, lead: Lead, wishes: Wishes | None) -> Lead:
    """Mark a lead as one whose person is known and wants something that is known.

    Args:
        wishes: What he wants, if it isn't on record yet.

    Raises:
        PreconditionRefusal: `missing` has INTENTION or COMPLETENESS.
    """
    LEAD.check(lead.state, LeadState.QUALIFIED)
    customer = await customer_of(scope, lead)
    if wishes is not None:
        await add_intention(scope, customer.id, wishes)
        customer = await Customer.get(id=customer.id)
    chosen = await settings(scope, SalesSettings, store_id=lead.store_id)
    intention = await present_intention(customer.id)
    missing = [] if intention is not None else ["INTENTION"]
    if customer.completeness < chosen.lead_min_completeness:
        missing.append("COMPLETENESS")
    if missing:
        raise PreconditionRefusal(
            f"to qualify a lead it takes {', '.join(missing)}", missing=tuple(missing), rule="lead_qualify"
        )
    told = LeadQualified(lead_id=lead.id, customer_id=customer.id, store_id=lead.store_id)
    await LEAD.move(lead, LeadState.QUALIFIED, event=told)
    return lead


async def present_intention(customer_id: UUID) -> PurchaseIntention | None:
    """Return what a customer wants now."""
    return await PurchaseIntention.filter(customer_id=customer_id, valid_to=None, archived_at=None).first()


async def convert(scope: Scope, lead: Lead, *, purpose: str = "MAIN") -> Opportunity:
    """Open the opportunity of a qualified lead. Publishes `LeadConverted`.

    Raises:
        OpenOpportunityRefusal: The customer has one already.
    """
    LEAD.check(lead.state, LeadState.CONVERTED)
    customer = await customer_of(scope, lead)
    opportunity = await opportunities.open_for(
        scope, customer.id, owner_id=lead.owner_id, lead_id=lead.id, purpose=purpose, store_id=lead.store_id
    )
    await LEAD.move(lead, LeadState.CONVERTED)
    await cancel_tasks_of(scope, customer.id, "CONVERTED", subject_ref=subject_of(lead))
    scope.publish(
        LeadConverted(lead_id=lead.id, customer_id=customer.id, opportunity_id=opportunity.id, store_id=lead.store_id)
    )
    return opportunity


async def nurture(scope: Scope, lead: Lead, wake_on: date) -> Lead:
    """Put a lead off until a day."""
    if wake_on <= scope.today():
        raise ValidationRefusal("the day to come back lies in the future", path=("wakeOn",), rule="wake_on")
    told = LeadClosed(lead_id=lead.id, state=LeadState.NURTURE.value, store_id=lead.store_id)
    await LEAD.move(lead, LeadState.NURTURE, {"wake_on": wake_on}, event=told)
    return lead


async def disqualify(scope: Scope, lead: Lead, reason: str) -> Lead:
    """Give a lead up.

    Raises:
        PreconditionRefusal: A number is called wrong after too few attempts.
    """
    await require_code(scope, DISQUALIFY_REASONS, reason, store_id=lead.store_id, path=("reason",))
    tried = lead.failed_attempts >= _TRIES and len(lead.failed_days) >= _TRIED_DAYS
    if reason == _NUMBER_WRONG and not tried:
        raise PreconditionRefusal(
            f"a number counts as wrong after {_TRIES} attempts on {_TRIED_DAYS} days",
            missing=("ATTEMPTS",),
            rule="invalid_number",
        )
    given_up = {"disqualify_reason": reason, "disqualified_at": scope.now()}
    await LEAD.move(lead, LeadState.DISQUALIFIED, given_up)
    if lead.customer_id is not None:
        await cancel_tasks_of(scope, lead.customer_id, reason, subject_ref=subject_of(lead))
    scope.publish(
        LeadClosed(lead_id=lead.id, state=LeadState.DISQUALIFIED.value, reason=reason, store_id=lead.store_id)
    )
    return lead


async def reopen(scope: Scope, lead: Lead) -> Lead:
    """Take a lead that was given up to hand again, for its former owner.

    Raises:
        PreconditionRefusal: It was given up too long ago, or has had no owner.
    """
    LEAD.check(lead.state, LeadState.ASSIGNED)
    chosen = await settings(scope, SalesSettings, store_id=lead.store_id)
    since = lead.disqualified_at
    if since is None or scope.now() - since > timedelta(days=chosen.lead_reopen_days):
        raise PreconditionRefusal(
            f"a lead can be taken up again within {chosen.lead_reopen_days} days", rule="lead_reopen"
        )
    if lead.owner_id is None:
        await allotment.allot(scope, lead)
    else:
        await allotment.give(scope, lead, lead.owner_id, "REOPENED")
    return lead
