"""The hooks that customers offer; implement them in `plugin.py`, or in `optional/customers.py`."""

from __future__ import annotations

from collections.abc import Awaitable, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any
from uuid import UUID

from forecourt import hookspec, required_hook

if TYPE_CHECKING:
    from forecourt import Scope
    from plugins.customers.services.duplicates import PersonFacts
    from plugins.customers.services.likely import Suspect


@dataclass(frozen=True, slots=True)
class TimelineEntry:
    """One thing that happened to a customer, for the timeline.

    Attributes:
        kind: `<module>.<what>`, such as `sales.order_confirmed`; clients choose icon and wording by it.
        text: What to show beside the kind; no protected values.
        ref: Global id of the row behind it, if there is one.
        permission: Callers without it don't get the entry.
    """

    at: datetime
    kind: str
    text: str = ""
    ref: str | None = None
    permission: str | None = None


class CustomerHooks:
    """Hooks that customers call."""

    @hookspec
    def customer_timeline(self, scope: Scope, customer_id: UUID, limit: int) -> Awaitable[Iterable[TimelineEntry]]:
        """Return the latest things that the module knows of a customer, at most `limit`.

        The caller may see the customer; what else he needs is said in each entry's `permission`.

        Args:
            scope: Of the query; its caller's rights don't narrow what is returned here.
            customer_id: Whose timeline it is.
            limit: More than these are not shown.
        """
        raise NotImplementedError

    @hookspec
    def customer_suspects(self, scope: Scope, facts: PersonFacts, store_id: UUID) -> Awaitable[Iterable[Suspect]]:
        """Return customers of a store who may be the person that is being entered, with a score from 0 to 100.

        90 refuses the entry and names the record, 50 asks back. Protected values come as their blind indexes.

        Args:
            scope: Of the command.
            facts: What was entered of the person.
            store_id: Where he is entered; the same person elsewhere is another customer.
        """
        raise NotImplementedError

    @required_hook
    @hookspec
    def customer_references(self) -> Iterable[tuple[type[Any], str]]:
        """Return tables that refer to customers, each with its column, such as `(Policy, "customer_id")`.

        Their rows are given to the survivor in the transaction of a merge; those of a module that was off then, when it
        is turned on.
        """
        raise NotImplementedError
