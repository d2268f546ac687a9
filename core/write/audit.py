"""Writes audit entries in the transaction of the change."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING
from uuid import UUID

from core.data.writes import inserts
from core.ids import uuid7
from core.unit import UnitOfWork
from core.write.models import AuditEntry
from core.write.values import json_value

if TYPE_CHECKING:
    from core.scope import Scope

GROUP_CHAIN = "group"


def chain_of(store_id: UUID | None) -> str:
    """Return the name of the chain that entries of a store belong to."""
    return GROUP_CHAIN if store_id is None else str(store_id)


def consecutive_ids(count: int) -> Sequence[UUID]:
    """Return new ids whose order is that of the list."""
    first = uuid7()
    # The last 62 bits are random, so a carry out of them is as unlikely as a clash of two ids.
    return [UUID(int=first.int + offset) for offset in range(count)]


async def write_entries(scope: Scope, unit: UnitOfWork) -> None:
    """Write one entry for each change of a unit of work, in one statement."""
    if not unit.changes:
        return
    now = scope.now()
    rows = [
        {
            "id": entry_id,
            "chain": chain_of(change.store_id),
            "store_id": change.store_id,
            "at": now,
            "actor": scope.caller.actor,
            "command": unit.action,
            "action": change.action,
            "module": change.module,
            "entity": change.model,
            "row_id": change.row_id,
            "version": change.version,
            "before": json_value(change.before),
            "after": json_value(change.after),
            "reason": unit.reason,
            "request_id": scope.request_id,
        }
        for entry_id, change in zip(consecutive_ids(len(unit.changes)), unit.changes, strict=True)
    ]
    for write in inserts(AuditEntry, rows):
        await scope._dealer.database.post(write)
