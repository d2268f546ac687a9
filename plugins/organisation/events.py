"""What happens in the organisation."""

from __future__ import annotations

from typing import ClassVar
from uuid import UUID

from forecourt import Event


class OutletMoved(Event):
    """An outlet has gone from one store to another; the old row stays closed with its history."""

    type: ClassVar[str] = "organisation.outlet_moved"
    aggregate: ClassVar[str] = "outlet_id"

    outlet_id: UUID
    new_outlet_id: UUID
    from_store_id: UUID
    to_store_id: UUID
