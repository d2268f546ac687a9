"""Inventory's share of the demo dealership."""

from __future__ import annotations

from forecourt import Scope


async def write(scope: Scope) -> None:
    """Write the catalogue, places, items and vehicles."""
