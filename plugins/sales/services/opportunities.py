"""Opportunities: opened, moved through the stages without a gap, won, suspended or given up by two people."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final
from uuid import UUID

from forecourt import ConflictRefusal, Money, PreconditionRefusal, Scope, ValidationRefusal, next_number, require_code
from plugins.customers.api import (
    LifecycleTrigger,
    PurchaseIntention,
    cancel_tasks_of,
    follow_lifecycle,
    live_customer,
)
from plugins.inventory.api import release
from plugins.sales import rights
from plugins.sales.code_lists import LOSS_REASONS, OTHER
from plugins.sales.events import OpportunityOpened, OpportunityStageChanged, OpportunityStateChanged
from plugins.sales.models.opportunities import Opportunity, PipelineStage, StageEntry, TestDrive
from plugins.sales.models.orders import Delivery, SalesOrder
from plugins.sales.models.quotations import Quotation
from plugins.sales.services.refusals import OpenOpportunityRefusal, SecondPersonRefusal
from plugins.sales.services.stages import (
    DEFAULT_STAGES,
    Requirement,
    Stage,
    StageDirection,
    StageFacts,
    StageKind,
    StageStep,
    check_winnable,
    plan_move,
)
from plugins.sales.services.states import (
    LIVE_OPPORTUNITY_STATES,
    OPPORTUNITY,
    RELEASED_ORDER_STATES,
    OpportunityState,
    TestDriveState,
)

EXTRA: Final = "EXTRA"
PURPOSES: Final = ("MAIN", EXTRA)


@dataclass(frozen=True, slots=True)
class Loss:
    """Why a deal is given up."""

    reason: str
    note: str = ""
    competitor: str = ""
    price_gap: Money | None = None


def subject_of(opportunity_id: UUID) -> str:
    """Return what tasks and interactions about an opportunity refer to."""
    return f"sales.Opportunity:{opportunity_id}"


def holder_of(opportunity_id: UUID) -> str:
    """Return for whom a vehicle is reserved: the deal, from its offer to its delivery."""
    return f"sales_opportunity:{opportunity_id}"


async def stages() -> tuple[Stage, ...]:
    """Return the dealer's pipeline; the default one while he has none of his own."""
    rows = await PipelineStage.filter(archived_at=None).order_by("position")
    if not rows:
        return DEFAULT_STAGES
    return tuple(
        Stage(
            row.code,
            row.position,
            row.probability_bp,
            StageKind(row.kind),
            tuple(Requirement(need) for need in row.requires),
        )
        for row in rows
    )


async def open_for(
    scope: Scope,
    customer_id: UUID,
    *,
    owner_id: UUID | None,
    lead_id: UUID | None = None,
    purpose: str = "MAIN",
    expected_amount: Money | None = None,
    expected_close_on: date | None = None,
    store_id: UUID | None = None,
) -> Opportunity:
    """Open a deal with a customer, whose lifecycle moves on. Publishes `OpportunityOpened`.

    Raises:
        OpenOpportunityRefusal: One is under way already, and this is not an extra one.
    """
    if purpose not in PURPOSES:
        raise ValidationRefusal(f"the purpose is one of {', '.join(PURPOSES)}", path=("purpose",), rule="purpose")
    customer = await live_customer(customer_id)
    present = await Opportunity.filter(
        customer_id=customer.id, state__in=sorted(LIVE_OPPORTUNITY_STATES), purpose__not=EXTRA, archived_at=None
    ).first()
    if present is not None and purpose != EXTRA:
        raise OpenOpportunityRefusal(present)
    first = (await stages())[0]
    now = scope.now()
    intention = await PurchaseIntention.filter(customer_id=customer.id, valid_to=None, archived_at=None).first()
    row = Opportunity(
        store_id=store_id or customer.store_id,
        doc_no=await next_number(scope, "OP", store_id=store_id or customer.store_id),
        customer_id=customer.id,
        lead_id=lead_id,
        owner_id=owner_id or customer.owner_id or scope.caller.user_id,
        purpose=purpose,
        intention_version=intention.version_no if intention else None,
        stage=first.code,
        stage_entered_at=now,
        probability_bp=first.probability_bp,
        opened_at=now,
        expected_amount=expected_amount,
        expected_close_on=expected_close_on or (intention.expected_on if intention else None),
    )
    await row.save()
    await _enter(scope, row, StageStep(first.code, StageDirection.FORWARD), 1, now, "")
    scope.publish(
        OpportunityOpened(opportunity_id=row.id, customer_id=customer.id, owner_id=row.owner_id, store_id=row.store_id)
    )
    await follow_lifecycle(scope, customer.id, LifecycleTrigger.OPPORTUNITY_OPENED)
    return row


