"""Who gets a lead: a pure function of the lead, the rules and the roster of this moment."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from fractions import Fraction
from typing import Final
from uuid import UUID

# What one open lead of a grade weighs in its owner's load; D weighs as C, or it could pile up without end.
LEAD_WEIGHT: Final[Mapping[str, int]] = {"A": 3, "B": 2, "C": 1, "D": 1}


class Strategy(StrEnum):
    """How a rule picks from those who may take the lead."""

    LEAST_LOAD = "LEAST_LOAD"
    ROUND_ROBIN = "ROUND_ROBIN"
    WEIGHTED = "WEIGHTED"
    NAMED = "NAMED"
    EXISTING_OWNER = "EXISTING_OWNER"


@dataclass(frozen=True, slots=True)
class Candidate:
    """One person as the roster shows him now.

    Attributes:
        on_duty: Present, or expected back today, by the roster.
        certified: Codes of the product lines that he may sell; empty means all.
        open_weight: Sum of the weights of his open leads.
        capacity: At this open weight he gets no more.
    """

    id: UUID
    active: bool = True
    on_duty: bool = True
    certified: frozenset[str] = frozenset()
    open_weight: int = 0
    capacity: int = 30
    last_assigned_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class LeadRequest:
    """What the assignment needs to know of a lead.

    Attributes:
        attributes: What rules may ask for, such as `channel`, `grade`, `region`.
        existing_owner_id: Whose customer the same person is already.
        named_consultant_id: Whom the customer asked for.
        excluded: Who let this lead lie before.
    """

    attributes: Mapping[str, str] = field(default_factory=dict)
    product_line: str = ""
    existing_owner_id: UUID | None = None
    named_consultant_id: UUID | None = None
    excluded: frozenset[UUID] = frozenset()


@dataclass(frozen=True, slots=True)
class Rule:
    """Whom to consider for which leads.

    Attributes:
        order: Rules are tried from the lowest; the first that matches decides.
        when: Accepted values per attribute; all must match, an empty rule matches every lead.
        pool: Who may get the lead, in the order that NAMED tries; None means everybody.
    """

    code: str
    order: int = 0
    when: Mapping[str, frozenset[str]] = field(default_factory=dict)
    pool: tuple[UUID, ...] | None = None
    strategy: Strategy = Strategy.LEAST_LOAD


# What a store without rules of its own does.
DEFAULT_RULE: Final = Rule("DEFAULT")


@dataclass(frozen=True, slots=True)
class TraceStep:
    """One consideration of the assignment.

    Attributes:
        step: EXISTING_OWNER, NAMED_CONSULTANT, RULE, FILTER or STRATEGY.
        outcome: CHOSEN, MATCHED, NO_MATCH, NONE_LEFT, or why somebody was passed over: UNKNOWN, EXCLUDED, INACTIVE,
            OFF_DUTY, NOT_CERTIFIED, FULL.
        subject: The person or the rule.
    """

    step: str
    outcome: str
    subject: str = ""


@dataclass(frozen=True, slots=True)
class Assignment:
    """Who gets the lead, by which rule, and why; `chosen` is None if a manager must decide."""

    chosen: UUID | None
    rule: str
    trace: tuple[TraceStep, ...]


def assign(lead: LeadRequest, rules: Iterable[Rule], roster: Iterable[Candidate]) -> Assignment:
    """Choose the owner of a lead.

    The customer's own consultant comes first, then the one whom he asked for, then the first matching rule. Nobody who
    is inactive, off duty or full gets a lead, not even as its former owner.
    """
    people = {candidate.id: candidate for candidate in roster}
    trace: list[TraceStep] = []
    for step, person_id in (
        (Strategy.EXISTING_OWNER.value, lead.existing_owner_id),
        ("NAMED_CONSULTANT", lead.named_consultant_id),
    ):
        if person_id is None:
            continue
        obstacle = _obstacle(people.get(person_id), lead, product_line="")
        trace.append(TraceStep(step, obstacle or "CHOSEN", str(person_id)))
        if not obstacle:
            return Assignment(person_id, step, tuple(trace))
    rule = next(
        (rule for rule in sorted(rules, key=lambda rule: (rule.order, rule.code)) if _matches(rule, lead)), None
    )
    trace.append(TraceStep("RULE", "MATCHED" if rule else "NO_MATCH", rule.code if rule else ""))
    if rule is None:
        return Assignment(None, "", tuple(trace))
    eligible = _eligible(rule, lead, people, trace)
    chosen = _STRATEGIES[rule.strategy](eligible, lead)
    trace.append(TraceStep("STRATEGY", "CHOSEN" if chosen else "NONE_LEFT", str(chosen or rule.strategy.value)))
    return Assignment(chosen, rule.code, tuple(trace))


def _matches(rule: Rule, lead: LeadRequest) -> bool:
    return all(lead.attributes.get(name, "") in accepted for name, accepted in rule.when.items())


def _eligible(
    rule: Rule, lead: LeadRequest, people: Mapping[UUID, Candidate], trace: list[TraceStep]
) -> list[Candidate]:
    eligible: list[Candidate] = []
    for person_id in sorted(people) if rule.pool is None else dict.fromkeys(rule.pool):
        candidate = people.get(person_id)
        obstacle = _obstacle(candidate, lead, product_line=lead.product_line)
        if candidate is not None and not obstacle:
            eligible.append(candidate)
        else:
            trace.append(TraceStep("FILTER", obstacle, str(person_id)))
    return eligible


def _obstacle(candidate: Candidate | None, lead: LeadRequest, *, product_line: str) -> str:
    """Return what keeps a person from getting the lead, or nothing."""
    if candidate is None:
        return "UNKNOWN"
    certified = not product_line or not candidate.certified or product_line in candidate.certified
    obstacles = {
        "EXCLUDED": candidate.id in lead.excluded,
        "INACTIVE": not candidate.active,
        "OFF_DUTY": not candidate.on_duty,
        "NOT_CERTIFIED": not certified,
        "FULL": candidate.open_weight >= candidate.capacity,
    }
    return next((code for code, applies in obstacles.items() if applies), "")


def _longest_waiting(candidate: Candidate) -> tuple[float, UUID]:
    at = candidate.last_assigned_at
    return (float("-inf") if at is None else at.timestamp(), candidate.id)


def _least_load(eligible: Sequence[Candidate], lead: LeadRequest) -> UUID | None:
    return _lowest(eligible, lambda candidate: Fraction(candidate.open_weight))


def _round_robin(eligible: Sequence[Candidate], lead: LeadRequest) -> UUID | None:
    return _lowest(eligible, lambda candidate: Fraction(0))


def _weighted(eligible: Sequence[Candidate], lead: LeadRequest) -> UUID | None:
    """Fill everybody to the same share of his capacity."""
    return _lowest(eligible, lambda candidate: Fraction(candidate.open_weight, candidate.capacity))


def _named(eligible: Sequence[Candidate], lead: LeadRequest) -> UUID | None:
    return eligible[0].id if eligible else None


def _existing_owner(eligible: Sequence[Candidate], lead: LeadRequest) -> UUID | None:
    return next((candidate.id for candidate in eligible if candidate.id == lead.existing_owner_id), None)


def _lowest(eligible: Sequence[Candidate], load: Callable[[Candidate], Fraction]) -> UUID | None:
    best = min(eligible, key=lambda candidate: (load(candidate), *_longest_waiting(candidate)), default=None)
    return best.id if best else None


_STRATEGIES: Final[Mapping[Strategy, Callable[[Sequence[Candidate], LeadRequest], UUID | None]]] = {
    Strategy.LEAST_LOAD: _least_load,
    Strategy.ROUND_ROBIN: _round_robin,
    Strategy.WEIGHTED: _weighted,
    Strategy.NAMED: _named,
    Strategy.EXISTING_OWNER: _existing_owner,
}
