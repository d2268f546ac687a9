"""What inventory does by itself."""

from __future__ import annotations

from forecourt import Scope, job
from plugins.inventory.services import reservations


@job
async def expire_reservations(scope: Scope) -> None:
    """End the reservations whose time is up, so that their vehicles are available again."""
    await reservations.expire(scope)
