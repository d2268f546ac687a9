"""What happens after the sale by itself."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from datetime import date, timedelta
from typing import Final, TypeVar
from uuid import UUID

from forecourt import Model, Scope, job, local_date, settings, transact
from plugins.aftersales.models.maintenance import PlanItem
from plugins.aftersales.models.requests import ServiceRequest
from plugins.aftersales.models.vehicles import ServiceVehicle
from plugins.aftersales.services import plans, requests
from plugins.aftersales.services.escalation import escalate
from plugins.aftersales.services.prediction import add_months
from plugins.aftersales.services.states import PlanItemState, RequestState
from plugins.aftersales.settings import AftersalesSettings
from plugins.customers.api import Customer, Lifecycle, LifecycleTrigger, Priority, follow_lifecycle, plan_task

AT_ONCE: Final = 200
"""So many rows are handled in one transaction."""
_BEFORE_ALL: Final = UUID(int=0)
R = TypeVar("R", bound=Model)


@job(steps=True)
async def watch_maintenance(scope: Scope) -> None:
    """Ask for a store's customers to come in whose maintenance is near, and note what is past its day."""
    chosen = await settings(scope, AftersalesSettings)
    today = scope.today()
    near, past = today + timedelta(days=chosen.warn_days), today - timedelta(days=1)
    silent_since = scope.now() - timedelta(days=chosen.chase_after_days)

    async def due(inner: Scope, after: UUID) -> Sequence[PlanItem]:
        items = await _items(inner, after, PlanItemState.PLANNED, until=near)
        for item in items:
            await plans.make_due(inner, item, item.vehicle)
        return items

    async def overdue(inner: Scope, after: UUID) -> Sequence[PlanItem]:
        items = await _items(inner, after, PlanItemState.DUE, until=past)
        for item in items:
            await plans.make_overdue(inner, item, item.vehicle)
        return items

    async def chase(inner: Scope, after: UUID) -> Sequence[PlanItem]:
        waiting = PlanItem.filter(
            store_id=inner.store_id,
            state__in=[PlanItemState.DUE, PlanItemState.OVERDUE],
            chased=False,
            told_at__lt=silent_since,
            archived_at=None,
            vehicle__archived_at=None,
            id__gt=after,
        )
        items = await waiting.order_by("id").limit(AT_ONCE).select_related("vehicle")
        for item in items:
            await _chase(inner, item)
        return items

    for step in (due, overdue, chase):
        await _in_batches(scope, "aftersales.watch_maintenance", step)


async def _items(scope: Scope, after: UUID, state: PlanItemState, *, until: date) -> list[PlanItem]:
    rows = PlanItem.filter(
        store_id=scope.store_id,
        state=state,
        effective_on__lte=until,
        archived_at=None,
        vehicle__archived_at=None,
        id__gt=after,
    )
    return await rows.order_by("id").limit(AT_ONCE).select_related("vehicle")


async def _chase(scope: Scope, item: PlanItem) -> None:
    """Have somebody call a customer who hasn't answered that his vehicle wants maintenance."""
    await plan_task(
        scope,
        item.vehicle.customer_id,
        owner_id=item.vehicle.advisor_id,
        due_at=scope.now() + timedelta(days=1),
        subject="保养邀约 / Maintenance is due",
        priority=Priority.NORMAL,
        subject_ref=f"aftersales.PlanItem:{item.id}",
        dedupe_key=f"aftersales.maintenance:{item.id}",
    )
    item.chased = True
    await item.save()


@job(steps=True)
async def watch_requests(scope: Scope) -> None:
    """Make every service request more urgent whose deadline is past."""
    now = scope.now()

    async def step(inner: Scope, after: UUID) -> Sequence[ServiceRequest]:
        late = ServiceRequest.filter(escalate_at__lte=now, archived_at=None, id__gt=after)
        rows = await late.order_by("id").limit(AT_ONCE)
        for row in rows:
            await escalate(inner, row)
        return rows

    await _in_batches(scope, "aftersales.watch_requests", step)


@job(steps=True)
async def close_resolved_requests(scope: Scope) -> None:
    """Close a store's resolved requests that can no longer be opened again."""
    days = (await settings(scope, AftersalesSettings)).reopen_days
    before = scope.now() - timedelta(days=days)

    async def step(inner: Scope, after: UUID) -> Sequence[ServiceRequest]:
        old = ServiceRequest.filter(
            store_id=inner.store_id, state=RequestState.RESOLVED, resolved_at__lt=before, archived_at=None, id__gt=after
        )
        rows = await old.order_by("id").limit(AT_ONCE)
        for row in rows:
            await requests.close(inner, row)
        return rows

    await _in_batches(scope, "aftersales.close_resolved_requests", step)


@job(steps=True)
async def find_churned_owners(scope: Scope) -> None:
    """Take note of a store's owners who have neither come to the workshop nor been heard of for long."""
    months = (await settings(scope, AftersalesSettings)).churn_after_months
    since = add_months(scope.today(), -months)

    async def step(inner: Scope, after: UUID) -> Sequence[Customer]:
        owners = Customer.filter(store_id=inner.store_id, lifecycle=Lifecycle.OWNER, archived_at=None, id__gt=after)
        rows = await owners.order_by("id").limit(AT_ONCE)
        here = await _seen_on([row.id for row in rows])
        for row in rows:
            contact = row.last_contact_at and local_date(row.last_contact_at, inner.zone(row.store_id))
            if row.id in here and here[row.id] < since and (contact is None or contact < since):
                await follow_lifecycle(inner, row.id, LifecycleTrigger.SERVICE_MISSED, f"no visit for {months} months")
        return rows

    await _in_batches(scope, "aftersales.find_churned_owners", step)


async def _seen_on(customer_ids: list[UUID]) -> dict[UUID, date]:
    """Return when customers were last at the workshop with any of their vehicles, or got the newest one."""
    seen: dict[UUID, date] = {}
    for row in await ServiceVehicle.filter(customer_id__in=customer_ids, archived_at=None):
        for day in (row.visited_on, row.delivered_on):
            if day is not None:
                seen[row.customer_id] = max(day, seen.get(row.customer_id, day))
    return seen


async def _in_batches(scope: Scope, action: str, step: Callable[[Scope, UUID], Awaitable[Sequence[R]]]) -> None:
    """Run a step in one transaction after the other, each from behind the last row of the one before, to the end."""
    after = _BEFORE_ALL
    while True:

        async def batch(inner: Scope, start: UUID = after) -> UUID | None:
            rows = await step(inner, start)
            return rows[-1].id if rows else None

        last = await transact(scope, action, batch)
        if last is None:
            return
        after = last
