"""How an operation is answered, for developers: its statements, what runs in Python, its cost."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

from core.caller import Permission

EXPLAIN = Permission("core.operation.explain", {"en": "See how operations are answered", "zh-CN": "查看操作的执行计划"})
"""The permission to ask for it over the API."""


@dataclass(frozen=True, slots=True)
class Explanation:
    """The plan of one operation for one shape of rights and variables.

    Attributes:
        unplanned: Why graphql-core gives the whole answer; empty where a plan does.
        reason: The same as it is counted.
        resolvers: Fields with a resolver of their own, which graphql-core gives within the plan.
        computed: Fields that a function computes for each row.
        statements: Root field and SQL, without the arguments; those of a command's own work are not among them.
    """

    cost: int
    cost_limit: int
    unplanned: str = ""
    reason: str | None = None
    resolvers: Sequence[str] = ()
    computed: Sequence[str] = ()
    statements: Sequence[tuple[str, str]] = ()

    def as_json(self) -> dict[str, Any]:
        """Return it as `extensions.explain` has it."""
        found = asdict(self)
        return {
            "cost": found["cost"],
            "costLimit": found["cost_limit"],
            "unplanned": self.unplanned or None,
            "unplannedReason": self.reason,
            "resolvers": list(self.resolvers),
            "computed": list(self.computed),
            "statements": [{"field": field, "sql": sql} for field, sql in self.statements],
        }

    def lines(self) -> list[str]:
        """Return it for a terminal."""
        lines = [f"cost {self.cost} of {self.cost_limit}"]
        if self.unplanned:
            return [*lines, f"not planned, graphql-core gives the whole answer ({self.reason}): {self.unplanned}"]
        lines += [f"resolver in Python: {name}" for name in self.resolvers]
        lines += [f"computed in Python: {name}" for name in self.computed]
        for field, sql in self.statements:
            lines += [f"{field}:", f"  {sql}"]
        return lines
