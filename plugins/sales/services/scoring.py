"""How promising a lead is: a score that explains itself."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

HIGHEST: Final = 100


class LeadGrade(StrEnum):
    """How soon and by whom a lead deserves an answer."""

    A = "A"
    B = "B"
    C = "C"
    D = "D"


# Lowest score of each grade, the best first.
GRADE_FROM: Final = ((LeadGrade.A, 75), (LeadGrade.B, 50), (LeadGrade.C, 25), (LeadGrade.D, 0))

CHANNEL_POINTS: Final = {
    "REFERRAL": 15,
    "SHOWROOM": 15,
    "WEB_INQUIRY": 10,
    "PARTNER": 6,
    "MOTOR_SHOW": 4,
}


@dataclass(frozen=True, slots=True)
class LeadFacts:
    """What is known of a lead at the moment of scoring.

    Attributes:
        buying_within_days: Days until he means to buy; None if he didn't say.
        channel_kind: The kind of its source channel, such as REFERRAL or WEB_INQUIRY.
        in_region: Whether he lives where the store sells.
        unanswered_again: Whether more than one attempt to reach him has failed.
    """

    phone_valid: bool = False
    full_name: bool = False
    model_named: bool = False
    budget_named: bool = False
    buying_within_days: int | None = None
    channel_kind: str = ""
    test_drive_asked: bool = False
    model_pages_seen: int = 0
    returned: bool = False
    trade_in: bool = False
    in_region: bool = False
    unanswered_again: bool = False


@dataclass(frozen=True, slots=True)
class ScoreFactor:
    """One reason for a score; `points` may be negative."""

    code: str
    points: int


@dataclass(frozen=True, slots=True)
class LeadScore:
    """A score from 0 to 100, which is the sum of its factors."""

    score: int
    grade: LeadGrade
    factors: tuple[ScoreFactor, ...]


def grade_of(score: int) -> LeadGrade:
    """Return the grade of a score from 0 to 100."""
    return next(grade for grade, lowest in GRADE_FROM if score >= lowest)


def total_score(factors: Iterable[ScoreFactor]) -> LeadScore:
    """Add up factors, whoever found them; what leaves 0 to 100 is taken back by a factor CAP or FLOOR."""
    counted = tuple(factor for factor in factors if factor.points)
    raw = sum(factor.points for factor in counted)
    score = min(max(raw, 0), HIGHEST)
    if score != raw:
        counted += (ScoreFactor("CAP" if raw > score else "FLOOR", score - raw),)
    return LeadScore(score, grade_of(score), counted)


def score_lead(facts: LeadFacts) -> LeadScore:
    """Return the default score; a dealer's own scorer adds its factors to these or replaces them."""
    return total_score(default_factors(facts))


def default_factors(facts: LeadFacts) -> tuple[ScoreFactor, ...]:
    """Return the factors of the default score that apply."""
    points = {
        "PHONE_VALID": 15 * facts.phone_valid,
        "FULL_NAME": 5 * facts.full_name,
        "MODEL_NAMED": 10 * facts.model_named,
        "BUDGET_NAMED": 10 * facts.budget_named,
        "BUYING_SOON": _soon(facts.buying_within_days),
        "CHANNEL": CHANNEL_POINTS.get(facts.channel_kind, 0),
        "TEST_DRIVE_ASKED": 10 * facts.test_drive_asked,
        "INTERESTED": 5 * (facts.model_pages_seen >= 3 or facts.returned),
        "TRADE_IN": 5 * facts.trade_in,
        "IN_REGION": 5 * facts.in_region,
        "UNANSWERED": -20 * facts.unanswered_again,
    }
    return tuple(ScoreFactor(code, value) for code, value in points.items() if value)


def _soon(days: int | None) -> int:
    if days is None or days > 90:
        return 0
    return 20 if days <= 30 else 10
