"""The kernel's table of work to do."""

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


class JobState(StrEnum):
    """PENDING → LEASED → DONE, or from LEASED to RETRY and again, or DEAD after too many attempts."""

    PENDING = "PENDING"
    LEASED = "LEASED"
    RETRY = "RETRY"
    DONE = "DONE"
    DEAD = "DEAD"


class ScheduledJob(Table):
    """One run of one job: a due time of a schedule, or something that was put in the queue once.

    Attributes:
        schedule: What plans it, as name, rule and store; empty for one that was put in the queue.
        run_at: When it was to run.
        wake_at: When a worker must look at the row: its due time, its next attempt, or the end of the lease; empty
            when it is DONE or DEAD.
        lease: The claim of the worker that runs it.
        dedupe_key: No two rows have the same.
    """

    id: UUID = fields.UUIDField(primary_key=True, default=uuid7)
    name = fields.CharField(max_length=200)
    schedule = fields.CharField(max_length=300, null=True)
    store_id: UUID | None = fields.UUIDField(null=True)
    arguments: dict[str, Any] = fields.JSONField()
    run_at: datetime = fields.DatetimeField()
    state = fields.CharEnumField(JobState, max_length=10)
    wake_at: datetime | None = fields.DatetimeField(null=True)
    attempts: int = fields.IntField()
    lease = fields.CharField(max_length=36, null=True)
    dedupe_key = fields.CharField(max_length=400, unique=True)
    correlation_id = fields.CharField(max_length=100)
    last_error: str = fields.TextField()
    created_at: datetime = fields.DatetimeField()
    finished_at: datetime | None = fields.DatetimeField(null=True)

    class Meta:
        indexes = (
            IndexWhere(fields=("wake_at",), condition={"wake_at__isnull": False}, name="core_scheduled_job_wake"),
            Index(fields=("schedule", "run_at")),
            Index(fields=("finished_at",)),
        )
