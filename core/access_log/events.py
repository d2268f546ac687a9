"""Facts about protected values."""

from __future__ import annotations

from typing import ClassVar
from uuid import UUID

from core.event import Event


class LookUpsExceeded(Event):
    """Somebody has asked for more protected values on a day than allowed; told once a day of each.

    Attributes:
        look_up_id: The entry of the access log.
        user_id: None for a machine; `actor` names it.
        allowed: How many a day.
    """

    type: ClassVar[str] = "core.look_ups_exceeded"
    aggregate: ClassVar[str] = "look_up_id"

    look_up_id: UUID
    user_id: UUID | None = None
    allowed: int
