"""The kernel's tables of what was done: audit entries, their chains, and outcomes of commands with a key.

They are written by the pipeline alone and not audited themselves, so they are plain Tortoise models.
"""

from __future__ import annotations

from datetime import datetime
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
