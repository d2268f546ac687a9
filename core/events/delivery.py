"""Hands one event to one consumer, once."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from datetime import datetime
from functools import partial
from typing import TYPE_CHECKING
from uuid import UUID

from core.caller import Caller
from core.data.finding import columns_of, made
from core.data.lock_queues import HeldLocks
from core.data.statements import insert_sql, insert_values, native, rows_given
from core.data.writes import Write
from core.event import Event
from core.events.handler import HandlerSpec
from core.events.retry import RetryPolicy, describe
from core.ids import uuid7
from core.scope import Scope
from core.unit import Touched
from core.write import pipeline
from core.write.models import InboxReceipt, OutboxEvent, ReceiptState
from core.write.outbox import event_from

if TYPE_CHECKING:
    from core.dealer import Dealer

_log = logging.getLogger("forecourt.events")


class HandledElsewhereError(Exception):
    """Another worker has handled the event for the consumer meanwhile; `deliver` returns False."""


async def receipts_of(dealer: Dealer, events: Sequence[OutboxEvent]) -> dict[tuple[UUID, str], InboxReceipt]:
    """Return what consumers have recorded about events, by event and consumer."""
    dialect = dealer.database.dialect
    given, values = rows_given(dialect, [(event.id,) for event in events], ("uuid",))
    columns = ", ".join(f'receipt."{column}"' for column in columns_of(InboxReceipt))
    sql = (
        f"SELECT {columns} FROM {given} AS event "
        f'JOIN "{InboxReceipt._meta.db_table}" AS receipt ON receipt."event_id" = event.column1'
    )
    found = [made(InboxReceipt, row) for row in await dealer.database.fetch(native(sql, dialect), values)]
    return {(receipt.event_id, receipt.consumer): receipt for receipt in found}


async def deliver(dealer: Dealer, row: OutboxEvent, handler: HandlerSpec, *, last: bool = False) -> bool:
    """Let a consumer handle an event in a transaction of its own, together with its receipt.

    Args:
        last: All other consumers are through with the event, so it is marked as dispatched too.

    Returns:
        Whether it was handled now; False when another worker was faster, so that nothing was changed here.
    """

    async def handle(scope: Scope) -> None:
        # First, so that a twin in another worker waits as soon as the handler changes or locks anything.
        await dealer.database.post(_receipts([(row.id, handler.consumer)], ReceiptState.DONE, scope.now()))
        if last:
            await dealer.database.post(_mark([row.id], scope.now()))
        await handler.function(event_from(row, handler.event))

    try:
        await pipeline.transact(
            _scope(dealer, row, handler),
            handler.consumer,
            handle,
            correlation_id=row.correlation_id,
            causation_id=row.id,
        )
    except Exception:
        # Whatever a twin fails with, it is because the other one has committed; its receipt tells.
        receipt = (await receipts_of(dealer, [row])).get((row.id, handler.consumer))
        if receipt is None or receipt.state is not ReceiptState.DONE:
            raise
        return False
    return True


async def deliver_together(dealer: Dealer, rows: Sequence[OutboxEvent], until: datetime) -> int:
    """Let all consumers handle events that none of them has seen, in one transaction.

    It ends when somebody waits for it: to write at all on SQLite, for a row that it has changed on PostgreSQL.

    Args:
        until: When to give up, because the streams may be another worker's soon.

    Returns:
        How many were handled, from the first on; if one failed, nothing was done, and they can be delivered one by one.
    """
    done = 0
    handled: list[tuple[UUID, str]] = []
    turns = dealer.database.turns
    turn = None if turns is None else HeldLocks(turns)
    touched = Touched(turn=turn)
    try:
        async with dealer.database.transaction():
            for row in rows:
                if done and (dealer.database.people_wait or (turn is not None and turn.is_waited_for)):
                    break
                if dealer.clock.now() >= until:
                    raise TimeoutError("together they take too long")
                for handler in dealer.kernel.handlers[row.type]:
                    await pipeline.transact_within(
                        _scope(dealer, row, handler),
                        handler.consumer,
                        partial(_handle, handler, event_from(row, handler.event)),
                        correlation_id=row.correlation_id,
                        causation_id=row.id,
                        touched=touched,
                    )
                    handled.append((row.id, handler.consumer))
                done += 1
            now = dealer.clock.now()
            await dealer.database.post(_receipts(handled, ReceiptState.DONE, now))
            await dealer.database.post(_mark([row.id for row in rows[:done]], now))
    except Exception as error:  # noqa: BLE001 - whoever it was fails again by himself, and is told of then
        _log.debug("%d events are delivered one by one: %s", len(rows), describe(error))
        return 0
    finally:
        if turn is not None:
            turn.give_back()
    return done


async def _handle(handler: HandlerSpec, event: Event, _: Scope) -> None:
    await handler.function(event)


def _scope(dealer: Dealer, row: OutboxEvent, handler: HandlerSpec) -> Scope:
    caller = Caller(
        actor=f"handler:{handler.consumer}",
        store_id=row.store_id,
        store_ids=frozenset() if row.store_id is None else frozenset({row.store_id}),
        system=True,
    )
    return dealer.scope(caller)


async def mark_dispatched(dealer: Dealer, events: Sequence[UUID]) -> None:
    """Note that all consumers are through with events."""
    write = _mark(events, dealer.clock.now())
    await dealer.database.execute(write.alone(dealer.database.dialect), write.args)


def _mark(events: Sequence[UUID], now: datetime) -> Write:
    table = OutboxEvent._meta.db_table
    places = ", ".join("?" * len(events))
    return Write(table, f'UPDATE "{table}" SET "dispatched_at" = ? WHERE "id" IN ({places})', [now, *events])


def _receipts(
    handled: Sequence[tuple[UUID, str]],
    state: ReceiptState,
    now: datetime,
    *,
    next_at: datetime | None = None,
    last_error: str = "",
    attempts: int = 1,
) -> Write:
    """Return what writes a receipt for each event and consumer unless one of them is done already."""
    table = InboxReceipt._meta.db_table
    counted = 'excluded."attempts"' if state is ReceiptState.FAILING else f'"{table}"."attempts" + 1'
    suffix = (
        'ON CONFLICT ("event_id", "consumer") DO UPDATE SET "state" = excluded."state", '
        f'"attempts" = {counted}, "next_at" = excluded."next_at", '
        '"last_error" = excluded."last_error", "at" = excluded."at" '
        f'WHERE "{table}"."state" <> \'DONE\''
    )
    same = {"state": state, "attempts": attempts, "next_at": next_at, "last_error": last_error, "at": now}
    rows = [{"id": uuid7(), "event_id": event_id, "consumer": consumer, **same} for event_id, consumer in handled]
    return Write(
        table,
        insert_sql(InboxReceipt, len(rows), suffix),
        insert_values(InboxReceipt, rows),
        missed=lambda: HandledElsewhereError("a consumer has handled this event already"),
        rows=len(rows),
    )


async def record_failure(
    dealer: Dealer, row: OutboxEvent, consumer: str, failures: int, error: Exception, policy: RetryPolicy
) -> datetime | None:
    """Note that a consumer has failed; return when it is tried again, None when it is given up.

    Args:
        failures: How often it has failed with this event, this time included.
    """
    now = dealer.clock.now()
    failures, pause = policy.after(error, failures)
    next_at = None if pause is None else now + pause
    state = ReceiptState.DEAD if next_at is None else ReceiptState.FAILING
    reason = describe(error)
    _log.log(
        logging.ERROR if next_at is None else logging.WARNING,
        "consumer %s failed with %s %s, attempt %s of %s: %s",
        consumer, row.type, row.id, failures, policy.attempts, reason,
    )  # fmt: skip
    write = _receipts([(row.id, consumer)], state, now, next_at=next_at, last_error=reason, attempts=failures)
    await dealer.database.execute(write.alone(dealer.database.dialect), write.args)
    return next_at
