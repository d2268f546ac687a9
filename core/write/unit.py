"""What one transaction has changed and will tell."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal
from uuid import UUID

from core.events.event import Event


@dataclass(frozen=True, slots=True)
class Change:
    """One row as it was and as it is; protected columns appear masked.

    Attributes:
        action: `reveal` is no change of the row, but somebody has seen what is masked otherwise.
        before: The changed columns before; empty for a new row.
        after: The changed columns after.
    """

    action: Literal["create", "update", "archive", "reveal"]
    module: str
    model: str
    row_id: UUID
    store_id: UUID | None
    version: int
    before: Mapping[str, Any]
    after: Mapping[str, Any]


@dataclass(slots=True)
class UnitOfWork:
    """Collects changes and events until the pipeline writes them, in the same transaction."""

    action: str
    reason: str = ""
    correlation_id: str = ""
    causation_id: UUID | None = None
    changes: list[Change] = field(default_factory=list)
    events: list[Event] = field(default_factory=list)

    def record(self, change: Change) -> None:
        self.changes.append(change)

    def publish(self, event: Event) -> None:
        self.events.append(event)
