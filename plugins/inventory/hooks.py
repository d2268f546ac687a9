"""Hooks that inventory calls; other plugins implement them."""

from __future__ import annotations

from collections.abc import Awaitable, Mapping
from datetime import date
from uuid import UUID

from forecourt import Money, Scope, hookspec


class InventoryHooks:
    """Where other plugins plug into inventory."""

    @hookspec
    def planned_demand(self, scope: Scope, until: date) -> Awaitable[Mapping[UUID, int]]:
        """Return how many vehicles of each trim are going to be needed until a day, by the trim's id.

        Several plugins may answer; their figures are added up. Nothing is counted twice: an order whose vehicle is
        reserved or allocated already is no demand any more.

        Args:
            scope: Its caller's store is the one that plans.
            until: The last day that counts.
        """
        raise NotImplementedError

    @hookspec(firstresult=True)
    def trim_price(self, trim_id: UUID, day: date, listed: Money) -> Money | None:
        """Return the guide price of a trim on a day instead of the listed one, or None to leave it.

        The first answer counts; a wrapper may change it. It must not touch a database.

        Args:
            trim_id: Which version of which series.
            day: When the price holds.
            listed: What the price list says for that day.
        """
        raise NotImplementedError