async def facts_of(opportunity: Opportunity) -> StageFacts:
    """Return what the gates of the stages ask about."""
    intention = await PurchaseIntention.filter(
        customer_id=opportunity.customer_id, valid_to=None, archived_at=None
    ).first()
    quotations = Quotation.filter(opportunity_id=opportunity.id)
    return StageFacts(
        model_named=bool(intention and intention.models),
        budget_named=intention is not None and _names_budget(intention.budget_min, intention.budget_max),
        time_named=bool(intention and intention.expected_on),
        quotation_sent=await quotations.filter(sent_at__isnull=False).exists(),
        quotation_discussed=await quotations.filter(discussed_at__isnull=False).exists(),
        test_drive_done=await TestDrive.filter(
            opportunity_id=opportunity.id, state__in=[TestDriveState.RETURNED, TestDriveState.COMPLETED]
        ).exists(),
        delivered=await Delivery.filter(order__opportunity_id=opportunity.id).exists(),
    )


def _names_budget(*ends: Money | None) -> bool:
    return any(end is not None for end in ends)


async def move_stage(scope: Scope, opportunity: Opportunity, to: str, reason: str = "") -> Opportunity:
    """Bring an open deal into another stage; what lies between is passed through with no dwell.

    Raises:
        PreconditionRefusal: `missing` has what the stages ask for, or the deal is not open.
        ValidationRefusal: There is no such stage, it is there already, or it is entered by a delivery only.
    """
    if opportunity.state != OpportunityState.OPEN:
        raise PreconditionRefusal(
            f"only an open opportunity is moved; this one is {opportunity.state.value}", rule="not_open"
        )
    pipeline = await stages()
    if any(stage.code == to and stage.kind is not StageKind.OPEN for stage in pipeline):
        raise ValidationRefusal(
            "this stage is entered by what happens to the deal, not by hand", path=("stage",), rule="care"
        )
    await _walk(scope, opportunity, pipeline, to, reason)
    return opportunity


async def _walk(scope: Scope, opportunity: Opportunity, pipeline: Sequence[Stage], to: str, reason: str) -> None:
    steps = plan_move(pipeline, opportunity.stage, to, await facts_of(opportunity), reason=reason)
    chance = {stage.code: stage.probability_bp for stage in pipeline}
    before, since, now = opportunity.stage, opportunity.stage_entered_at, scope.now()
    position = await _leave_present(opportunity, now)
    for step in steps:
        position += 1
        await _enter(scope, opportunity, step, position, now, reason, left=step is not steps[-1])
    moved = await opportunity.change_where(
        where={"stage": before, "state": opportunity.state},
        stage=to,
        stage_entered_at=now,
        probability_bp=chance[to],
    )
    if not moved:
        raise ConflictRefusal("somebody else has just moved this opportunity", row=opportunity)
    scope.publish(
        OpportunityStageChanged(
            opportunity_id=opportunity.id,
            from_stage=before,
            to_stage=to,
            direction=steps[-1].direction.value,
            dwell_seconds=int((now - since).total_seconds()),
            store_id=opportunity.store_id,
        )
    )


async def _leave_present(opportunity: Opportunity, now: datetime) -> int:
    """Close the present entry of the history; return its position."""
    present = await StageEntry.filter(opportunity_id=opportunity.id, left_at=None).select_for_update().first()
    if present is None or not await present.change_where(where={"left_at": None}, left_at=now):
        raise ConflictRefusal("somebody else has just moved this opportunity", row=opportunity)
    return int(present.position)


async def _enter(
    scope: Scope,
    opportunity: Opportunity,
    step: StageStep,
    position: int,
    now: datetime,
    reason: str,
    *,
    left: bool = False,
) -> None:
    await StageEntry(
        store_id=opportunity.store_id,
        opportunity_id=opportunity.id,
        position=position,
        stage=step.stage,
        entered_at=now,
        left_at=now if left else None,
        direction=step.direction,
        reason=reason[:300],
        moved_by_id=scope.caller.user_id,
    ).save()


async def enter_care(scope: Scope, opportunity: Opportunity) -> None:
    """Bring a won deal into the stage of care, because its car was delivered; the offer's stages lie behind it."""
    pipeline = await stages()
    care = next((stage for stage in pipeline if stage.kind is StageKind.CARE), None)
    if care is None or opportunity.stage == care.code:
        return
    now = scope.now()
    before, since = opportunity.stage, opportunity.stage_entered_at
    position = await _leave_present(opportunity, now)
    await _enter(scope, opportunity, StageStep(care.code, StageDirection.FORWARD), position + 1, now, "")
    await opportunity.change_where(where={}, stage=care.code, stage_entered_at=now, probability_bp=care.probability_bp)
    scope.publish(
        OpportunityStageChanged(
            opportunity_id=opportunity.id,
            from_stage=before,
            to_stage=care.code,
            direction=StageDirection.FORWARD.value,
            dwell_seconds=int((now - since).total_seconds()),
            store_id=opportunity.store_id,
        )
    )


async def set_state(
    opportunity: Opportunity, to: OpportunityState, values: Mapping[str, Any], *, reason: str = ""
) -> None:
    """Move an opportunity as its state machine does. Publishes `OpportunityStateChanged`."""
    told = OpportunityStateChanged(
        opportunity_id=opportunity.id,
        customer_id=opportunity.customer_id,
        from_state=opportunity.state.value,
        to_state=to.value,
        reason=reason,
        store_id=opportunity.store_id,
    )
    await OPPORTUNITY.move(opportunity, to, values, event=told)


