"""Commands on leads."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated

from pydantic import Field

from forecourt import Money
from forecourt.graphql import ID, Info, Input, User, command
from plugins.customers.api import InteractionDirection, PaymentWay, Wishes
from plugins.sales import rights
from plugins.sales.models.choices import LeadInterest, VehicleWish
from plugins.sales.models.leads import AssignmentRule as AssignmentRuleRow
from plugins.sales.models.leads import Lead as LeadRow
from plugins.sales.models.opportunities import Opportunity as OpportunityRow
from plugins.sales.services import allotment, lead_work, leads, rules
from plugins.sales.services.assignment import Strategy
from plugins.sales.services.prospects import NewLead, NewVehicle, key_of
from plugins.sales.types.deals import Opportunity
from plugins.sales.types.leads import AssignmentRule, Lead

Phone = Annotated[str, Field(min_length=3, max_length=40)]
Mail = Annotated[str, Field(min_length=3, max_length=254)]


class LeadVehicleInput(Input):
    """A vehicle that somebody wants or would hand over."""

    wish: VehicleWish = Field(VehicleWish.WANTED, description="Whether he wants it or would hand it over.")
    model_year: int | None = Field(None, ge=1900, le=2100, description="The model year that was named.")
    make: str = Field("", max_length=120, description="Who makes it.")
    model: str = Field("", max_length=120, description="What it is called.")
    trim: str = Field("", max_length=120, description="Version.")
    vin: str = Field("", max_length=40, description="Vehicle identification number.")
    stock_no: str = Field("", max_length=60, description="Stock number.")
    color: str = Field("", max_length=120, description="The colour that is liked best.")
    price: Money | None = Field(None, description="The price that was named.")
    odometer_km: int | None = Field(None, ge=0, le=9_999_999, description="Kilometres of a trade-in.")
    note: str = Field("", max_length=2000, description="What else was said of it.")


class ReceiveLeadInput(Input):
    """Somebody's interest, from a form, a telephone call or another system."""

    name: str = Field(min_length=1, max_length=100, description="Whose it is.")
    phone: Phone | None = Field(None, description="Telephone number; this or an e-mail address is needed.")
    email: Mail | None = Field(None, description="E-mail address.")
    source: str = Field("", max_length=60, description="Code of a source channel, or of a kind of source.")
    provider: str = Field("", max_length=120, description="Who sends it, if somebody in between.")
    external_id: str = Field(
        "",
        max_length=120,
        description="The sender's number of it: sent again of the same person, it updates the lead.",
    )
    interest: LeadInterest = Field(LeadInterest.BUY, description="What he wants.")
    message: str = Field("", max_length=4000, description="What he wrote or said.")
    preferred_time: str = Field("", max_length=20, description="When he likes to be called.")
    region_code: str = Field("", max_length=20, description="Administrative division where he lives.")
    budget: Money | None = Field(None, description="What he means to spend.")
    buying_within_days: int | None = Field(None, ge=0, le=3650, description="In how many days he means to buy.")
    captured_at: datetime | None = Field(None, description="When he asked; now without it.")
    named_consultant: ID[User] | None = Field(None, description="Whom he asked for.")
    vehicles: list[LeadVehicleInput] = Field(default_factory=list, max_length=20, description="What he wants.")


@command(Lead, permission=rights.RECEIVE)
async def receive_lead(info: Info, input: ReceiveLeadInput) -> LeadRow:
    """Take a lead in: a new one is scored and assigned, one that is known is updated or joined."""
    scope = info.scope
    leads.check_contact(scope, input.phone, input.email)
    now = scope.now()
    taken = await leads.take(
        scope,
        NewLead(
            name=input.name,
            phones=[input.phone] if input.phone else [],
            emails=[input.email] if input.email else [],
            source=input.source,
            provider=input.provider,
            external_id=input.external_id,
            external_key=key_of(input.provider, "", input.external_id),
            interest=input.interest,
            message=input.message,
            preferred_time=input.preferred_time,
            region_code=input.region_code,
            budget=input.budget,
            buying_within_days=input.buying_within_days,
            captured_at=min(input.captured_at or now, now),
            named_consultant_id=input.named_consultant.uuid if input.named_consultant else None,
            vehicles=[NewVehicle(**vehicle.model_dump()) for vehicle in input.vehicles],
        ),
    )
    return taken.lead


class AssignLeadInput(Input):
    """Who gets a lead."""

    lead: ID[Lead] = Field(description="An open lead.")
    owner: ID[User] | None = Field(None, description="Who gets it; the rules decide without it.")
    reason: str = Field("", max_length=200, description="Why.")


@command(Lead, permission=rights.ASSIGN)
async def assign_lead(info: Info[LeadRow], input: AssignLeadInput) -> LeadRow:
    """Give a lead to somebody, or let the rules decide again."""
    if input.owner is None:
        return await allotment.allot(info.scope, info.subject)
    return await allotment.assign_by_hand(info.scope, info.subject, input.owner.uuid, input.reason)


class RecordLeadContactInput(Input):
    """An attempt to reach somebody."""

    lead: ID[Lead] = Field(description="An open lead.")
    channel: str = Field("CALL", max_length=60, description="How: a code of `customers.channel`.")
    direction: InteractionDirection = Field(InteractionDirection.OUT, description="Who began.")
    reached: bool = Field(description="Whether he was reached.")
    content: str = Field("", max_length=4000, description="What was said.")
    occurred_at: datetime | None = Field(None, description="When; now without it.")


