"""Levels, lifecycle and completeness of customers."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from forecourt import TransitionRefusal, ValidationRefusal
from plugins.customers.services.completeness import (
    CORE_FIELDS,
    CompletenessPolicy,
    check_completeness,
    completeness,
)
from plugins.customers.services.levels import FAST, PRESETS, SLOW, IntentLevel, intent_level, next_follow_up
from plugins.customers.services.lifecycle import LIFECYCLE, Lifecycle, LifecycleTrigger, lifecycle_path

pytestmark = pytest.mark.once


TODAY = date(2026, 11, 21)


@pytest.mark.parametrize(
    ("days", "level"),
    [(-3, "H"), (0, "H"), (7, "H"), (8, "A"), (30, "A"), (31, "B"), (90, "B"), (91, "C"), (4000, "C")],
)
@pytest.mark.parametrize("preset", PRESETS)
def test_level_follows_the_expected_purchase(days: int, level: str, preset: str) -> None:
    assert intent_level(TODAY + timedelta(days=days), TODAY, preset=PRESETS[preset]) == IntentLevel(level)


def test_deposit_makes_level_o_and_no_date_makes_none() -> None:
    assert intent_level(None, TODAY, deposit_paid=True) is IntentLevel.O
    assert intent_level(None, TODAY) is None


@pytest.mark.parametrize(
    ("level", "fast", "slow"), [("O", 7, 7), ("H", 2, 7), ("A", 7, 15), ("B", 14, 30), ("C", 30, 90)]
)
def test_follow_up_comes_at_the_interval_of_the_preset(level: str, fast: int, slow: int) -> None:
    for preset, days in ((FAST, fast), (SLOW, slow)):
        due = next_follow_up(level, TODAY - timedelta(days=1), TODAY, TODAY, preset=preset)
        assert due == TODAY + timedelta(days=days)


def test_follow_up_that_was_forgotten_is_due_today() -> None:
    assert next_follow_up("H", TODAY - timedelta(days=50), None, TODAY) == TODAY
    assert next_follow_up("H", None, None, TODAY) == TODAY + timedelta(days=2)


@pytest.mark.parametrize(
    ("present", "trigger", "path"),
    [
        ("PROSPECT", "OPPORTUNITY_OPENED", ("INTENT",)),
        ("INTENT", "ORDER_CONFIRMED", ("ORDERED",)),
        ("ORDERED", "DELIVERED", ("OWNER",)),
        ("ORDERED", "ORDER_CANCELLED", ("INTENT",)),
        ("INTENT", "ALL_LOST", ("LOST",)),
        ("LOST", "OPPORTUNITY_OPENED", ("INTENT",)),
        ("PROSPECT", "SILENT", ("DORMANT",)),
        ("OWNER", "SERVICE_MISSED", ("CHURNED",)),
        ("CHURNED", "SERVICE_VISIT", ("OWNER",)),
        ("PROSPECT", "DELIVERED", ("INTENT", "ORDERED", "OWNER")),
        ("OWNER", "OPPORTUNITY_OPENED", ()),
        ("OWNER", "ORDER_CONFIRMED", ()),
        ("OWNER", "ORDER_CANCELLED", ()),
        ("ANONYMISED", "DELIVERED", ()),
    ],
)
def test_what_happens_moves_the_customer_on(present: str, trigger: str, path: tuple[str, ...]) -> None:
    assert lifecycle_path(present, LifecycleTrigger(trigger)) == path


@pytest.mark.parametrize("trigger", LifecycleTrigger)
@pytest.mark.parametrize("present", Lifecycle)
def test_every_step_is_in_the_table(present: Lifecycle, trigger: LifecycleTrigger) -> None:
    state = present
    for step in lifecycle_path(present, trigger):
        LIFECYCLE.check(state, step)
        state = step


def test_prospect_is_no_owner_without_an_order() -> None:
    with pytest.raises(TransitionRefusal):
        LIFECYCLE.check("PROSPECT", "OWNER")


def test_missing_budget_makes_eighty() -> None:
    known = dict.fromkeys(CORE_FIELDS, True) | {"budget": False}
    assert completeness(known).score == 80
    assert completeness(known).missing == ("budget",)
    assert check_completeness(known).score == 80
    with pytest.raises(ValidationRefusal) as caught:
        check_completeness(known, CompletenessPolicy(strict=True))
    assert caught.value.path == ("budget",)


@given(
    st.dictionaries(st.sampled_from("abcdef"), st.integers(0, 9)),
    st.dictionaries(st.sampled_from("abcdef"), st.booleans()),
)
def test_score_is_a_hundred_exactly_when_nothing_is_missing(weights: dict[str, int], known: dict[str, bool]) -> None:
    result = completeness(known, CompletenessPolicy(weights))
    assert 0 <= result.score <= 100
    assert (result.score == 100) == (not result.missing)
