"""Commands about what is to be done for customers."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated
from uuid import UUID

from pydantic import Field

from forecourt import Scope, ValidationRefusal
from forecourt.graphql import ID, Info, Input, Store, User, command
from plugins.customers import rights
from plugins.customers.models.choices import InteractionDirection, Priority, Visibility
from plugins.customers.models.follow_up import FollowUpParameter as FollowUpParameterRow
from plugins.customers.models.follow_up import FollowUpTask as FollowUpTaskRow
from plugins.customers.models.people import Customer as CustomerRow
from plugins.customers.services import interactions, levels_in_store, tasks
from plugins.customers.types.follow_up import FollowUpParameter, FollowUpTask
from plugins.customers.types.people import Customer
from plugins.customers.types.records import Interaction

Subject = Annotated[str, Field(min_length=1, max_length=200)]

_SET_PARAMETERS = "customers.follow_up_parameter.update"


class NextTaskInput(Input):
    """The next thing to do for the same customer."""

    due_at: datetime = Field(description="By when.")
    subject: Subject = Field(description="What is to be done.")
    channel: Annotated[str, Field(max_length=60)] = Field(
        "CALL", description="How: a code of the list `customers.channel`."
    )
    priority: Priority = Field(Priority.NORMAL, description="Which one comes first.")
    must: bool = Field(False, description="Push it on rest days too.")


class PlanFollowUpInput(NextTaskInput):
    """Something to do for a customer."""

    customer: ID[Customer] = Field(description="For whom.")
    owner: ID[User] | None = Field(None, description="Who is to do it; the customer's owner without it.")
    subject_ref: Annotated[str, Field(max_length=120)] = Field(
        "", description="What it is about in another module, such as `sales.Opportunity:0192…`."
    )


@command(FollowUpTask, permission=rights.WRITE_TASKS)
async def plan_follow_up(info: Info[CustomerRow], input: PlanFollowUpInput) -> FollowUpTaskRow:
    """Plan something to do for a customer."""
    return await tasks.plan_task(
        info.scope,
        info.subject.id,
        owner_id=input.owner.uuid if input.owner else None,
        channel=input.channel,
        due_at=input.due_at,
        subject=input.subject,
        priority=input.priority,
        must=input.must,
        subject_ref=input.subject_ref,
    )


class TaskInteractionInput(Input):
    """The interaction that a task was done with."""

    occurred_at: datetime | None = Field(None, description="When it happened; now without it.")
    direction: InteractionDirection = Field(InteractionDirection.OUT, description="Who began it.")
    reached: bool = Field(True, description="He answered; false for a mere attempt.")
    content: Annotated[str, Field(max_length=4000)] = Field("", description="What was said.")
    next_step: Annotated[str, Field(max_length=300)] = Field("", description="What was agreed on.")
    visibility: Visibility = Field(Visibility.TEAM, description="Who may read what was said.")


class CompleteFollowUpInput(Input):
    """A task that is done."""

    task: ID[FollowUpTask] = Field(description="The task.")
    interaction: ID[Interaction] | None = Field(None, description="The interaction that it was done with.")
    record: TaskInteractionInput | None = Field(None, description="Instead: what to write down as one.")
    next: NextTaskInput | None = Field(
        None, description="What to do next; without it the rules plan a task for a customer who is about to buy."
    )
    no_further_contact: bool = Field(False, description="Nothing more is to be done; for customers who were given up.")


@command(FollowUpTask, permission=rights.WRITE_TASKS)
async def complete_follow_up(info: Info[FollowUpTaskRow], input: CompleteFollowUpInput) -> FollowUpTaskRow:
    """Mark a task as done with an interaction, and plan the next one."""
    task, scope = info.subject, info.scope
    if input.next is not None:
        await tasks.plan_task(
            scope,
            task.customer_id,
            owner_id=task.owner_id,
            channel=input.next.channel,
            due_at=input.next.due_at,
            subject=input.next.subject,
            priority=input.next.priority,
            must=input.next.must,
            subject_ref=task.subject_ref,
        )
    return await tasks.complete_task(
        scope, task, (await _interaction(scope, input, task)), no_further_contact=input.no_further_contact
    )


async def _interaction(scope: Scope, input: CompleteFollowUpInput, task: FollowUpTaskRow) -> UUID:
    if (input.interaction is None) == (input.record is None):
        raise ValidationRefusal(
            "name the interaction, or say what to write down: one of the two", path=("record",), rule="customers_one_of"
        )
    if input.interaction is not None:
        return input.interaction.uuid
    assert input.record is not None
    row = await interactions.record_interaction(
        scope,
        task.customer_id,
        channel=task.channel,
        subject_ref=task.subject_ref,
        **input.record.model_dump(),
    )
    return row.id


class RescheduleFollowUpInput(Input):
    """A task that is put off."""

    task: ID[FollowUpTask] = Field(description="The task.")
    due_at: datetime = Field(description="By when instead.")
    reason: Annotated[str, Field(min_length=1, max_length=200, description="Why.")]


@command(FollowUpTask, permission=rights.WRITE_TASKS)
async def reschedule_follow_up(info: Info[FollowUpTaskRow], input: RescheduleFollowUpInput) -> FollowUpTaskRow:
    """Put a task off, at most three times."""
    return await tasks.reschedule_task(info.scope, info.subject, input.due_at, input.reason)


class CancelFollowUpInput(Input):
    """A task that is not to be done any more."""

    task: ID[FollowUpTask] = Field(description="The task.")
    reason: Annotated[str, Field(min_length=1, max_length=200, description="Why.")]


@command(FollowUpTask, permission=rights.WRITE_TASKS)
async def cancel_follow_up(info: Info[FollowUpTaskRow], input: CancelFollowUpInput) -> FollowUpTaskRow:
    """Cancel a task."""
    return await tasks.cancel_task(info.scope, info.subject, input.reason)


class ApplyFollowUpPresetInput(Input):
    """A ready-made set of intervals."""

    preset: Annotated[str, Field(max_length=20, description="`fast` or `slow`.")]
    store: ID[Store] | None = Field(None, description="The store; the caller's own without it.")


@command(FollowUpParameter, permission=_SET_PARAMETERS)
async def apply_follow_up_preset(info: Info, input: ApplyFollowUpPresetInput) -> list[FollowUpParameterRow]:
    """Set a store's follow-up intervals to those of a preset."""
    scope = info.scope
    store_id = input.store.uuid if input.store else scope.store_id
    if scope.caller.reach_in(_SET_PARAMETERS, store_id) is None:
        raise ValidationRefusal("this is not one of your stores", path=("store",), rule="customers_store")
    return await levels_in_store.apply_preset(scope, input.preset, store_id)
