"""Handing over: what somebody has in hand of customers, deals and the like goes to somebody else.

What there is to hand over the modules say (`holdings`). A row stays where it is if the new one lacks the right to have
it, or if it can't go to him; the one who keeps it goes on seeing what it is about.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from uuid import UUID

from core.data.indexes import condition_filter
from core.errors import NotFoundRefusal, UnauthenticatedError
from core.people.callers import user_identity

if TYPE_CHECKING:
    from core.caller import Caller
    from core.data.model import Record
    from core.plugins.contributions import Holding
    from core.scope import Scope


@dataclass(slots=True)
class HandedOver:
    """What went to the new one, and what stayed, as numbers of rows by table: `{"sales.Opportunity": 1}`.

    Attributes:
        moved, kept: By the id of what was handed over.
    """

    moved: dict[UUID, Counter[str]] = field(default_factory=dict)
    kept: dict[UUID, Counter[str]] = field(default_factory=dict)

    def note(self, subject: UUID, name: str, *, moved: bool) -> None:
        (self.moved if moved else self.kept).setdefault(subject, Counter())[name] += 1

    def moved_of(self, subject: UUID) -> dict[str, int]:
        return dict(self.moved.get(subject, {}))

    def kept_of(self, subject: UUID) -> dict[str, int]:
        return dict(self.kept.get(subject, {}))


async def taker(scope: Scope, user_id: UUID) -> Caller:
    """Return an active user with the rights that he has now, to ask what he may take over.

    Raises:
        NotFoundRefusal: There is no such active user.
    """
    try:
        return (await user_identity(user_id, scope.now())).caller
    except UnauthenticatedError:
        raise NotFoundRefusal("there is no such User in your sight", what="User", path=("owner",)) from None


async def hand_over(
    scope: Scope, subjects: Sequence[Record], before: UUID | None, to: Caller, *, themselves: bool = False
) -> HandedOver:
    """Give what one user has in hand of some rows to another one, in the present transaction.

    Args:
        subjects: Rows of one table, such as customers.
        before: Who has it in hand; None for what nobody has.
        to: From `taker`.
        themselves: The rows go too, if their table is one that is in somebody's hands.
    """
    giving = _Giving(scope, before, to)
    if not subjects or before == to.user_id:
        return giving.done
    model, ids = type(subjects[0]), [subject.id for subject in subjects]
    for holding in scope._dealer.kernel.holdings:
        if themselves and holding.model is model:
            own = [row for row in subjects if getattr(row, holding.owner) == before]
            await giving.give(holding, [(row.id, row) for row in own])
        for column in _columns_to(holding, model):
            theirs = live(holding).filter(**{f"{column}__in": ids, holding.owner: before})
            await giving.give(holding, [(getattr(row, column), row) for row in await theirs.order_by("id")])
    return giving.done


@dataclass(frozen=True, slots=True)
class _Giving:
    scope: Scope
    before: UUID | None
    to: Caller
    done: HandedOver = field(default_factory=HandedOver)

    async def give(self, holding: Holding, rows: Sequence[tuple[UUID, Any]]) -> None:
        """Give rows, each with the id of what it is about, and what goes along with them."""
        given = []
        for subject, row in rows:
            moved = await self._may(holding, row) and await self._move(row, holding.owner)
            self.done.note(subject, holding.name, moved=moved)
            if moved:
                given.append(row)
        if holding.along is not None and given:
            for row, owner in await holding.along(given):
                await self._move(row, owner)

    async def _may(self, holding: Holding, row: Any) -> bool:
        permission = holding.permission
        if permission is None:
            entity = self.scope._dealer.kernel.catalog.by_model.get(holding.model)
            permission = entity.permission("read") if entity is not None else None
        if permission is not None and self.to.reach_in(permission, row.store_id) is None:
            return False
        return holding.hand is None or self.to.user_id is None or await holding.hand(self.scope, row, self.to.user_id)

    async def _move(self, row: Any, owner: str) -> bool:
        """Change the owner, unless it is somebody else's by now."""
        return bool(await row.change_where(where={owner: self.before}, **{owner: self.to.user_id}))


def live(holding: Holding) -> Any:
    """Return the query for the live rows of a table."""
    return holding.model.filter(**{**condition_filter(holding.live), "archived_at": None})


async def open_work(scope: Scope, user_id: UUID) -> Mapping[str, int]:
    """Return how many live rows of each table a user has in hand: `{"customers.Customer": 3}`."""
    found = {
        holding.name: await live(holding).filter(**{holding.owner: user_id}).count()
        for holding in scope._dealer.kernel.holdings
    }
    return {name: count for name, count in found.items() if count}


def _columns_to(holding: Holding, model: type[Record]) -> Iterable[str]:
    fields = holding.model._meta.fields_map
    return [column for column in holding.about if getattr(fields[column].reference, "related_model", None) is model]
