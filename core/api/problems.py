"""Business refusals as the clients see them: an open interface and its types."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any
from uuid import UUID

import strawberry
from graphql import GraphQLResolveInfo

from core.api.context import read_rows
from core.api.scalars import MoneyType, Node
from core.errors import (
    ConflictRefusal,
    LimitRefusal,
    NotFoundRefusal,
    PermissionRefusal,
    PreconditionRefusal,
    ProviderRefusal,
    Refusal,
    TransitionRefusal,
    ValidationRefusal,
)
from core.money import Money
from core.read.plan import Row


@strawberry.interface(description="Why a command was refused; nothing was changed.")
class Problem:
    code: str = strawberry.field(description="Stable and meant for programs.")
    message: str = strawberry.field(description="For people, in the language that the client asked for.")
    path: list[str] = strawberry.field(description="Where in the input, from the outside in; empty for the whole.")


@strawberry.type(description="A rule of the business says no.")
class BusinessProblem(Problem):
    pass


@strawberry.type(description="A value of the input breaks a rule.")
class ValidationProblem(Problem):
    pass


@strawberry.type(description="There is no such row within the caller's sight.")
class NotFoundProblem(Problem):
    pass


@strawberry.type(description="The caller lacks the right.")
class PermissionProblem(Problem):
    permission: str = strawberry.field(description="The permission that is needed.")


@dataclass(frozen=True, slots=True)
class PendingRow:
    """A row to be read once the selection is known."""

    type_name: str
    row_id: UUID


async def _current_row(source: Any, info: GraphQLResolveInfo[Any]) -> Row | None:
    pending: PendingRow | None = source.current
    if pending is None:
        return None
    entity = info.context.scope._dealer.kernel.catalog.entities[pending.type_name]
    return (await read_rows(info, entity, [pending.row_id]))[0]


@strawberry.type(description="Somebody else was faster.")
class ConflictProblem(Problem):
    current: Node | None = strawberry.field(
        description="The row as it is now, if the caller may see it.", metadata={"resolve": _current_row}
    )


@strawberry.type(description="The state does not allow this move.")
class TransitionProblem(Problem):
    from_: str = strawberry.field(name="from", description="The present state.")
    to: str = strawberry.field(description="The state that was asked for.")
    allowed: list[str] = strawberry.field(description="The states that can be reached from here.")


@strawberry.type(description="Something else must happen first.")
class PreconditionProblem(Problem):
    missing: list[str] = strawberry.field(
        description="What is missing, as codes such as PAYMENT; empty where the message says it all."
    )


@strawberry.type(description="An amount, size or rate is above what is allowed.")
class LimitProblem(Problem):
    amount: MoneyType | None = strawberry.field(
        description="What it comes to, where that is money; null if the caller may not know it."
    )
    limit: MoneyType | None = strawberry.field(description="What is allowed at most, where that is money.")
    reasons: list[str] = strawberry.field(description="Which limits are passed, as codes; empty where there is one.")
    permissions: list[str] = strawberry.field(
        description="Whoever has one of these permissions may allow it; empty if nobody may."
    )


@strawberry.type(description="A service outside the house failed or said no.")
class ProviderProblem(Problem):
    pass


PROBLEM_TYPES: tuple[tuple[type[Refusal], type[Problem]], ...] = (
    (ValidationRefusal, ValidationProblem),
    (NotFoundRefusal, NotFoundProblem),
    (PermissionRefusal, PermissionProblem),
    (ConflictRefusal, ConflictProblem),
    (TransitionRefusal, TransitionProblem),
    (PreconditionRefusal, PreconditionProblem),
    (LimitRefusal, LimitProblem),
    (ProviderRefusal, ProviderProblem),
    (Refusal, BusinessProblem),
)


def as_problem(
    refusal: Refusal,
    translate: Callable[[str, dict[str, Any], str], str],
    current: Any = None,
    declared: Mapping[type[Refusal], type[Any]] = MappingProxyType({}),
) -> Problem:
    """Return the problem that a refusal becomes.

    Args:
        translate: Gives the message for code, parameters and English text.
        current: For a conflict: the row as it is now.
        declared: Types of the modules that are on, by what becomes one; see `core.api.declared_problems`.
    """
    values: dict[str, Any] = {
        "code": refusal.code,
        "message": translate(refusal.code, refusal.details, refusal.message),
        "path": [str(step) for step in refusal.path],
    }
    own = next((declared[cls] for cls in type(refusal).__mro__ if cls in declared), None)
    if own is not None:
        made: Problem = own(**values, **{name: refusal.details[name] for name in own.__forecourt_problem__.fields})
        return made
    kind = next(problem for cls, problem in PROBLEM_TYPES if isinstance(refusal, cls))
    if kind is PermissionProblem:
        values["permission"] = refusal.details["permission"]
    elif kind is TransitionProblem:
        values |= {key: refusal.details[key] for key in ("from_", "to")}
        values["allowed"] = list(refusal.details["allowed"])
    elif kind is ConflictProblem:
        values["current"] = current
    elif kind is PreconditionProblem:
        values["missing"] = _codes(refusal.details.get("missing", ()))
    elif kind is LimitProblem:
        values |= {key: _money(refusal.details.get(key)) for key in ("amount", "limit")}
        values |= {key: _codes(refusal.details.get(key, ())) for key in ("reasons", "permissions")}
    return kind(**values)


def _codes(value: Any) -> list[str]:
    return [str(code) for code in value] if isinstance(value, list | tuple | set | frozenset) else []


def _money(value: Any) -> Money | None:
    return value if isinstance(value, Money) else None
