"""The rules by which a store assigns its leads."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final
from uuid import UUID

from forecourt import Scope, User, ValidationRefusal
from plugins.sales.models.leads import AssignmentRule
from plugins.sales.services.assignment import Strategy

ATTRIBUTES: Final = frozenset(
    {"source", "channel", "provider", "grade", "interest", "region", "series", "product_line"}
)


async def save(
    scope: Scope,
    *,
    code: str,
    title: str,
    position: int,
    conditions: Mapping[str, Sequence[str]],
    pool: Sequence[UUID],
    strategy: Strategy,
    manual: bool,
) -> AssignmentRule:
    """Write a rule of the caller's store, or change the one with this code.

    Raises:
        ValidationRefusal: A condition asks for an unknown attribute, or a user is not there.
    """
    if not ATTRIBUTES.issuperset(conditions):
        allowed = ", ".join(sorted(ATTRIBUTES))
        raise ValidationRefusal(
            f"a rule can ask for {allowed}", path=("conditions",), rule="rule_attribute", allowed=allowed
        )
    if await User.filter(id__in=list(pool), archived_at=None).count() != len(set(pool)):
        raise ValidationRefusal("one of these users is not there", path=("pool",), rule="rule_pool")
    row = await AssignmentRule.filter(store_id=scope.store_id, code=code, archived_at=None).first()
    row = row or AssignmentRule(store_id=scope.store_id, code=code)
    row.title, row.position, row.strategy, row.manual = title, position, strategy, manual
    row.conditions = {name: list(values) for name, values in conditions.items()}
    row.pool = [str(user) for user in pool]
    await row.save()
    return row
