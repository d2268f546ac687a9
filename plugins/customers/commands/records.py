"""Commands about what customers want, say and agree to."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated

from pydantic import Field

from forecourt import Money
from forecourt.graphql import ID, Info, Input, command
from plugins.customers import models
from plugins.customers.models import ConsentPurpose, InteractionDirection, PaymentWay, Visibility
from plugins.customers.services import consents, intentions, interactions, levels_in_store, moves
from plugins.customers.services.intentions import Wishes
from plugins.customers.services.levels import IntentLevel
from plugins.customers.services.lifecycle import Lifecycle
from plugins.customers.types import Consent, Customer, Interaction, PurchaseIntention

Words = Annotated[list[Annotated[str, Field(max_length=60)]], Field(max_length=20)]
Text = Annotated[str, Field(max_length=4000)]


class WishesInput(Input):
    """What a customer wants to buy."""

    purpose: Annotated[str, Field(max_length=60)] = Field(
        "", description="A code of the list `customers.purchase_purpose`."
    )
    brands: Words = Field([], description="Brands, the most wanted first.")
    models: Words = Field([], description="Codes of series or trims, the most wanted first.")
    options: Words = Field([], description="What the car should have.")
    colors: Words = Field([], description="Colours, the most wanted first.")
    avoid_colors: Words = Field([], description="Colours that it must not have.")
    powertrains: Words = Field([], description="Drives, such as BEV or PHEV.")
    competitors: Words = Field([], description="Cars of others that he thinks of.")
    budget_min: Money | None = Field(None, description="What he means to pay at least.")
    budget_max: Money | None = Field(None, description="What he means to pay at most.")
    payment: PaymentWay | None = Field(None, description="How he means to pay.")
    expected_on: date | None = Field(None, description="When he means to buy.")
    band: Annotated[str, Field(max_length=20)] | None = Field(
        None, description="Instead of a day: WITHIN_7_DAYS, WITHIN_30_DAYS, WITHIN_90_DAYS or LATER."
    )
    trade_in: bool = Field(False, description="He has a car to give in.")
    note: Text = Field("", description="What else he wants.")

    def wishes(self) -> Wishes:
        """Return it as the services take it."""
        return Wishes(**{name: getattr(self, name) for name in Wishes.__dataclass_fields__})


class RecordIntentionInput(WishesInput):
    """What a customer wants to buy now."""

    customer: ID[Customer] = Field(description="Who wants it.")


@command(PurchaseIntention, permission="customers.purchase_intention.record")
async def record_intention(info: Info, input: RecordIntentionInput) -> models.PurchaseIntention:
    """Write the next version of what a customer wants; level and completeness follow."""
    customer = await _customer(info, input.customer, "customers.purchase_intention.record")
    return await intentions.add_intention(info.scope, customer.id, input.wishes(), check=True)


class SetIntentLevelInput(Input):
    """A level that somebody knows better than the rules."""

    customer: ID[Customer] = Field(description="Whose.")
    level: IntentLevel = Field(description="The level.")


@command(Customer, permission="customers.customer.set_level")
async def set_intent_level(info: Info, input: SetIntentLevelInput) -> models.Customer:
    """Set a customer's level by hand; the rules take over again after 30 days, or as many as the store has set."""
    customer = await _customer(info, input.customer, "customers.customer.set_level")
    return await levels_in_store.override_level(info.scope, customer, input.level)


class ReactivateCustomerInput(WishesInput):
    """Somebody who was given up wants to buy after all."""

    customer: ID[Customer] = Field(description="Who.")


@command(Customer, permission="customers.customer.reactivate")
async def reactivate_customer(info: Info, input: ReactivateCustomerInput) -> models.Customer:
    """Take up a lost or dormant customer again, with what he wants now."""
    customer = await _customer(info, input.customer, "customers.customer.reactivate")
    moved = await moves.move_lifecycle(info.scope, customer.id, Lifecycle.INTENT, "reactivated")
    await intentions.add_intention(info.scope, moved.id, input.wishes())
    return moved


class RecordInteractionInput(Input):
    """Something that passed between a customer and the store."""

    customer: ID[Customer] = Field(description="With whom.")
    channel: Annotated[str, Field(max_length=60, description="A code of the list `customers.channel`.")]
    direction: InteractionDirection = Field(InteractionDirection.OUT, description="Who began it.")
    occurred_at: datetime | None = Field(None, description="When it happened; now without it.")
    duration_s: Annotated[int, Field(ge=0)] | None = Field(None, description="How long it took, in seconds.")
    reached: bool = Field(True, description="He answered; false for a mere attempt.")
    content: Text = Field("", description="What was said.")
    feedback: Text = Field("", description="What he thought of it.")
    objections: Words = Field([], description="What kept him from buying.")
    next_step: Annotated[str, Field(max_length=300)] = Field("", description="What was agreed on.")
    visibility: Visibility = Field(Visibility.TEAM, description="Who may read what was said.")
    subject_ref: Annotated[str, Field(max_length=120)] = Field(
        "", description="What it was about in another module, such as `sales.Opportunity:0192…`."
    )
    corrects: ID[Interaction] | None = Field(None, description="The one that this one corrects.")


@command(Interaction, permission="customers.interaction.record", subject="")
async def record_interaction(info: Info, input: RecordInteractionInput) -> models.Interaction:
    """Write down what passed between a customer and the store."""
    customer = await _customer(info, input.customer, "customers.interaction.record")
    return await interactions.record_interaction(
        info.scope,
        customer.id,
        channel=input.channel,
        direction=input.direction,
        occurred_at=input.occurred_at,
        duration_s=input.duration_s,
        reached=input.reached,
        content=input.content,
        feedback=input.feedback,
        objections=input.objections,
        next_step=input.next_step,
        visibility=input.visibility,
        subject_ref=input.subject_ref,
        corrects_id=input.corrects.uuid if input.corrects else None,
    )


class ConsentInput(Input):
    """What a customer said about a purpose."""

    customer: ID[Customer] = Field(description="Who.")
    purpose: ConsentPurpose = Field(description="To what.")
    evidence: Annotated[str, Field(max_length=300)] = Field("", description="How it is known.")
    at: datetime | None = Field(None, description="When he said so; now without it.")


@command(Consent, permission="customers.consent.record")
async def grant_consent(info: Info, input: ConsentInput) -> models.Consent:
    """Write down that a customer agrees to something."""
    customer = await _customer(info, input.customer, "customers.consent.record")
    return await consents.grant_consent(info.scope, customer.id, input.purpose, evidence=input.evidence, at=input.at)


@command(Consent, permission="customers.consent.record")
async def withdraw_consent(info: Info, input: ConsentInput) -> models.Consent:
    """Write down that a customer no longer agrees to something."""
    customer = await _customer(info, input.customer, "customers.consent.record")
    return await consents.withdraw_consent(info.scope, customer.id, input.purpose, evidence=input.evidence, at=input.at)


async def _customer(info: Info, customer: ID[Customer], permission: str) -> models.Customer:
    return await info.scope.get(models.Customer, customer.uuid, permission=permission)
