"""What operators ask about events, and what they can do about those that failed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING
from uuid import UUID

from core.clock import Clock, SystemClock
from core.errors import NotFoundRefusal
from core.events.delivery import deliver, receipts_of
from core.write.bell import Topic
from core.write.models import EventStream, InboxReceipt, OutboxEvent, ReceiptState

if TYPE_CHECKING:
    from core.data.database import Database
    from core.dealer import Dealer

_PAGE = 500


async def lag(database: Database, clock: Clock | None = None, since: datetime | None = None) -> float:
    """Return for how many seconds the oldest due delivery has been waiting; 0 when nothing waits.

    A consumer that is waiting for its next attempt doesn't count: see `dead_letters` and receipts in FAILING.

    Args:
        since: When this process began to deliver; what was due before it waits for it since then.
    """
    rows = await database.fetch(f'SELECT MIN("due_at") FROM "{EventStream._meta.db_table}" WHERE "due_at" IS NOT NULL')
    oldest = rows[0][0]
    if oldest is None:
        return 0.0
    due_at = oldest if isinstance(oldest, datetime) else datetime.fromisoformat(oldest)
    begin = due_at if since is None else max(due_at, since)
    return max(0.0, ((clock or SystemClock()).now() - begin).total_seconds())


async def dead_letters(limit: int = 100) -> list[InboxReceipt]:
    """Return the deliveries that were given up, oldest first."""
    return await InboxReceipt.filter(state=ReceiptState.DEAD).order_by("at").limit(limit)


async def revive(dealer: Dealer, event_id: UUID, consumer: str) -> None:
    """Let a consumer try again with an event that was given up; it comes out of order then.

    Raises:
        NotFoundRefusal: There is no such dead letter.
    """
    now = dealer.clock.now()
    async with dealer.database.transaction():
        hit = await InboxReceipt.filter(event_id=event_id, consumer=consumer, state=ReceiptState.DEAD).update(
            state=ReceiptState.FAILING, attempts=0, next_at=now
        )
        if not hit:
            raise NotFoundRefusal(f"{consumer} has no dead letter for the event {event_id}")
        event = await OutboxEvent.get(id=event_id)
        await OutboxEvent.filter(id=event_id).update(dispatched_at=None)
        await EventStream.filter(id=event.aggregate_id, done_sequence__gte=event.sequence).update(
            done_sequence=event.sequence - 1
        )
        await EventStream.filter(id=event.aggregate_id).update(due_at=now)
    dealer.bell.ring(Topic.EVENTS)


@dataclass(frozen=True, slots=True)
class Replay:
    """What delivering everything again has done.

    Attributes:
        offered: Deliveries that were tried.
        handled: Those that a consumer had no receipt for, and has handled now.
    """

    offered: int
    handled: int


async def replay(dealer: Dealer, times: int = 1) -> Replay:
    """Deliver every event again to every consumer that is on now.

    Receipts make it change nothing for consumers that have handled an event. One that has not, because its module was
    turned on later, is given it: this is how a new module can be told the past.
    """
    offered = handled = 0
    for _ in range(times):
        last: UUID | None = None
        while True:
            query = OutboxEvent.all() if last is None else OutboxEvent.filter(id__gt=last)
            events = await query.order_by("id").limit(_PAGE)
            receipts = await receipts_of(dealer, events) if events else {}
            # Ids follow the clocks of several processes; within an aggregate the numbers decide.
            for event in sorted(events, key=lambda row: (row.recorded_at, row.sequence)):
                for handler in dealer.kernel.handlers.get(event.type, ()):
                    offered += 1
                    receipt = receipts.get((event.id, handler.consumer))
                    if receipt is None or receipt.state is not ReceiptState.DONE:
                        handled += await deliver(dealer, event, handler)
            if len(events) < _PAGE:
                break
            last = events[-1].id
    return Replay(offered, handled)
