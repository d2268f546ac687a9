"""The kernel's tables of what was done and told: audit entries and chains, outcomes of commands, events, receipts.

The pipeline and those who deliver write them, and nobody audits them, so they are plain Tortoise models.
"""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from tortoise import fields
from tortoise.indexes import Index

from core.data.indexes import IndexWhere
from core.data.model import Table
from core.ids import uuid7


class AuditEntry(Table):
    """One change of one row: who, what, before and after. Only ever appended to.

    Attributes:
        chain: The store's id, or `group` for rows of no store; each chain is sealed for itself.
        actor: As in `Caller.actor`.
        command: What was asked for, such as `reserveVehicle`, or the handler or job.
        action: `create`, `update`, `archive` or `reveal`.
        version: Of the row after the change.
        before: The changed columns before, masked.
        after: The changed columns after, masked.
        seq: Place in the chain from 1; empty until the sealer has been there, as are `prev_hash` and `hash`.
    """

    id: UUID = fields.UUIDField(primary_key=True, default=uuid7)
    chain = fields.CharField(max_length=36)
    store_id: UUID | None = fields.UUIDField(null=True)
    at: datetime = fields.DatetimeField()
    actor = fields.CharField(max_length=200)
    command = fields.CharField(max_length=200)
    action = fields.CharField(max_length=20)
    module = fields.CharField(max_length=100)
    entity = fields.CharField(max_length=100)
    row_id: UUID = fields.UUIDField()
    version: int = fields.IntField()
    before: dict[str, Any] = fields.JSONField()
    after: dict[str, Any] = fields.JSONField()
    reason: str = fields.TextField()
    request_id = fields.CharField(max_length=100)
    seq: int | None = fields.BigIntField(null=True)
    prev_hash = fields.CharField(max_length=64, null=True)
    hash = fields.CharField(max_length=64, null=True)

    class Meta:
        unique_together = (("chain", "seq"),)
        indexes = (
            Index(fields=("row_id",)),
            IndexWhere(fields=("id",), condition={"seq": None}, name="core_audit_entry_unsealed"),
        )


class AuditChain(Table):
    """The end of one chain; two sealers can't both move it, and a cut-off end shows."""

    chain = fields.CharField(max_length=36, primary_key=True)
    seq: int = fields.BigIntField()
    hash = fields.CharField(max_length=64)
    sealed_at: datetime = fields.DatetimeField()


class IdempotencyRecord(Table):
    """The outcome of a command that came with a key; kept for seven days.

    Attributes:
        fingerprint: A keyed hash of the input, so that the input can't be guessed from it.
        outcome: `[[model, row id, version], …]`; of the rows that the command made or changed.
    """

    id: UUID = fields.UUIDField(primary_key=True, default=uuid7)
    actor = fields.CharField(max_length=200)
    command = fields.CharField(max_length=200)
    key = fields.CharField(max_length=200)
    fingerprint = fields.CharField(max_length=64)
    outcome: list[Any] | None = fields.JSONField(null=True)
    created_at: datetime = fields.DatetimeField()
    expires_at: datetime = fields.DatetimeField(db_index=True)

    class Meta:
        unique_together = (("actor", "command", "key"),)


class OutboxEvent(Table):
    """One event, written in the transaction of the change that it tells of; kept, whether it has consumers or not.

    Attributes:
        id: The event's own id.
        sequence: Place among the events of its aggregate, from 1, in the order of commits.
        aggregate_version: Of the aggregate's row after the change, if the same transaction changed that row.
        dispatched_at: When the last consumer was through with it; at once, if there was none when it was published.
    """

    id: UUID = fields.UUIDField(primary_key=True)
    type = fields.CharField(max_length=120)
    schema_version: int = fields.IntField()
    occurred_at: datetime = fields.DatetimeField()
    recorded_at: datetime = fields.DatetimeField()
    store_id: UUID | None = fields.UUIDField(null=True)
    actor = fields.CharField(max_length=200)
    aggregate_type = fields.CharField(max_length=100)
    aggregate_id: UUID = fields.UUIDField()
    aggregate_version: int | None = fields.IntField(null=True)
    sequence: int = fields.BigIntField()
    correlation_id = fields.CharField(max_length=100)
    causation_id: UUID | None = fields.UUIDField(null=True)
    data: dict[str, Any] = fields.JSONField()
    dispatched_at: datetime | None = fields.DatetimeField(null=True)

    class Meta:
        unique_together = (("aggregate_id", "sequence"),)


class EventStream(Table):
    """The events of one aggregate as a whole: the last number given out, and which worker delivers them.

    Attributes:
        id: The aggregate's.
        done_sequence: All events up to this one have been dispatched.
        due_at: When there is something to deliver; empty when there is nothing.
        lease: The claim of the worker that delivers; nobody else does before `lease_until`.
    """

    id: UUID = fields.UUIDField(primary_key=True)
    last_sequence: int = fields.BigIntField()
    done_sequence: int = fields.BigIntField()
    due_at: datetime | None = fields.DatetimeField(null=True)
    lease = fields.CharField(max_length=36, null=True)
    lease_until: datetime | None = fields.DatetimeField(null=True)

    class Meta:
        indexes = (IndexWhere(fields=("due_at",), condition={"due_at__isnull": False}, name="core_event_stream_due"),)


class ReceiptState(StrEnum):
    """How far one consumer has come with one event."""

    DONE = "DONE"
    FAILING = "FAILING"
    DEAD = "DEAD"


class InboxReceipt(Table):
    """One consumer's state with one event.

    A DONE receipt is written in the consumer's own transaction. FAILING is tried again at `next_at`; DEAD has failed
    too often and waits for a person.

    Attributes:
        last_error: The kind of error and where it happened; the message only if it is ours, because others may quote
            personal data.
    """

    id: UUID = fields.UUIDField(primary_key=True, default=uuid7)
    event_id: UUID = fields.UUIDField()
    consumer = fields.CharField(max_length=200)
    state = fields.CharEnumField(ReceiptState, max_length=10)
    attempts: int = fields.IntField()
    next_at: datetime | None = fields.DatetimeField(null=True)
    last_error: str = fields.TextField()
    at: datetime = fields.DatetimeField()

    class Meta:
        unique_together = (("event_id", "consumer"),)
        indexes = (
            IndexWhere(fields=("at",), condition={"state": [ReceiptState.DEAD]}, name="core_inbox_receipt_dead"),
        )
