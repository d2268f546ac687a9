"""What is to be done for customers: planned, put off, done with an interaction, cancelled or missed."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from typing import Final
from uuid import UUID
from zoneinfo import ZoneInfo

from forecourt import (
    LimitRefusal,
    PreconditionRefusal,
    Scope,
    ValidationRefusal,
    local_date,
    settings,
)
from plugins.customers.events import TaskDone, TaskMissed, TaskOverdue, TaskPlanned
from plugins.customers.models.choices import ContactKind, Priority
from plugins.customers.models.follow_up import FollowUpTask
from plugins.customers.models.people import ContactPoint, Customer
from plugins.customers.models.records import Interaction
from plugins.customers.services.levels import next_follow_up
from plugins.customers.services.levels_in_store import parameter_of, preset_of
from plugins.customers.services.lifecycle import Lifecycle
from plugins.customers.services.moves import live_customer
from plugins.customers.services.refusals import InteractionNeededRefusal, NextTaskNeededRefusal
from plugins.customers.services.task_states import RESCHEDULES, TASK, TaskState
from plugins.customers.settings import CustomersSettings
from plugins.organisation.api import business_calendar

DEFAULT_GRACE: Final = 60
DEFAULT_GAP: Final = timedelta(days=14)
IN_PLAY: Final = (Lifecycle.INTENT, Lifecycle.ORDERED)
"""Who is in the middle of buying never is without a next task."""
VERIFIED_AT_ONCE: Final = 500
GIVEN_UP: Final = (Lifecycle.LOST, Lifecycle.DORMANT, Lifecycle.CHURNED)


async def plan_task(
    scope: Scope,
    customer_id: UUID,
    *,
    owner_id: UUID | None = None,
    channel: str = "CALL",
    due_at: datetime,
    subject: str,
    priority: Priority = Priority.NORMAL,
    must: bool = False,
    subject_ref: str = "",
    dedupe_key: str | None = None,
    follows_id: UUID | None = None,
    by_rule: bool = False,
) -> FollowUpTask:
    """Plan something to do for a customer.

    Args:
        owner_id: The customer's owner without it.
        dedupe_key: A task of the store with the same key is returned instead, whatever became of it.

    Raises:
        ValidationRefusal: The subject is empty or the channel no code.
    """
    customer = await live_customer(customer_id)
    if dedupe_key is not None:
        known = await FollowUpTask.filter(store_id=customer.store_id, dedupe_key=dedupe_key).first()
        if known is not None:
            return known
    if not subject.strip():
        raise ValidationRefusal("say what is to be done", path=("subject",), rule="customers_subject")
    parameter = await parameter_of(customer.store_id, customer.intent_level)
    task = FollowUpTask(
        store_id=customer.store_id,
        customer_id=customer.id,
        owner_id=owner_id or customer.owner_id,
        channel=channel,
        subject=subject.strip(),
        due_at=due_at,
        grace_minutes=parameter.grace_minutes if parameter else DEFAULT_GRACE,
        priority=priority,
        must=must,
        subject_ref=subject_ref,
        dedupe_key=dedupe_key,
        follows_id=follows_id,
        by_rule=by_rule,
    )
    await task.save()
    scope.publish(
        TaskPlanned(
            task_id=task.id,
            customer_id=customer.id,
            owner_id=task.owner_id,
            due_at=task.due_at,
            store_id=task.store_id,
        )
    )
    return task


async def next_due(scope: Scope, customer: Customer) -> datetime | None:
    """Return when rules say to follow up next; None for a customer without a level."""
    if customer.intent_level is None:
        return None
    zone = scope.zone(customer.store_id)

    def local(at: datetime | None) -> date | None:
        return None if at is None else local_date(at, zone)

    chosen = await settings(scope, CustomersSettings, store_id=customer.store_id)
    day = next_follow_up(
        customer.intent_level,
        local(customer.last_contact_at),
        local(customer.last_task_done_at),
        local_date(scope.now(), zone),
        preset=await preset_of(customer.store_id),
    )
    if chosen.shift_off_rest_days:
        day = (await business_calendar(scope, customer.store_id)).work_day_from(day)
    return at_local(day, chosen.task_due_at, zone)


def at_local(day: date, at: str, zone: str) -> datetime:
    """Return the instant of a local time such as `18:00` on a day."""
    return datetime.combine(day, time.fromisoformat(at), ZoneInfo(zone))


async def complete_task(
    scope: Scope, task: FollowUpTask, interaction_id: UUID, *, no_further_contact: bool = False
) -> FollowUpTask:
    """Mark a task as done with an interaction; a customer in play gets a next task if he has none.

    Raises:
        TransitionRefusal: It is not planned any more.
        InteractionNeededRefusal: The interaction is another customer's, or older than the task.
        NextTaskNeededRefusal: The customer is in play and no rule says when to come back to him.
        PreconditionRefusal: No further contact is wanted, but the customer is not given up.
    """
    TASK.check(task.state, TaskState.DONE)
    interaction = await Interaction.filter(id=interaction_id, customer_id=task.customer_id).first()
    if interaction is None or interaction.occurred_at < task.created_at:
        raise InteractionNeededRefusal(
            "a task is done with an interaction of this customer that came after it was planned", path=("interaction",)
        )
    now = scope.now()
    await TASK.move(task, TaskState.DONE, {"interaction_id": interaction.id, "done_at": now})
    customer = await live_customer(task.customer_id)
    await customer.change_where(where={}, last_task_done_at=now)
    scope.publish(
        TaskDone(
            task_id=task.id,
            customer_id=task.customer_id,
            owner_id=task.owner_id,
            interaction_id=interaction.id,
            store_id=task.store_id,
        )
    )
    await _see_to_next(scope, customer, task, no_further_contact)
    return task


async def _see_to_next(scope: Scope, customer: Customer, task: FollowUpTask, no_further_contact: bool) -> None:
    if no_further_contact:
        if customer.lifecycle not in GIVEN_UP:
            raise PreconditionRefusal(
                "only a lost, dormant or churned customer is left without a next task",
                path=("noFurtherContact",),
                rule="customers_given_up",
            )
        return
    if customer.lifecycle not in IN_PLAY or await has_planned(customer.id):
        return
    due = await next_due(scope, customer)
    if due is None:
        raise NextTaskNeededRefusal(
            "this customer is about to buy: plan the next task, or say when he means to buy", path=("next",)
        )
    await plan_task(
        scope,
        customer.id,
        owner_id=task.owner_id,
        channel=task.channel,
        due_at=due,
        subject=task.subject,
        priority=task.priority,
        subject_ref=task.subject_ref,
        by_rule=True,
    )


async def retime_tasks(scope: Scope, customer_id: UUID) -> int:
    """Move what rules have planned for a customer to when they would plan it now; return how many tasks moved."""
    customer = await live_customer(customer_id)
    due = await next_due(scope, customer)
    if due is None:
        return 0
    planned = await FollowUpTask.filter(
        customer_id=customer.id, state=TaskState.PLANNED, archived_at=None, by_rule=True
    )
    for task in planned:
        task.due_at, task.overdue_told = due, False
        await task.save()
    return len(planned)


async def ask_to_verify(scope: Scope, store_id: UUID) -> int:
    """Plan a task for each customer whose mobile nobody has checked for long; return how many are new."""
    days = (await settings(scope, CustomersSettings, store_id=store_id)).verify_after_days
    before = scope.now() - timedelta(days=days)
    old = ContactPoint.filter(
        store_id=store_id,
        kind=ContactKind.MOBILE,
        is_primary=True,
        archived_at=None,
        valid_to=None,
        valid_from__lt=before,
    )
    points = await old.filter(verified_at__isnull=True).limit(VERIFIED_AT_ONCE)
    points += await old.filter(verified_at__lt=before).limit(VERIFIED_AT_ONCE)
    keys = {point.id: f"verify:{point.id}:{point.verified_at or point.valid_from:%Y%m%d}" for point in points}
    known = await FollowUpTask.filter(store_id=store_id, dedupe_key__in=list(keys.values()))
    done = {task.dedupe_key for task in known}
    new = [point for point in points if keys[point.id] not in done]
    subject = scope.text("VERIFY_CONTACT", "Check the contact points")
    for point in new:
        customer = await live_customer(point.customer_id)
        await plan_task(
            scope,
            customer.id,
            due_at=await _next_work_day(scope, customer),
            subject=subject,
            priority=Priority.LOW,
            dedupe_key=keys[point.id],
        )
    return len(new)


async def has_planned(customer_id: UUID) -> bool:
    """Tell whether anything is to be done for a customer."""
    return await FollowUpTask.filter(customer_id=customer_id, state=TaskState.PLANNED, archived_at=None).exists()


async def reschedule_task(scope: Scope, task: FollowUpTask, due_at: datetime, reason: str) -> FollowUpTask:
    """Put a task off, at most three times.

    Raises:
        TransitionRefusal: It is not planned any more.
        LimitRefusal: It was put off three times.
        ValidationRefusal: The new time is past, or no reason is given.
    """
    if task.state != TaskState.PLANNED:
        TASK.check(task.state, TaskState.PLANNED)
    if task.reschedule_count >= RESCHEDULES:
        raise LimitRefusal(
            f"a task is put off at most {RESCHEDULES} times",
            limit=RESCHEDULES,
            path=("task",),
            rule="customers_reschedule",
        )
    if due_at <= scope.now():
        raise ValidationRefusal("the new time lies in the future", path=("dueAt",), rule="customers_due")
    if not reason.strip():
        raise ValidationRefusal("say why it is put off", path=("reason",), rule="customers_reason")
    task.due_at = due_at
    task.reschedule_count += 1
    task.reschedule_reason = reason.strip()
    task.overdue_told = False
    await task.save()
    return task


async def cancel_task(scope: Scope, task: FollowUpTask, reason: str) -> FollowUpTask:
    """Cancel a task.

    Raises:
        TransitionRefusal: It is not planned any more.
        ValidationRefusal: No reason is given.
    """
    TASK.check(task.state, TaskState.CANCELLED)
    if not reason.strip():
        raise ValidationRefusal("say why it is cancelled", path=("reason",), rule="customers_reason")
    await TASK.move(task, TaskState.CANCELLED, {"cancel_reason": reason.strip()})
    return task


async def cancel_tasks_of(scope: Scope, customer_id: UUID, reason: str, *, subject_ref: str | None = None) -> int:
    """Cancel what is planned for a customer, or for one of his subjects; return how many tasks that were."""
    planned = FollowUpTask.filter(customer_id=customer_id, state=TaskState.PLANNED, archived_at=None)
    tasks = await (planned if subject_ref is None else planned.filter(subject_ref=subject_ref))
    for task in tasks:
        await cancel_task(scope, task, reason)
    return len(tasks)


async def move_tasks(scope: Scope, customer_id: UUID, subject_ref: str, before: UUID | None, to: UUID) -> int:
    """Give what is planned about one of a customer's subjects to somebody else; return how many tasks that were."""
    tasks = await FollowUpTask.filter(
        customer_id=customer_id, subject_ref=subject_ref, state=TaskState.PLANNED, owner_id=before, archived_at=None
    )
    return sum([await task.change_where(where={"owner_id": before}, owner_id=to) for task in tasks])


