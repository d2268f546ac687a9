"""Commands about what customers want, say and agree to."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated

from pydantic import Field

from forecourt import Money, Permission
from forecourt.graphql import ID, Info, Input, command
from plugins.customers import rights
from plugins.customers.models.choices import ConsentPurpose, InteractionDirection, PaymentWay, Visibility
from plugins.customers.models.people import Customer as CustomerRow
from plugins.customers.models.records import Consent as ConsentRow
from plugins.customers.models.records import Interaction as InteractionRow
from plugins.customers.models.records import PurchaseIntention as PurchaseIntentionRow
from plugins.customers.services import consents, intentions, interactions, levels_in_store, moves
from plugins.customers.services.intentions import Wishes
from plugins.customers.services.levels import IntentLevel
from plugins.customers.services.lifecycle import Lifecycle
from plugins.customers.types.people import Customer
from plugins.customers.types.records import Consent, Interaction, PurchaseIntention

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


@command(
    PurchaseIntention,
    permission=Permission("customers.purchase_intention.record", {"en": "Record intentions", "zh-CN": "登记购车意向"}),
)
async def record_intention(info: Info[CustomerRow], input: RecordIntentionInput) -> PurchaseIntentionRow:
    """Write the next version of what a customer wants; level and completeness follow."""
    return await intentions.add_intention(info.scope, info.subject.id, input.wishes(), check=True)


class SetIntentLevelInput(Input):
    """A level that somebody knows better than the rules."""

    customer: ID[Customer] = Field(description="Whose.")
    level: IntentLevel = Field(description="The level.")


@command(
    Customer,
    permission=Permission(
        "customers.customer.set_level", {"en": "Set intent levels by hand", "zh-CN": "手工设置意向级别"}
    ),
)
async def set_intent_level(info: Info[CustomerRow], input: SetIntentLevelInput) -> CustomerRow:
    """Set a customer's level by hand; the rules take over again after 30 days, or as many as the store has set."""
    return await levels_in_store.override_level(info.scope, info.subject, input.level)


class ReactivateCustomerInput(WishesInput):
    """Somebody who was given up wants to buy after all."""

    customer: ID[Customer] = Field(description="Who.")


@command(
    Customer,
    permission=Permission(
        "customers.customer.reactivate", {"en": "Take up lost customers again", "zh-CN": "激活战败或休眠客户"}
    ),
)
async def reactivate_customer(info: Info[CustomerRow], input: ReactivateCustomerInput) -> CustomerRow:
    """Take up a lost or dormant customer again, with what he wants now."""
    moved = await moves.move_lifecycle(info.scope, info.subject.id, Lifecycle.INTENT, "reactivated")
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


@command(
    Interaction,
    permission=Permission("customers.interaction.record", {"en": "Record interactions", "zh-CN": "登记沟通记录"}),
)
async def record_interaction(info: Info[CustomerRow], input: RecordInteractionInput) -> InteractionRow:
    """Write down what passed between a customer and the store."""
    return await interactions.record_interaction(
        info.scope,
        info.subject.id,
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


@command(Consent, permission=rights.RECORD_CONSENT)
async def grant_consent(info: Info[CustomerRow], input: ConsentInput) -> ConsentRow:
    """Write down that a customer agrees to something."""
    return await consents.grant_consent(
        info.scope, info.subject.id, input.purpose, evidence=input.evidence, at=input.at
    )


@command(Consent, permission=rights.RECORD_CONSENT)
async def withdraw_consent(info: Info[CustomerRow], input: ConsentInput) -> ConsentRow:
    """Write down that a customer no longer agrees to something."""
    return await consents.withdraw_consent(
        info.scope, info.subject.id, input.purpose, evidence=input.evidence, at=input.at
    )
