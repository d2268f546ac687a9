"""Delivers events after commit: at least once, in order per aggregate and consumer."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING
from uuid import UUID, uuid4

from tortoise.expressions import Q

from core.events.delivery import deliver, receipts_of, record_failure
from core.events.handler import HandlerSpec
from core.events.models import EventStream, InboxReceipt, OutboxEvent, ReceiptState
from core.events.retry import RetryPolicy
from core.write.statements import native

if TYPE_CHECKING:
    from core.dealer import Dealer

_STREAMS_AT_ONCE = 100
_PAGE = 100


@dataclass(slots=True)
class _Visit:
    """What one worker has found and done while it held one stream.

    Attributes:
        blocked: Consumers that failed with an earlier event of this aggregate; they get no later one.
        retry_at: When the first of them is tried again.
        done_sequence: All events up to here are through with all consumers.
        interrupted: It was left early, so the stream stays due.
    """

    stream: EventStream
    lease: str
    lease_until: datetime
    blocked: set[str] = field(default_factory=set)
    retry_at: datetime | None = None
    done_sequence: int = 0
    prefix_ends: bool = False
    delivered: int = 0
    interrupted: bool = False


class Dispatcher:
    """Delivers the events of one dealer; any number of them, in any number of processes, may run at once.

    A worker claims the stream of an aggregate with a lease in the database. Should the lease run out while it works,
    the receipts still keep the consumers from doing anything twice.
    """

    def __init__(
        self, dealer: Dealer, *, policy: RetryPolicy | None = None, lease_seconds: float = 30.0, parallel: int = 4
    ) -> None:
        self.dealer = dealer
        self.policy = policy or RetryPolicy()
        self.lease = timedelta(seconds=lease_seconds)
        # SQLite has one writer; several tasks would only queue up before it.
        self._slots = asyncio.Semaphore(1 if dealer.database.dialect == "sqlite" else parallel)
        self._stopping = False

    def stop(self) -> None:
        """Make `drain` end after the delivery that is under way."""
        self._stopping = True

    async def drain(self) -> int:
        """Deliver what is due until nothing is left; return how many deliveries there were.

        Other workers' claims are left to them.
        """
        delivered = 0
        while not self._stopping:
            now = self.dealer.clock.now()
            due = (
                await EventStream.filter(self._unclaimed(now), due_at__lte=now)
                .order_by("due_at")
                .limit(_STREAMS_AT_ONCE)
            )
            visits = await asyncio.gather(*(self._serve(stream) for stream in due))
            delivered += sum(count for count in visits if count is not None)
            if all(count is None for count in visits):
                break
        return delivered

    async def next_due(self) -> datetime | None:
        """Return when there is something to deliver next, or a lease runs out."""
        stream = await EventStream.filter(due_at__isnull=False).order_by("due_at").first()
        if stream is None or stream.due_at is None:
            return None
        return max(stream.due_at, stream.lease_until) if stream.lease_until else stream.due_at

    @staticmethod
    def _unclaimed(now: datetime) -> Q:
        return Q(lease_until__isnull=True) | Q(lease_until__lt=now)

    async def _serve(self, stream: EventStream) -> int | None:
        """Deliver one aggregate's events; None when another worker has it."""
        async with self._slots:
            visit = await self._claim(stream)
            if visit is None:
                return None
            try:
                await self._deliver_all(visit)
            except BaseException:
                visit.interrupted = True
                # Without this others would wait for the lease to run out; if it fails too, they do.
                with contextlib.suppress(Exception):
                    await self._release(visit)
                raise
            await self._release(visit)
            return visit.delivered

    async def _deliver_all(self, visit: _Visit) -> None:
        after = visit.done_sequence
        while True:
            rows = OutboxEvent.filter(aggregate_id=visit.stream.id, sequence__gt=after)
            events = await rows.order_by("sequence").limit(_PAGE)
            await self._deliver_page(visit, events)
            if len(events) < _PAGE or visit.interrupted:
                return
            after = events[-1].sequence

    async def _claim(self, stream: EventStream) -> _Visit | None:
        now = self.dealer.clock.now()
        lease = str(uuid4())
        sql = (
            f'UPDATE "{EventStream._meta.db_table}" SET "lease" = ?, "lease_until" = ? '
            'WHERE "id" = ? AND "done_sequence" = ? AND "due_at" <= ? '
            'AND ("lease_until" IS NULL OR "lease_until" < ?)'
        )
        if not await self._execute(sql, lease, now + self.lease, stream.id, stream.done_sequence, now, now):
            return None
        return _Visit(stream, lease, now + self.lease, done_sequence=stream.done_sequence)

    async def _execute(self, sql: str, *values: object) -> int:
        return await self.dealer.database.execute(native(sql, self.dealer.database.dialect), values)

    async def _deliver_page(self, visit: _Visit, events: Sequence[OutboxEvent]) -> None:
        waiting = [event for event in events if event.dispatched_at is None]
        receipts = await receipts_of(waiting) if waiting else {}
        through_now: list[UUID] = []
        try:
            for event in events:
                through = event.dispatched_at is not None or await self._deliver_event(visit, event, receipts)
                if through and event.dispatched_at is None:
                    through_now.append(event.id)
                visit.prefix_ends = visit.prefix_ends or not through
                if not visit.prefix_ends:
                    visit.done_sequence = event.sequence
        finally:
            if through_now:
                await self._mark_dispatched(through_now)

    async def _mark_dispatched(self, events: Sequence[UUID]) -> None:
        sql = (
            f'UPDATE "{OutboxEvent._meta.db_table}" SET "dispatched_at" = ? '
            f'WHERE "id" IN ({", ".join("?" * len(events))})'
        )
        await self._execute(sql, self.dealer.clock.now(), *events)

    async def _deliver_event(
        self, visit: _Visit, event: OutboxEvent, receipts: dict[tuple[UUID, str], InboxReceipt]
    ) -> bool:
        """Return whether all consumers are through with the event."""
        if self._stopping:
            visit.interrupted = True
            return False
        through = True
        for handler in self.dealer.kernel.handlers.get(event.type, ()):
            if not await self._deliver_to(visit, event, handler, receipts.get((event.id, handler.consumer))):
                through = False
        return through

    async def _deliver_to(
        self, visit: _Visit, event: OutboxEvent, handler: HandlerSpec, receipt: InboxReceipt | None
    ) -> bool:
        """Return whether the consumer is through with the event: it has handled it, or has been given up."""
        if receipt is not None and receipt.state is not ReceiptState.FAILING:
            return True
        if handler.consumer in visit.blocked:
            return False
        now = self.dealer.clock.now()
        if receipt is not None and receipt.next_at is not None and receipt.next_at > now:
            self._block(visit, handler.consumer, receipt.next_at)
            return False
        await self._keep_lease(visit, now)
        try:
            visit.delivered += await deliver(self.dealer, event, handler)
        except Exception as error:  # noqa: BLE001 - whatever a handler raises is its failure, not the worker's
            failures = (receipt.attempts if receipt else 0) + 1
            retry_at = await record_failure(self.dealer, event, handler.consumer, failures, error, self.policy)
            if retry_at is None:
                return True
            self._block(visit, handler.consumer, retry_at)
            return False
        return True

    @staticmethod
    def _block(visit: _Visit, consumer: str, until: datetime) -> None:
        visit.blocked.add(consumer)
        visit.retry_at = until if visit.retry_at is None else min(visit.retry_at, until)

    async def _keep_lease(self, visit: _Visit, now: datetime) -> None:
        if visit.lease_until - now > self.lease / 2:
            return
        visit.lease_until = now + self.lease
        sql = f'UPDATE "{EventStream._meta.db_table}" SET "lease_until" = ? WHERE "id" = ? AND "lease" = ?'
        await self._execute(sql, visit.lease_until, visit.stream.id, visit.lease)

    async def _release(self, visit: _Visit) -> None:
        table, stream = f'"{EventStream._meta.db_table}"', visit.stream
        free = f'UPDATE {table} SET "lease" = NULL, "lease_until" = NULL'
        mine = 'WHERE "id" = ? AND "lease" = ?'
        if not visit.interrupted:
            sql = f'{free}, "done_sequence" = ?, "due_at" = ? {mine} AND "last_sequence" = ? AND "done_sequence" = ?'
            seen = (stream.last_sequence, stream.done_sequence)
            if await self._execute(sql, visit.done_sequence, visit.retry_at, stream.id, visit.lease, *seen):
                return
        # It was left early, or something was published or revived meanwhile: the stream stays due.
        await self._execute(f"{free} {mine}", stream.id, visit.lease)
