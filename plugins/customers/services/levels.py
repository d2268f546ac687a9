"""How near to buying somebody is, and how often to ask."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from typing import Final


class IntentLevel(StrEnum):
    """O has paid a deposit; H, A, B, C buy later and later."""

    O = "O"  # noqa: E741 - the name that every dealer knows
    H = "H"
    A = "A"
    B = "B"
    C = "C"


@dataclass(frozen=True, slots=True)
class LevelRule:
    """One level of a rule-set.

    Attributes:
        within_days: The level ends so many days before the expected purchase; None for the last one.
        interval_days: How often to follow up.
    """

    level: IntentLevel
    within_days: int | None
    interval_days: int


@dataclass(frozen=True, slots=True)
class LevelPreset:
    """The levels of a dealer; O first, which depends on the deposit, then by nearness."""

    code: str
    rules: tuple[LevelRule, ...]

    def rule(self, level: str) -> LevelRule:
        """Return the rule of a level."""
        return next(rule for rule in self.rules if rule.level == level)


FAST: Final = LevelPreset(
    "fast",
    (
        LevelRule(IntentLevel.O, None, 7),
        LevelRule(IntentLevel.H, 7, 2),
        LevelRule(IntentLevel.A, 30, 7),
        LevelRule(IntentLevel.B, 90, 14),
        LevelRule(IntentLevel.C, None, 30),
    ),
)
SLOW: Final = LevelPreset(
    "slow",
    (
        LevelRule(IntentLevel.O, None, 7),
        LevelRule(IntentLevel.H, 7, 7),
        LevelRule(IntentLevel.A, 30, 15),
        LevelRule(IntentLevel.B, 90, 30),
        LevelRule(IntentLevel.C, None, 90),
    ),
)
PRESETS: Final = {preset.code: preset for preset in (FAST, SLOW)}


def intent_level(
    expected_on: date | None, today: date, *, deposit_paid: bool = False, preset: LevelPreset = FAST
) -> IntentLevel | None:
    """Return the level of a customer; None if nobody knows when he means to buy.

    An expected day that is past counts as now: he is asked soonest of all.
    """
    if deposit_paid:
        return IntentLevel.O
    if expected_on is None:
        return None
    days = (expected_on - today).days
    bands = (rule for rule in preset.rules if rule.level is not IntentLevel.O)
    return next(rule.level for rule in bands if rule.within_days is None or days <= rule.within_days)


def next_follow_up(
    level: str, last_contact_on: date | None, last_task_on: date | None, today: date, *, preset: LevelPreset = FAST
) -> date:
    """Return when to follow up next, before any shift off rest days; never in the past.

    Args:
        last_contact_on: The last contact in which he answered.
        last_task_on: When the last task was done.
    """
    known = [day for day in (last_contact_on, last_task_on) if day is not None]
    return max(max(known, default=today) + timedelta(days=preset.rule(level).interval_days), today)
