"""Merges that modules missed because they were off: their rows follow when they are on again.

What is to be done is read from the rows themselves: one that refers to a merged customer belongs to his survivor. So it
may be asked for at any time and as often as one likes.
"""

from __future__ import annotations

import logging
from functools import partial
from typing import Any, Final
from uuid import UUID

from tortoise.expressions import Subquery

from forecourt import Refusal, Scope, transact
from plugins.customers.models.people import Customer
from plugins.customers.models.records import MergeRecord
from plugins.customers.services.contacts import surviving
from plugins.customers.services.merging import hand_over_to_survivor, references

AT_ONCE: Final = 100
ACTION: Final = "applyMerges"
_log = logging.getLogger("forecourt.customers")


async def apply_merges(scope: Scope) -> int:
    """Give rows that refer to merged customers to their survivors, each merged customer in a transaction of its own.

    A row that the survivor can't have, such as a second main deal, stays and is logged.

    Returns:
        How many rows moved.
    """
    moved = 0
    for model, column in references(scope):
        after: UUID | None = None
        while losers := await _losers(model, column, after):
            after = losers[-1]
            for loser_id in losers:
                moved += await transact(scope, ACTION, partial(_apply, loser_id=loser_id))
    return moved


async def _losers(model: type[Any], column: str, after: UUID | None) -> list[UUID]:
    """Return merged customers to whom rows of a table refer, in the order of their ids, some at once."""
    merged = Customer.filter(merged_into_id__isnull=False)
    rows = model.filter(**{f"{column}__in": Subquery(merged.values("id"))})
    if after is not None:
        rows = rows.filter(**{f"{column}__gt": after})
    found: list[UUID] = await rows.order_by(column).distinct().limit(AT_ONCE).values_list(column, flat=True)
    return found


async def _apply(scope: Scope, *, loser_id: UUID) -> int:
    loser, survivor = await Customer.get(id=loser_id), await surviving(loser_id)
    if survivor is None:
        return 0  # archived since; what refers to either stays as it is
    await hand_over_to_survivor(scope, survivor, loser, "")
    moved: dict[str, list[str]] = {}
    for model, column in references(scope):
        for row in await model.filter(**{column: loser_id}):
            try:
                await transact(scope, ACTION, partial(_move, row=row, column=column, survivor_id=survivor.id))
            except Refusal as refusal:
                _log.warning("a %s can't follow a merge: %s", model.__name__, refusal.code)
                continue
            moved.setdefault(f"{model._meta.app}.{model.__name__}", []).append(str(row.id))
    record = await MergeRecord.filter(loser_id=loser_id).first()
    if record is not None and moved:
        record.moved = {**record.moved, **{name: [*record.moved.get(name, []), *ids] for name, ids in moved.items()}}
        await record.save()
    return sum(len(ids) for ids in moved.values())


async def _move(_: Scope, *, row: Any, column: str, survivor_id: UUID) -> None:
    setattr(row, column, survivor_id)
    await row.save()
