"""Hands one event to one consumer, once."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any
from uuid import UUID

from core.events.handler import HandlerSpec
from core.events.models import InboxReceipt, OutboxEvent, ReceiptState
from core.events.outbox import event_from
from core.events.retry import RetryPolicy, describe
from core.ids import uuid7
from core.people.caller import Caller
from core.scope import Scope
from core.write import pipeline
from core.write.statements import insert_sql, insert_values, native

if TYPE_CHECKING:
    from core.dealer import Dealer

_log = logging.getLogger("forecourt.events")


async def receipts_of(events: Sequence[OutboxEvent]) -> dict[tuple[UUID, str], InboxReceipt]:
    """Return what consumers have recorded about events, by event and consumer."""
    found = await InboxReceipt.filter(event_id__in=[event.id for event in events])
    return {(receipt.event_id, receipt.consumer): receipt for receipt in found}


async def deliver(dealer: Dealer, row: OutboxEvent, handler: HandlerSpec) -> bool:
    """Let a consumer handle an event in a transaction of its own, together with its receipt.

    Returns:
        Whether it was handled now; False when the receipt says that it had been.
    """
    event = event_from(row, handler.event)

    async def handle(scope: Scope) -> bool:
        # First, so that a twin in another worker waits here instead of doing the work too.
        if not await _take_receipt(scope, row.id, handler.consumer):
            return False
        await handler.function(event)
        return True

    caller = Caller(
        actor=f"handler:{handler.consumer}",
        store_id=row.store_id,
        store_ids=frozenset() if row.store_id is None else frozenset({row.store_id}),
        system=True,
    )
    return await pipeline.run(
        dealer.scope(caller),
        handler.consumer,
        handle,
        correlation_id=row.correlation_id,
        causation_id=row.id,
    )


async def _take_receipt(scope: Scope, event_id: UUID, consumer: str) -> bool:
    return await _upsert(scope.dealer, event_id, consumer, ReceiptState.DONE, scope.now(), None, "", 1)


async def _upsert(
    dealer: Dealer,
    event_id: UUID,
    consumer: str,
    state: ReceiptState,
    now: datetime,
    next_at: datetime | None,
    last_error: str,
    attempts: int,
) -> bool:
    """Write a receipt unless it is done already; return whether it was written."""
    table = f'"{InboxReceipt._meta.db_table}"'
    suffix = (
        'ON CONFLICT ("event_id", "consumer") DO UPDATE SET "state" = excluded."state", '
        f'"attempts" = {table}."attempts" + 1, "next_at" = excluded."next_at", '
        '"last_error" = excluded."last_error", "at" = excluded."at" '
        f"WHERE {table}.\"state\" <> 'DONE'"
    )
    row: dict[str, Any] = {
        "id": uuid7(),
        "event_id": event_id,
        "consumer": consumer,
        "state": state,
        "attempts": attempts,
        "next_at": next_at,
        "last_error": last_error,
        "at": now,
    }
    sql = native(insert_sql(InboxReceipt, 1, suffix), dealer.database.dialect)
    return await dealer.database.execute(sql, insert_values(InboxReceipt, [row])) == 1


async def record_failure(
    dealer: Dealer, row: OutboxEvent, consumer: str, failures: int, error: Exception, policy: RetryPolicy
) -> datetime | None:
    """Note that a consumer has failed; return when it is tried again, None when it is given up.

    Args:
        failures: How often it has failed with this event, this time included.
    """
    now = dealer.clock.now()
    pause = policy.pause(failures)
    next_at = None if pause is None else now + pause
    state = ReceiptState.DEAD if next_at is None else ReceiptState.FAILING
    reason = describe(error)
    _log.log(
        logging.ERROR if next_at is None else logging.WARNING,
        "consumer %s failed with %s %s, attempt %s of %s: %s",
        consumer, row.type, row.id, failures, policy.attempts, reason,
    )  # fmt: skip
    await _upsert(dealer, row.id, consumer, state, now, next_at, reason, failures)
    return next_at
