"""The event of the generated commands."""

from __future__ import annotations

from typing import ClassVar
from uuid import UUID

from core.event import Event


class RowChanged(Event):
    """A generated command has created, updated or archived a row."""

    type: ClassVar[str] = "core.row_changed"
    aggregate: ClassVar[str] = "row_id"

    entity: str
    module: str
    row_id: UUID
    version: int
    change: str
