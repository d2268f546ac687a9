"""Writes events in the transaction of the change that they tell of."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any
from uuid import UUID

from core.data.finding import columns_of
from core.data.statements import column_kinds, rows_given, rows_of
from core.data.writes import Write
from core.event import Event
from core.write.models import EventStream, OutboxEvent

if TYPE_CHECKING:
    from datetime import datetime

    from core.kinds.kind import Dialect
    from core.scope import Scope
    from core.unit import UnitOfWork

ENVELOPE = frozenset({"event_id", "occurred_at", "store_id", "actor", "correlation_id", "causation_id"})

_AT_ONCE = 1000  # no statement takes the values of many more


async def write_events(scope: Scope, unit: UnitOfWork) -> bool:
    """Write the events of a unit of work; return whether any of them has a consumer.

    An event without a consumer is kept too, but nobody is told of it, not even a module that is turned on later.
    Transactions that publish for the same aggregate wait for each other here, so that numbers follow commits.
    """
    if not unit.events:
        return False
    # Whatever moment the scope tells of, it is written, and its delivery is due, now.
    now = scope._dealer.clock.now()
    handled = scope._dealer.kernel.handlers
    numbers = _numbers(scope, unit.events, now)
    await scope._dealer.database.post(numbers)
    left = Counter(_aggregate_id(event) for event in unit.events)
    versions = {change.row_id: change.version for change in unit.changes}
    rows = []
    for event in unit.events:
        aggregate_id = _aggregate_id(event)
        left[aggregate_id] -= 1
        row = _row(scope, unit, event, now)
        row["sequence"] = left[aggregate_id]
        row["aggregate_version"] = versions.get(aggregate_id)
        row["dispatched_at"] = None if event.type in handled else now
        rows.append(row)
    database = scope._dealer.database
    for start in range(0, len(rows), _AT_ONCE):
        await database.post(_insertion(rows[start : start + _AT_ONCE], numbers, database.dialect))
    return any(event.type in handled for event in unit.events)


def _numbers(scope: Scope, events: list[Event], now: datetime) -> Write:
    """Return what raises the last number of each aggregate by how many events it has now."""
    handled = scope._dealer.kernel.handlers
    counts = Counter(_aggregate_id(event) for event in events)
    due = {_aggregate_id(event) for event in events if event.type in handled}
    table = EventStream._meta.db_table
    values: list[Any] = []
    for aggregate_id in sorted(counts):  # everybody locks in the same order
        values += [str(aggregate_id), counts[aggregate_id], 0, now if aggregate_id in due else None]
    sql = (
        f'INSERT INTO "{table}" ("id", "last_sequence", "done_sequence", "due_at") '
        f"VALUES {', '.join(['(?, ?, ?, ?)'] * len(counts))} "
        f'ON CONFLICT ("id") DO UPDATE SET "last_sequence" = "{table}"."last_sequence" + excluded."last_sequence", '
        f'"due_at" = CASE WHEN excluded."due_at" IS NULL OR "{table}"."due_at" < excluded."due_at" '
        f'THEN "{table}"."due_at" ELSE excluded."due_at" END'
    )
    return Write(table, sql, values, returning='"id", "last_sequence"')


def _insertion(rows: Sequence[dict[str, Any]], numbers: Write, dialect: Dialect) -> Write:
    """Return what inserts events, whose `sequence` says how many of their aggregate come after them."""
    table, names = OutboxEvent._meta.db_table, tuple(OutboxEvent._meta.fields_db_projection)
    listed = ", ".join(f'"{column}"' for column in columns_of(OutboxEvent))
    place = names.index("sequence")
    if len(rows) == 1:
        columns = ["?"] * len(names)
        columns[place] = '(SELECT "last_sequence" FROM {source} WHERE "id" = ?) - ?'
        sql = f'INSERT INTO "{table}" ({listed}) VALUES ({", ".join(columns)})'
        args = list(rows_of(OutboxEvent, rows)[0])
        args.insert(place, str(rows[0]["aggregate_id"]))
        return Write(table, sql, args, source=numbers)
    # Joined, because to look each one's number up in what the same statement writes costs the square of their number.
    given, values = rows_given(dialect, rows_of(OutboxEvent, rows), column_kinds(OutboxEvent, names))
    columns = [f"given.column{number}" for number in range(1, len(names) + 1)]
    aggregate = columns[names.index("aggregate_id")]
    columns[place] = f'stream."last_sequence" - {columns[place]}'
    sql = (
        f'INSERT INTO "{table}" ({listed}) SELECT {", ".join(columns)} FROM {given} AS given '
        f'JOIN {{source}} AS stream ON stream."id" = {aggregate}'
    )
    return Write(table, sql, values, source=numbers)


def _row(scope: Scope, unit: UnitOfWork, event: Event, now: datetime) -> dict[str, Any]:
    return {
        "id": event.event_id,
        "type": event.type,
        "schema_version": event.schema_version,
        "occurred_at": event.occurred_at or scope.now(),
        "recorded_at": now,
        "store_id": event.store_id or scope.caller.store_id,
        "actor": event.actor or scope.caller.actor,
        "aggregate_type": f"{event.type.partition('.')[0]}.{event.aggregate.removesuffix('_id')}",
        "aggregate_id": _aggregate_id(event),
        "correlation_id": event.correlation_id or unit.correlation_id,
        "causation_id": event.causation_id or unit.causation_id,
        "data": event.model_dump(mode="json", exclude=set(ENVELOPE)),
    }


def _aggregate_id(event: Event) -> UUID:
    value = getattr(event, event.aggregate)
    if not isinstance(value, UUID):
        raise TypeError(f"{event.type}.{event.aggregate} names the aggregate, so it must be a UUID, not {value!r}")
    return value


def event_from(row: OutboxEvent, event_class: type[Event]) -> Event:
    """Return an event as its consumers get it, envelope filled in."""
    return event_class.model_validate(
        {
            **row.data,
            "event_id": row.id,
            "occurred_at": row.occurred_at,
            "store_id": row.store_id,
            "actor": row.actor,
            "correlation_id": row.correlation_id,
            "causation_id": row.causation_id,
        }
    )
