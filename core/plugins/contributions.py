"""What hook implementations hand to the kernel."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from uuid import UUID

from core.caller import Reach
from core.plugins.manifest import Texts

if TYPE_CHECKING:
    from core.data.indexes import Condition
    from core.data.model import Record
    from core.scope import Scope

Hand = Callable[["Scope", Any, UUID], Awaitable[bool]]
"""Does what belongs to a row's going to a user; False when it can't go to him, who has no time then."""
Along = Callable[[Sequence[Any]], Awaitable[Iterable["tuple[Record, str]"]]]
"""Returns what goes where some rows go, each with the column of its owner."""


@dataclass(frozen=True, slots=True)
class Role:
    """A role that a new dealer gets.

    Attributes:
        permissions: `module.entity.action` to reach.
    """

    code: str
    title: Texts
    permissions: Mapping[str, Reach] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class HealthCheck:
    """A question about the module's surroundings.

    Attributes:
        check: Returns what is wrong and what to do, or nothing when all is well; an exception counts as wrong.
        required: Whether the dealer is not ready while it fails.
    """

    name: str
    check: Callable[[Scope], Awaitable[str | None]]
    required: bool = False


@dataclass(frozen=True, slots=True)
class Holding:
    """A table whose rows are in somebody's hands while they are live.

    Handing something over takes them along, somebody who leaves hands them over first, and who has one sees what it is
    about. What is no longer live stays with whoever did it.

    Attributes:
        model: The table.
        owner: Column of the user who has the row in hand.
        live: Which rows are live, in the words of `IndexWhere`; archived ones never are.
        about: Columns of the rows that it is about, such as `customer_id`: handed over, they take it along.
        shows: One of `about`, if who has the row in hand is to see that one as if it were his own.
        permission: What somebody needs to take a row over; the right to read it without another.
        hand: What else there is to do, or what may keep a row back.
        along: What goes along with rows, live or not.
    """

    model: type[Record]
    owner: str
    live: Condition
    about: tuple[str, ...] = ()
    shows: str | None = None
    permission: str | None = None
    hand: Hand | None = None
    along: Along | None = None

    @property
    def name(self) -> str:
        """Name of the table, such as `sales.Opportunity`."""
        return f"{self.model._meta.app}.{self.model.__name__}"
