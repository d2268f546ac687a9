"""Reactions of customers to what happens among customers."""

from __future__ import annotations

from forecourt import current, on
from plugins.customers.events import IntentLevelChanged, LifecycleChanged, TaskPlanned
from plugins.customers.models.follow_up import FollowUpTask
from plugins.customers.services.lifecycle import Lifecycle
from plugins.customers.services.tasks import cancel_tasks_of, retime_tasks
from plugins.customers.services.today import is_for_today, push_late_task


@on(TaskPlanned)
async def put_on_todays_list(event: TaskPlanned) -> None:
    """Push a task that was planned after the morning's push, and is due today, by itself."""
    scope = current()
    if event.due_at is not None and not is_for_today(scope, event.store_id, event.due_at):
        return  # as most are
    task = await FollowUpTask.find(event.task_id)
    if task is not None:
        await push_late_task(scope, task)


@on(LifecycleChanged)
async def stop_following_up(event: LifecycleChanged) -> None:
    """Cancel what is planned for somebody who is lost."""
    if event.to_state == Lifecycle.LOST:
        await cancel_tasks_of(current(), event.customer_id, "the customer is lost")


@on(IntentLevelChanged)
async def follow_the_level(event: IntentLevelChanged) -> None:
    """Move what rules have planned: who is nearer to buying is asked sooner."""
    await retime_tasks(current(), event.customer_id)
