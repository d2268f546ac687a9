"""Delivers events after commit: at least once, in order per aggregate and consumer."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from math import inf
from time import monotonic
from typing import TYPE_CHECKING
from uuid import UUID, uuid4

from core.data.finding import columns_of, made
from core.data.statements import native, rows_given
from core.events.ahead import bring_back, furthest
from core.events.delivery import deliver, deliver_together, mark_dispatched, receipts_of, record_failure
from core.events.handler import HandlerSpec
from core.events.retry import RetryPolicy
from core.write.models import EventStream, InboxReceipt, OutboxEvent, ReceiptState

if TYPE_CHECKING:
    from core.dealer import Dealer

_STREAMS_AT_ONCE = 16  # each claim costs statements, but what is claimed here, no other worker can do
_PAGE = 100

Receipts = Mapping[tuple[UUID, str], InboxReceipt]


@dataclass(slots=True, eq=False)
class _Visit:
    """What one worker has found and done while it held one stream.

    Attributes:
        stream_id: The aggregate's id.
        last_sequence: The last event's at the claim.
        begin_sequence: Up to here all were through at the claim.
        blocked: Consumers that failed with an earlier event of this aggregate; they get no later one.
        retry_at: When the first of them is tried again.
        done_sequence: All events up to here are through with all consumers.
        interrupted: It was left early, so the stream stays due.
    """

    stream_id: UUID
    last_sequence: int
    begin_sequence: int
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
    the receipts still keep the consumers from changing anything twice.
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
        self._looked_ahead = -inf

    def stop(self) -> None:
        """Make `drain` end after the delivery that is under way."""
        self._stopping = True

    async def drain(self) -> int:
        """Deliver what is due until nothing is left; return how many deliveries there were.

        Other workers' claims are left to them.
        """
        delivered = 0
        await self._bring_back()
        while not self._stopping:
            visits = await self._claim()
            if not visits:
                break
            delivered += await self._serve_all(visits)
        return delivered

    async def _bring_back(self) -> None:
        """Find what a clock that was ahead has left, now and then."""
        seconds = monotonic()
        if seconds >= self._looked_ahead + self.lease.total_seconds():
            self._looked_ahead = seconds
            await bring_back(self.dealer.database, self.dealer.clock.now(), self.lease, self.policy)

    async def next_due(self) -> datetime | None:
        """Return when there is something to deliver next, or a lease runs out."""
        stream = await EventStream.filter(due_at__isnull=False).order_by("due_at").first()
        if stream is None or stream.due_at is None:
            return None
        return max(stream.due_at, stream.lease_until) if stream.lease_until else stream.due_at

    async def _claim(self) -> list[_Visit]:
        """Take streams that are due and that no other worker has."""
        now = self.dealer.clock.now()
        lease, until = str(uuid4()), now + self.lease
        table, dialect = f'"{EventStream._meta.db_table}"', self.dealer.database.dialect
        sql = (
            f'UPDATE {table} SET "lease" = ?, "lease_until" = ? WHERE "id" IN (SELECT "id" FROM {table} '
            'WHERE "due_at" <= ? AND ("lease_until" IS NULL OR "lease_until" < ?) '
            f'ORDER BY "due_at" LIMIT {_STREAMS_AT_ONCE}{"" if dialect == "sqlite" else " FOR UPDATE SKIP LOCKED"}) '
            'RETURNING "id", "last_sequence", "done_sequence"'
        )
        rows = await self.dealer.database.fetch(native(sql, dialect), [lease, until, now, now])
        return [_Visit(UUID(str(row[0])), row[1], row[2], lease, until, done_sequence=row[2]) for row in rows]

    async def _serve_all(self, visits: Sequence[_Visit]) -> int:
        """Deliver the events of the streams that were claimed; return how many deliveries there were."""
        try:
            pages = await self._read({visit.stream_id: visit.begin_sequence for visit in visits})
            receipts = await self._receipts([event for page in pages.values() for event in page])
            through = await self._deliver_at_once(visits, pages, receipts)
            await asyncio.gather(
                *(
                    self._serve(visit, pages.get(visit.stream_id, ()), receipts)
                    for visit in visits
                    if visit not in through
                )
            )
        except BaseException:
            for visit in visits:
                visit.interrupted = True
            # Without this others would wait for the leases to run out; if it fails too, they do.
            with contextlib.suppress(Exception):
                await self._release(visits)
            raise
        await self._release(visits)
        return sum(visit.delivered for visit in visits)

    async def _deliver_at_once(
        self, visits: Sequence[_Visit], pages: Mapping[UUID, Sequence[OutboxEvent]], receipts: Receipts
    ) -> Sequence[_Visit]:
        """Deliver what seems simple, the only event of a stream that nobody has tried, together; return those done."""
        tried = {event_id for event_id, _ in receipts}
        simple: list[tuple[_Visit, OutboxEvent]] = []
        for visit in visits:
            page = pages.get(visit.stream_id, ())
            if len(page) == 1 and self._is_new(page[0]) and page[0].id not in tried:
                simple.append((visit, page[0]))
        if len(simple) < 2 or self._stopping:
            return ()
        until = visits[0].lease_until - self.lease / 2
        done = await deliver_together(self.dealer, [event for _, event in simple], until)
        for visit, event in simple[:done]:
            visit.done_sequence = event.sequence
            visit.delivered = len(self.dealer.kernel.handlers[event.type])
        return [visit for visit, _ in simple[:done]]

    def _is_new(self, event: OutboxEvent) -> bool:
        return event.dispatched_at is None and event.type in self.dealer.kernel.handlers

    async def _serve(self, visit: _Visit, page: Sequence[OutboxEvent], receipts: Receipts) -> None:
        """Deliver one aggregate's events, of which the first page has been read."""
        async with self._slots:
            # It may have waited for its turn so long that another worker has taken the stream over.
            if await self._keep_lease(visit, self.dealer.clock.now()):
                await self._deliver_all(visit, page, receipts)

    async def _deliver_all(self, visit: _Visit, page: Sequence[OutboxEvent], receipts: Receipts) -> None:
        while True:
            await self._deliver_page(visit, page, receipts)
            if len(page) < _PAGE or visit.interrupted:
                return
            page = (await self._read({visit.stream_id: page[-1].sequence})).get(visit.stream_id, ())
            receipts = await self._receipts(page)

    async def _read(self, after: Mapping[UUID, int]) -> dict[UUID, list[OutboxEvent]]:
        """Return the next page of each aggregate after a place in it."""
        dialect = self.dealer.database.dialect
        given, values = rows_given(dialect, list(after.items()), ("uuid", "bigint"))
        columns = ", ".join(f'event."{column}"' for column in columns_of(OutboxEvent))
        sql = (
            f"SELECT {columns} FROM {given} AS page "
            f'JOIN "{OutboxEvent._meta.db_table}" AS event ON event."aggregate_id" = page.column1 '
            f'AND event."sequence" > page.column2 AND event."sequence" <= page.column2 + {_PAGE} '
            'ORDER BY event."aggregate_id", event."sequence"'
        )
        pages: dict[UUID, list[OutboxEvent]] = {}
        for found in await self.dealer.database.fetch(native(sql, dialect), values):
            event = made(OutboxEvent, found)
            pages.setdefault(event.aggregate_id, []).append(event)
        return pages

    async def _receipts(self, events: Sequence[OutboxEvent]) -> Receipts:
        waiting = [event for event in events if event.dispatched_at is None]
        return await receipts_of(self.dealer, waiting) if waiting else {}

    async def _execute(self, sql: str, *values: object) -> int:
        return await self.dealer.database.execute(native(sql, self.dealer.database.dialect), values)

    async def _deliver_page(self, visit: _Visit, events: Sequence[OutboxEvent], receipts: Receipts) -> None:
        unmarked: list[UUID] = []
        try:
            for event in events:
                through = event.dispatched_at is not None or await self._deliver_event(visit, event, receipts)
                if through and event.dispatched_at is None:
                    unmarked.append(event.id)
                visit.prefix_ends = visit.prefix_ends or not through
                if not visit.prefix_ends:
                    visit.done_sequence = event.sequence
        finally:
            if unmarked:
                await mark_dispatched(self.dealer, unmarked)

    async def _deliver_event(self, visit: _Visit, event: OutboxEvent, receipts: Receipts) -> bool:
        """Return whether all consumers are through with the event."""
        if self._stopping:
            visit.interrupted = True
            return False
        handlers = self.dealer.kernel.handlers.get(event.type, ())
        through = True
        for handler in handlers:
            receipt = receipts.get((event.id, handler.consumer))
            last = through and handler is handlers[-1]
            if not await self._deliver_to(visit, event, handler, receipt, last=last):
                through = False
        return through

    async def _deliver_to(
        self, visit: _Visit, event: OutboxEvent, handler: HandlerSpec, receipt: InboxReceipt | None, *, last: bool
    ) -> bool:
        """Return whether the consumer is through with the event: it has handled it, or has been given up."""
        if receipt is not None and receipt.state is not ReceiptState.FAILING:
            return True
        if handler.consumer in visit.blocked:
            return False
        now = self.dealer.clock.now()
        longest = furthest(now, timedelta(seconds=self.policy.longest_seconds))
        if receipt is not None and receipt.next_at is not None and now < receipt.next_at <= longest:
            self._block(visit, handler.consumer, receipt.next_at)
            return False
        await self._keep_lease(visit, now)
        try:
            visit.delivered += await deliver(self.dealer, event, handler, last=last)
        except Exception as error:  # noqa: BLE001 - whatever a handler raises is its failure, not the worker's
            failures = (receipt.attempts if receipt else 0) + 1
            retry_at = await record_failure(self.dealer, event, handler.consumer, failures, error, self.policy)
            if retry_at is None:
                return True
            self._block(visit, handler.consumer, retry_at)
            return False
        if last:
            event.dispatched_at = now
        return True

    @staticmethod
    def _block(visit: _Visit, consumer: str, until: datetime) -> None:
        visit.blocked.add(consumer)
        visit.retry_at = until if visit.retry_at is None else min(visit.retry_at, until)

    async def _keep_lease(self, visit: _Visit, now: datetime) -> bool:
        """Return whether the stream is still this worker's."""
        if visit.lease_until - now > self.lease / 2:
            return True
        visit.lease_until = now + self.lease
        sql = f'UPDATE "{EventStream._meta.db_table}" SET "lease_until" = ? WHERE "id" = ? AND "lease" = ?'
        return await self._execute(sql, visit.lease_until, visit.stream_id, visit.lease) == 1

    async def _release(self, visits: Sequence[_Visit]) -> None:
        """Give up the streams; those that are through with what was there at the claim are no longer due."""
        table, dialect = f'"{EventStream._meta.db_table}"', self.dealer.database.dialect
        done = [
            (visit.stream_id, visit.done_sequence, visit.retry_at, visit.last_sequence, visit.begin_sequence)
            for visit in visits
            if not visit.interrupted
        ]
        left = {visit.stream_id for visit in visits}
        if done:
            given, values = rows_given(dialect, done, ("uuid", "bigint", "timestamptz", "bigint", "bigint"))
            sql = (
                f'UPDATE {table} SET "lease" = NULL, "lease_until" = NULL, "done_sequence" = visit.column2, '
                f'"due_at" = visit.column3 FROM {given} AS visit WHERE {table}."id" = visit.column1 '
                f'AND "lease" = ? AND "last_sequence" = visit.column4 AND {table}."done_sequence" = visit.column5 '
                f'RETURNING {table}."id"'
            )
            released = await self.dealer.database.fetch(native(sql, dialect), [*values, visits[0].lease])
            left -= {UUID(str(row[0])) for row in released}
        if left:
            # They were left early, or something was published or revived meanwhile: they stay due.
            sql = (
                f'UPDATE {table} SET "lease" = NULL, "lease_until" = NULL '
                f'WHERE "id" IN ({", ".join("?" * len(left))}) AND "lease" = ?'
            )
            await self._execute(sql, *left, visits[0].lease)
