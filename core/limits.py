"""How much one operation may ask for."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace


@dataclass(frozen=True, slots=True)
class Limits:
    """What is allowed; introspection does not count towards the depth, as GraphiQL's own query is 15 deep.

    Attributes:
        cost: Objects that the answer may hold, as far as they can be known before; see `core.api.limits`.
        page: Rows that one page may ask for.
        conditions: Of all filters and searches; every word counts for each column that is searched.
        values: In the lists of `in` and `notIn` of all filters.
        nesting: Levels of a filter: `and`, `or`, `not` and relations. SQLite's parser takes no more of them.
        relations: Steps of a filter or an order from one relation to the next.
        terms: Of one `orderBy` or `groupBy`.
        text: Characters of a text that is looked for.
        groups: That an aggregate answers with.
    """

    characters: int = 15_000
    tokens: int = 1000
    depth: int = 12
    aliases: int = 15
    directives: int = 20
    cost: int = 5000
    page: int = 100
    conditions: int = 200
    values: int = 1000
    nesting: int = 10
    relations: int = 4
    terms: int = 10
    text: int = 1000
    groups: int = 1000

    def widened(self, limits: Mapping[str, int]) -> Limits:
        """Return these limits, or those of a role where they allow more."""
        wider = {name: value for name, value in limits.items() if name in ROLE_LIMITS and value > getattr(self, name)}
        return replace(self, **wider) if wider else self


ROLE_LIMITS = ("depth", "aliases", "directives", "cost", "page")
"""What a role may have limits of its own for; the others hold for everybody."""
LIMITS = Limits()
