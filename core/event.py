"""What a domain event is, and how a plugin reacts to one."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Any, ClassVar, TypeVar
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from core.ids import uuid7


class Event(BaseModel):
    """A fact in the past tense; it carries ids, codes and amounts, never personal data.

    A subclass names its `type` (`sales.vehicle_delivered`) and which of its fields is the aggregate's id; events of
    one aggregate are delivered in order. The envelope's fields are filled in by the unit of work.
    """

    # Deferred: validators of all events of all modules would be made at the start.
    model_config = ConfigDict(frozen=True, extra="ignore", defer_build=True)

    type: ClassVar[str]
    schema_version: ClassVar[int] = 1
    aggregate: ClassVar[str]
    """Name of the field that holds the aggregate's id."""

    event_id: UUID = Field(default_factory=uuid7)
    occurred_at: datetime | None = None
    store_id: UUID | None = None
    actor: str = ""
    correlation_id: str = ""
    causation_id: UUID | None = None


E_ = TypeVar("E_", bound=Event)
Handler = Callable[[E_], Awaitable[None]]


def on(event_type: type[E_]) -> Callable[[Handler[E_]], Handler[E_]]:
    """Mark a coroutine as a reaction to an event.

    It is called after commit, at least once, inside a transaction of its own together with the receipt that makes a
    second delivery do nothing.
    """

    def mark(handler: Handler[E_]) -> Handler[E_]:
        marked: Any = handler
        marked.__forecourt_handles__ = event_type
        return handler

    return mark
