"""What the bare handler writes when a creation leaves behind what Forecourt's does: one prepared statement for all.

Beside the row: its audit entry, its event with its number among those of its aggregate, and the outcome under the
client's key. Nothing is left to do about them: the entry has a place in a chain of its own, and the event is through.
There is no sign-in, no right, no rule, no sealing and no delivery.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Final
from uuid import uuid4

import orjson

from benchmarks.servers import raw_sql
from benchmarks.servers.raw import STORE, Connections, Variables, row_id
from core.ids import uuid7

_KEPT: Final = timedelta(days=7)
_ACTOR: Final = "key:benchmark"
_AUDITED: Final = ("channel", "subject", "due_at", "state", "customer_id", "owner_id", "priority", "rank")
_AFTER: Final = ", ".join(f"'{column}', w.{column}" for column in _AUDITED)

_RECORDED: Final = f"""
    audit AS (
        INSERT INTO core_audit_entry (id, chain, store_id, at, actor, command, action, module, entity, row_id, version,
            before, after, reason, request_id, seq, prev_hash, hash)
        SELECT $8::uuid, 'benchmark', w.store_id, $4, '{_ACTOR}', 'planFollowUp', 'create', 'customers', 'FollowUpTask',
            w.id, w.version, '{{}}', json_build_object({_AFTER}), '', $9::varchar, $10::bigint, '', ''
        FROM written w
    ), stream AS (
        INSERT INTO core_event_stream (id, last_sequence, done_sequence) SELECT w.id, 1, 1 FROM written w
        ON CONFLICT (id) DO UPDATE SET last_sequence = core_event_stream.last_sequence + 1
        RETURNING id, last_sequence
    ), event AS (
        INSERT INTO core_outbox_event (id, type, schema_version, occurred_at, recorded_at, store_id, actor,
            aggregate_type, aggregate_id, aggregate_version, sequence, correlation_id, causation_id, data,
            dispatched_at)
        SELECT $11::uuid, 'customers.task_planned', 1, $4, $4, w.store_id, '{_ACTOR}', 'customers.task', w.id,
            w.version, s.last_sequence, $9, NULL, json_build_object('task_id', w.id, 'customer_id', w.customer_id,
            'owner_id', w.owner_id, 'due_at', w.due_at), $4
        FROM written w JOIN stream s ON s.id = w.id
        RETURNING id
    ), outcome AS (
        INSERT INTO core_idempotency_record (id, actor, command, key, fingerprint, outcome, created_at, expires_at)
        SELECT $12::uuid, '{_ACTOR}', 'planFollowUp', $13::varchar, $14::varchar,
            json_build_array(json_build_array('customers.FollowUpTask', w.id, w.version)), $4, $15::timestamptz
        FROM written w
    )
"""
_RECEIPT: Final = """, receipt AS (
        INSERT INTO core_inbox_receipt (id, event_id, consumer, state, attempts, last_error, at)
        SELECT $16::uuid, e.id, 'customers.put_on_todays_list', 'DONE', 1, '', $4 FROM event e
    )
"""


def _statement(*, consumed: bool) -> str:
    head, tail = raw_sql.CREATE.rsplit("RETURNING *\n    )", 1)
    return f"{head}RETURNING *\n    ), {_RECORDED}{_RECEIPT if consumed else ''}{tail}"


RECORDED: Final = _statement(consumed=False)
CONSUMED: Final = _statement(consumed=True)


async def create(db: Connections, variables: Variables) -> str:
    return await _create(db, variables, RECORDED)


async def create_and_consume(db: Connections, variables: Variables) -> str:
    """Also write the receipt of the event's one consumer, in the same statement."""
    return await _create(db, variables, CONSUMED, uuid7())


async def _create(db: Connections, variables: Variables, statement: str, *more: object) -> str:
    given, now = variables["input"], datetime.now(UTC)
    fingerprint = f"{hash(orjson.dumps(given)) & (1 << 256) - 1:064x}"
    entry = uuid7()
    written = await db.write(
        statement,
        row_id(given["customer"]),
        STORE,
        uuid7(),
        now,
        given["channel"],
        given["subject"],
        datetime.fromisoformat(given["dueAt"]),
        entry,
        str(uuid4()),
        entry.int >> 65,
        uuid7(),
        uuid7(),
        variables["key"],
        fingerprint,
        now + _KEPT,
        *more,
    )
    assert written is not None
    return written
