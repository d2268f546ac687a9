"""What each person is told in the morning to do that day."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, datetime, time, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from forecourt import Scope, local_date
from plugins.customers.events import TodayPushed
from plugins.customers.models.follow_up import FollowUpTask, TodayEntry, TodayList
from plugins.customers.services.task_states import TaskState
from plugins.organisation.api import business_calendar, effective_owner


async def push_today(scope: Scope, store_id: UUID) -> int:
    """Put what is due in a store today, or was before, on the lists of those who act; return how many tasks are new.

    On rest days only what must be done. A task is on one list a day, however often this runs.
    """
    zone = scope.zone(store_id)
    day = local_date(scope.now(), zone)
    planned = FollowUpTask.filter(
        store_id=store_id, state=TaskState.PLANNED, archived_at=None, due_at__lt=_end_of(day, zone)
    )
    if not (await business_calendar(scope, store_id)).is_work_day(day):
        planned = planned.filter(must=True)
    tasks = await planned.select_related("customer")
    return await _put_on_lists(scope, store_id, day, tasks)


def is_for_today(scope: Scope, store_id: UUID | None, due_at: datetime) -> bool:
    """Return whether something is due today in a store, or was before."""
    zone = scope.zone(store_id)
    return due_at < _end_of(local_date(scope.now(), zone), zone)


async def push_late_task(scope: Scope, task: FollowUpTask) -> bool:
    """Put a task that was planned after the morning's push on today's list; return whether it was.

    Before the push there are no lists, and the push will find the task.
    """
    if task.state != TaskState.PLANNED or not is_for_today(scope, task.store_id, task.due_at):
        return False
    day = local_date(scope.now(), scope.zone(task.store_id))
    if not task.must and not (await business_calendar(scope, task.store_id)).is_work_day(day):
        return False
    if not await TodayList.filter(store_id=task.store_id, on=day, archived_at=None).exists():
        return False
    await task.fetch_related("customer")
    return await _put_on_lists(scope, task.store_id, day, [task]) > 0


async def _put_on_lists(scope: Scope, store_id: UUID, day: date, tasks: Iterable[FollowUpTask]) -> int:
    waiting = {task.id: task for task in tasks if task.owner_id or task.customer.owner_id}
    if not waiting:
        return 0
    listed = await TodayEntry.filter(task_id__in=list(waiting), on=day, archived_at=None)
    for entry in listed:
        del waiting[entry.task_id]
    by_actor: dict[UUID, list[FollowUpTask]] = {}
    actors: dict[UUID, UUID] = {}
    for task in waiting.values():
        owner = task.owner_id or task.customer.owner_id
        assert owner is not None
        if owner not in actors:
            actors[owner] = await effective_owner(scope, owner, day, store_id=store_id)
        by_actor.setdefault(actors[owner], []).append(task)
    for actor in sorted(by_actor):
        await _extend_list(scope, store_id, day, actor, by_actor[actor])
    return len(waiting)


async def _extend_list(scope: Scope, store_id: UUID, day: date, actor: UUID, tasks: Sequence[FollowUpTask]) -> None:
    today = await TodayList.filter(store_id=store_id, owner_id=actor, on=day, archived_at=None).first()
    if today is None:
        today = TodayList(store_id=store_id, owner_id=actor, on=day, pushed_at=scope.now())
        await today.save()
    position = await TodayEntry.filter(today_list_id=today.id, archived_at=None).count()
    start = datetime.combine(day, time(), ZoneInfo(scope.zone(store_id)))
    for task in sorted(tasks, key=_first_things_first):
        position += 1
        await TodayEntry(
            store_id=store_id,
            today_list_id=today.id,
            task_id=task.id,
            on=day,
            position=position,
            subject=task.subject,
            due_at=task.due_at,
            carried_over=task.due_at < start,
        ).save()
    scope.publish(
        TodayPushed(today_list_id=today.id, owner_id=actor, on=day.isoformat(), added=len(tasks), store_id=store_id)
    )


def _first_things_first(task: FollowUpTask) -> tuple[object, ...]:
    return task.rank, not task.customer.priority, task.due_at, task.id


def _end_of(day: date, zone: str) -> datetime:
    return datetime.combine(day + timedelta(days=1), time(), ZoneInfo(zone))