@command(Lead, permission=rights.WORK)
async def record_lead_contact(info: Info[LeadRow], input: RecordLeadContactInput) -> LeadRow:
    """Write down an attempt to reach the person of a lead; the first one stops the clock."""
    return await lead_work.record_contact(
        info.scope,
        info.subject,
        channel=input.channel,
        reached=input.reached,
        content=input.content,
        direction=input.direction,
        occurred_at=input.occurred_at,
    )


class LeadWishesInput(Input):
    """What the person of a lead wants."""

    models: list[str] = Field(default_factory=list, max_length=20, description="Codes of series or trims.")
    colors: list[str] = Field(default_factory=list, max_length=20, description="Colours that he likes.")
    budget_min: Money | None = Field(None, description="Least that he means to spend.")
    budget_max: Money | None = Field(None, description="Most that he means to spend.")
    payment: PaymentWay | None = Field(None, description="How he means to pay.")
    expected_on: date | None = Field(None, description="When he means to buy.")
    trade_in: bool = Field(False, description="He would hand a car over.")
    note: str = Field("", max_length=2000, description="What else he wants.")


class QualifyLeadInput(Input):
    """A lead whose person and wish are known."""

    lead: ID[Lead] = Field(description="A lead whose person was reached.")
    wishes: LeadWishesInput | None = Field(None, description="What he wants, if it isn't on record yet.")


@command(Lead, permission=rights.WORK)
async def qualify_lead(info: Info[LeadRow], input: QualifyLeadInput) -> LeadRow:
    """Mark a lead as one whose person is known and wants something that is known."""
    wishes = Wishes(**dict(input.wishes)) if input.wishes else None
    return await lead_work.qualify(info.scope, info.subject, wishes)


class ConvertLeadInput(Input):
    """A lead that becomes a deal."""

    lead: ID[Lead] = Field(description="A qualified lead.")
    purpose: str = Field("MAIN", max_length=20, description="MAIN, or EXTRA for a further car.")


@command(Opportunity, permission=rights.CONVERT)
async def convert_lead(info: Info[LeadRow], input: ConvertLeadInput) -> OpportunityRow:
    """Open the opportunity of a qualified lead; its person becomes a customer with an intent."""
    return await lead_work.convert(info.scope, info.subject, purpose=input.purpose)


class NurtureLeadInput(Input):
    """A lead that is put off."""

    lead: ID[Lead] = Field(description="An open lead.")
    wake_on: date = Field(description="When to come back to it.")


@command(Lead, permission=rights.WORK)
async def nurture_lead(info: Info[LeadRow], input: NurtureLeadInput) -> LeadRow:
    """Put a lead off until a day; it comes back by itself, or when the person turns to the store again."""
    return await lead_work.nurture(info.scope, info.subject, input.wake_on)


class DisqualifyLeadInput(Input):
    """A lead that is given up."""

    lead: ID[Lead] = Field(description="An open lead.")
    reason: str = Field(max_length=60, description="Why: a code of `sales.disqualify_reason`.")


@command(Lead, permission=rights.WORK)
async def disqualify_lead(info: Info[LeadRow], input: DisqualifyLeadInput) -> LeadRow:
    """Give a lead up."""
    return await lead_work.disqualify(info.scope, info.subject, input.reason)


class ReopenLeadInput(Input):
    """A lead that is taken up again."""

    lead: ID[Lead] = Field(description="A lead that was given up.")


@command(Lead, permission=rights.WORK)
async def reopen_lead(info: Info[LeadRow], input: ReopenLeadInput) -> LeadRow:
    """Take a lead that was given up to hand again."""
    return await lead_work.reopen(info.scope, info.subject)


class RuleConditionInput(Input):
    """Accepted values of one attribute."""

    attribute: str = Field(
        max_length=40, description="source, channel, provider, grade, interest, region, series or product_line."
    )
    values: list[str] = Field(min_length=1, max_length=200, description="Any of these; a region by its beginning.")


class SaveAssignmentRuleInput(Input):
    """Whom a store considers for which leads."""

    code: str = Field(min_length=1, max_length=60, description="Short and unique in the store; a known one is changed.")
    title: str = Field("", max_length=120, description="What people call it.")
    position: int = Field(0, ge=-1_000_000, le=1_000_000, description="Rules are tried from the lowest.")
    conditions: list[RuleConditionInput] = Field(
        default_factory=list, max_length=20, description="All of them must match; none match every lead."
    )
    pool: list[ID[User]] = Field(
        default_factory=list, max_length=200, description="Who may get the lead; everybody without it."
    )
    strategy: Strategy = Field(Strategy.LEAST_LOAD, description="How one of them is chosen.")
    manual: bool = Field(False, description="Nobody gets the lead: a manager decides.")


@command(AssignmentRule, permission=rights.RULES)
async def save_assignment_rule(info: Info, input: SaveAssignmentRuleInput) -> AssignmentRuleRow:
    """Write a rule of assignment, or change the one with this code."""
    return await rules.save(
        info.scope,
        code=input.code,
        title=input.title,
        position=input.position,
        conditions={one.attribute: list(one.values) for one in input.conditions},
        pool=[user.uuid for user in input.pool],
        strategy=input.strategy,
        manual=input.manual,
    )