async def tell_overdue(scope: Scope) -> int:
    """Publish, once each, which tasks have become overdue; return how many."""
    late = await FollowUpTask.filter(
        state=TaskState.PLANNED, archived_at=None, overdue_told=False, overdue_at__lt=scope.now()
    ).limit(500)
    for task in late:
        if await task.change_where(where={"state": TaskState.PLANNED, "overdue_told": False}, overdue_told=True):
            scope.publish(
                TaskOverdue(
                    task_id=task.id, customer_id=task.customer_id, owner_id=task.owner_id, store_id=task.store_id
                )
            )
    return len(late)


async def miss_tasks(scope: Scope, store_id: UUID) -> int:
    """Mark tasks that were not done for too long as missed and plan one in the place of each; return how many."""
    now = scope.now()
    late = await FollowUpTask.filter(
        store_id=store_id, state=TaskState.PLANNED, archived_at=None, overdue_at__lt=now
    ).select_related("customer")
    missed = 0
    for task in late:
        parameter = await parameter_of(store_id, task.customer.intent_level)
        gap = timedelta(days=parameter.max_gap_days) if parameter else DEFAULT_GAP
        if task.overdue_at + gap < now and await TASK.try_move(task, TaskState.MISSED):
            await _stand_for(scope, task)
            missed += 1
    return missed


async def _stand_for(scope: Scope, task: FollowUpTask) -> None:
    customer = await live_customer(task.customer_id)
    successor = None
    if customer.lifecycle not in GIVEN_UP:
        due = await next_due(scope, customer) or await _next_work_day(scope, customer)
        successor = await plan_task(
            scope,
            customer.id,
            owner_id=task.owner_id,
            channel=task.channel,
            due_at=due,
            subject=task.subject,
            priority=Priority.HIGH,
            subject_ref=task.subject_ref,
            dedupe_key=f"missed:{task.id}",
            follows_id=task.id,
        )
    scope.publish(
        TaskMissed(
            task_id=task.id,
            customer_id=task.customer_id,
            owner_id=task.owner_id,
            successor_id=successor.id if successor else None,
            store_id=task.store_id,
        )
    )


async def _next_work_day(scope: Scope, customer: Customer) -> datetime:
    zone = scope.zone(customer.store_id)
    calendar = await business_calendar(scope, customer.store_id)
    chosen = await settings(scope, CustomersSettings, store_id=customer.store_id)
    return at_local(calendar.next_work_day(local_date(scope.now(), zone)), chosen.task_due_at, zone)
