"""What happened to a customer, told by every module that knows of it."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Final
from uuid import UUID

from forecourt import Model, Scope, answers, global_id
from plugins.customers.hooks import TimelineEntry
from plugins.customers.models.follow_up import FollowUpTask
from plugins.customers.models.people import Customer
from plugins.customers.models.records import Consent, CustomerVehicle, Interaction, OwnershipTransfer, PurchaseIntention
from plugins.customers.services.task_states import TaskState

LONGEST: Final = 100
"""Entries of a timeline at the most."""


async def timeline(scope: Scope, customer: Customer, limit: int) -> list[TimelineEntry]:
    """Return the latest things that any module knows of a customer, the newest first."""
    told = scope.hooks.customer_timeline(scope=scope, customer_id=customer.id, limit=limit)
    entries = [entry for contribution in await answers(told) for entry in contribution]
    seen = [entry for entry in entries if entry.permission is None or scope.caller.reach(entry.permission) is not None]
    return sorted(seen, key=lambda entry: entry.at, reverse=True)[:limit]


async def own_entries(scope: Scope, customer_id: UUID, limit: int) -> Iterable[TimelineEntry]:
    """Return what this module knows of a customer."""
    own = {"customer_id": customer_id}
    talks = await Interaction.filter(**own).order_by("-occurred_at").limit(limit)
    wishes = await PurchaseIntention.filter(**own).order_by("-valid_from").limit(limit)
    done = await FollowUpTask.filter(**own, state=TaskState.DONE).order_by("-done_at").limit(limit)
    consents = await Consent.filter(**own).order_by("-at").limit(limit)
    cars = await CustomerVehicle.filter(**own, archived_at=None).order_by("-id").limit(limit)
    moves = await OwnershipTransfer.filter(**own).order_by("-id").limit(limit)
    return [
        *(_entry(row, row.occurred_at, "interaction", row.channel, "interaction") for row in talks),
        *(_entry(row, row.valid_from, "intention", ", ".join(row.models), "purchase_intention") for row in wishes),
        *(_entry(row, row.done_at or row.updated_at, "task_done", row.subject, "follow_up_task") for row in done),
        *(_entry(row, row.at, f"consent_{row.state.lower()}", row.purpose, "consent") for row in consents),
        *(_entry(row, row.created_at, "vehicle", row.model, "customer_vehicle") for row in cars),
        *(_entry(row, row.created_at, "owner_changed", row.reason, "ownership_transfer") for row in moves),
    ]


def _entry(row: Model, at: datetime, kind: str, text: str, slug: str) -> TimelineEntry:
    ref = global_id(type(row).__name__, row.id)
    return TimelineEntry(at, f"customers.{kind}", text, ref, f"customers.{slug}.read")
