"""What Forecourt is meant to reach beside each peer, and whether it did."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from statistics import median
from typing import Final

from benchmarks.measure import Result
from benchmarks.operations import OPERATIONS, Operation

NOISE: Final = 0.9
"""A ratio below its target by less than a tenth counts as met within noise."""
READS: Final = ("row", "page", "nested", "rows", "counts", "other")
HEAVY: Final = ("row", "page", "nested", "rows")


@dataclass(frozen=True, slots=True)
class Target:
    """A ratio of requests per second that Forecourt is meant to reach.

    Attributes:
        kinds: Of operations for which it is meant.
    """

    server: str
    ratio: float
    kinds: tuple[str, ...]


TARGETS: Final = (
    Target("raw", 0.9, READS),
    Target("postgraphile", 2.0, HEAVY),
    Target("mercurius", 1.2, HEAVY),
    Target("strawberry", 20.0, ("row", "nested", "rows")),
    Target("mercurius", 1.5, ("command",)),
    Target("postgraphile", 0.9, ("counts",)),
    Target("mercurius", 0.9, ("counts",)),
    Target("strawberry", 0.9, ("counts",)),
)


@dataclass(frozen=True, slots=True)
class Verdict:
    """One target and what was reached."""

    operation: Operation
    target: Target
    ratio: float

    @property
    def word(self) -> str:
        if self.ratio >= self.target.ratio:
            return "met"
        return "within noise" if self.ratio >= NOISE * self.target.ratio else "**missed**"


def ratio(ours: Result, theirs: Result) -> float:
    """Return how often faster ours is: the median over the rounds, whose two cells ran close together."""
    pairs = zip(ours.rounds, theirs.rounds, strict=True)
    return median(one.per_second / other.per_second for one, other in pairs)


def verdicts(results: Sequence[Result], connections: int) -> Iterator[Verdict]:
    """Yield a verdict for each target whose two servers were measured."""
    found = {(r.operation, r.server): r for r in results if r.section == "main" and r.connections == connections}
    for operation in OPERATIONS:
        ours = found.get((operation.name, "forecourt"))
        for target in TARGETS:
            theirs = found.get((operation.name, target.server))
            if ours and theirs and operation.kind in target.kinds:
                yield Verdict(operation, target, ratio(ours, theirs))