async def win(scope: Scope, opportunity: Opportunity) -> None:
    """Mark a deal as won because its order is confirmed; it passes through the stages that lie before.

    Raises:
        PreconditionRefusal: `missing` has what any of the stages asks for.
    """
    OPPORTUNITY.check(opportunity.state, OpportunityState.WON)
    pipeline = await stages()
    last = check_winnable(pipeline, await facts_of(opportunity))
    if any(stage.code == opportunity.stage and stage.order < last.order for stage in pipeline):
        await _walk(scope, opportunity, pipeline, last.code, "")
    await set_state(opportunity, OpportunityState.WON, {"won_at": scope.now(), "probability_bp": 10_000})


async def request_loss(scope: Scope, opportunity: Opportunity, loss: Loss) -> Opportunity:
    """Ask to give a deal up; somebody else decides."""
    await require_code(scope, LOSS_REASONS, loss.reason, store_id=opportunity.store_id, path=("reason",))
    if loss.reason == OTHER and not loss.note.strip():
        raise ValidationRefusal("another reason needs a note", path=("note",), rule="note_needed")
    asked = {
        "loss_reason": loss.reason,
        "loss_note": loss.note,
        "loss_competitor": loss.competitor,
        "loss_price_gap": loss.price_gap,
        "loss_requested_by_id": scope.caller.user_id,
        "loss_requested_at": scope.now(),
    }
    await set_state(opportunity, OpportunityState.LOSS_REQUESTED, asked, reason=loss.reason)
    return opportunity


async def decide_loss(scope: Scope, opportunity: Opportunity, *, approve: bool, note: str = "") -> Opportunity:
    """Agree that a deal is lost, or send it back to be worked on.

    Raises:
        SecondPersonRefusal: He owns the deal or asked for it himself.
        PreconditionRefusal: A live order stands on it.
    """
    to = OpportunityState.LOST if approve else OpportunityState.OPEN
    if opportunity.state != OpportunityState.LOSS_REQUESTED:
        OPPORTUNITY.check(opportunity.state, OpportunityState.LOST)
    if scope.caller.user_id in (None, opportunity.owner_id, opportunity.loss_requested_by_id):
        raise SecondPersonRefusal(rights.APPROVE_LOSS, "a lost deal")
    live = SalesOrder.filter(opportunity_id=opportunity.id, state__not_in=sorted(RELEASED_ORDER_STATES))
    if approve and await live.exists():
        raise PreconditionRefusal(
            "cancel the order of this deal first", missing=("ORDER_CANCELLED",), rule="live_order"
        )
    if not approve and not note.strip():
        raise ValidationRefusal("say what is still to be tried", path=("note",), rule="note_needed")
    decided = {
        "lost_at": scope.now() if approve else None,
        "loss_decided_by_id": scope.caller.user_id,
        "loss_decision_note": note,
    }
    await set_state(opportunity, to, decided, reason=opportunity.loss_reason)
    if approve:
        await _after_loss(scope, opportunity)
    return opportunity


async def _after_loss(scope: Scope, opportunity: Opportunity) -> None:
    await release(scope, holder_of(opportunity.id))
    await cancel_tasks_of(scope, opportunity.customer_id, "LOST", subject_ref=subject_of(opportunity.id))
    others = Opportunity.filter(
        customer_id=opportunity.customer_id, state__in=sorted(LIVE_OPPORTUNITY_STATES), archived_at=None
    )
    if not await others.exists():
        await follow_lifecycle(scope, opportunity.customer_id, LifecycleTrigger.ALL_LOST, opportunity.loss_reason)


async def suspend(scope: Scope, opportunity: Opportunity, wake_on: date) -> Opportunity:
    """Let a deal rest until a day."""
    if wake_on <= scope.today():
        raise ValidationRefusal("the day to come back lies in the future", path=("wakeOn",), rule="wake_on")
    await set_state(opportunity, OpportunityState.SUSPENDED, {"wake_on": wake_on})
    return opportunity


async def resume(scope: Scope, opportunity: Opportunity, reason: str = "") -> Opportunity:
    """Take a resting or lost deal up again; a lost one begins a new entry of its history in the stage it had."""
    was_lost = opportunity.state == OpportunityState.LOST
    if opportunity.state not in (OpportunityState.SUSPENDED, OpportunityState.LOST):
        raise PreconditionRefusal("only a resting or lost opportunity is taken up again", rule="not_resting")
    await set_state(opportunity, OpportunityState.OPEN, {"wake_on": None, "lost_at": None}, reason=reason)
    if was_lost:
        now = scope.now()
        position = await _leave_present(opportunity, now)
        step = StageStep(opportunity.stage, StageDirection.BACK)
        await _enter(scope, opportunity, step, position + 1, now, reason or "REACTIVATED")
        await opportunity.change_where(where={}, stage_entered_at=now)
        await follow_lifecycle(scope, opportunity.customer_id, LifecycleTrigger.OPPORTUNITY_OPENED)
    return opportunity
