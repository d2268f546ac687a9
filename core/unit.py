"""What one transaction has changed and will tell."""

from __future__ import annotations

from collections import deque
from collections.abc import Hashable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal
from uuid import UUID

from core.event import Event

if TYPE_CHECKING:
    from core.data.lock_queues import HeldLocks
    from core.data.model import Record


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


Models = tuple["type[Record]", ...]


@dataclass(slots=True)
class Touched:
    """What a transaction has changed, the units of work inside it together.

    Attributes:
        turn: What it has the turn of in this process; nothing on SQLite.
        kept: What it has read of the models since, which nobody else may see before the commit.
        rows: Those that it has changed, by table.
        stale: Those of them that somebody else had changed since they were read.
        dry_run: It is rolled back at its end, so that nothing may be left elsewhere either.
        written: The last rows that it has written or was about to write, with values that they don't have yet; for
            what a broken rule of the database means.
    """

    turn: HeldLocks | None = None
    models: set[tuple[str, str]] = field(default_factory=set)
    kept: dict[Models, dict[Hashable, Any]] = field(default_factory=dict)
    rows: set[tuple[str, UUID]] = field(default_factory=set)
    stale: set[tuple[str, UUID]] = field(default_factory=set)
    dry_run: bool = False
    written: deque[tuple[Record, Mapping[str, Any]]] = field(default_factory=lambda: deque(maxlen=1000))

    def any_of(self, models: Models) -> bool:
        """Tell whether it has changed one of these."""
        return bool(self.models) and any((model._meta.app, model.__name__) in self.models for model in models)

    def note(self, change: Change) -> None:
        """Note a change; what was read of the model before it no longer holds."""
        name = (change.module, change.model)
        self.models.add(name)
        for models in [one for one in self.kept if any((m._meta.app, m.__name__) == name for m in one)]:
            del self.kept[models]


@dataclass(slots=True)
class UnitOfWork:
    """Collects changes and events until the pipeline writes them, in the same transaction."""

    action: str
    reason: str = ""
    correlation_id: str = ""
    causation_id: UUID | None = None
    changes: list[Change] = field(default_factory=list)
    events: list[Event] = field(default_factory=list)
    touched: Touched = field(default_factory=Touched)

    def record(self, change: Change) -> None:
        self.changes.append(change)
        self.touched.note(change)

    def publish(self, event: Event) -> None:
        self.events.append(event)
