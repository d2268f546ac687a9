"""The default score of a lead."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plugins.sales.services.scoring import LeadFacts, LeadGrade, ScoreFactor, grade_of, score_lead, total_score

pytestmark = pytest.mark.once


@pytest.mark.parametrize(
    ("facts", "score"),
    [
        (LeadFacts(), 0),
        (LeadFacts(phone_valid=True), 15),
        (LeadFacts(phone_valid=True, full_name=True, model_named=True, channel_kind="WEB_INQUIRY"), 40),
        (LeadFacts(buying_within_days=30), 20),
        (LeadFacts(buying_within_days=31), 10),
        (LeadFacts(buying_within_days=90), 10),
        (LeadFacts(buying_within_days=91), 0),
        (LeadFacts(channel_kind="REFERRAL"), 15),
        (LeadFacts(channel_kind="SHOWROOM"), 15),
        (LeadFacts(channel_kind="PARTNER"), 6),
        (LeadFacts(channel_kind="MOTOR_SHOW"), 4),
        (LeadFacts(channel_kind="FIELD"), 0),
        (LeadFacts(model_pages_seen=2), 0),
        (LeadFacts(model_pages_seen=3), 5),
        (LeadFacts(model_pages_seen=3, returned=True), 5),
        (LeadFacts(unanswered_again=True), 0),
        (LeadFacts(phone_valid=True, buying_within_days=7, unanswered_again=True), 15),
        (LeadFacts(True, True, True, True, 7, "REFERRAL", True, 3, False, True, True), 100),
    ],
)
def test_default_score_of_known_leads(facts: LeadFacts, score: int) -> None:
    assert score_lead(facts).score == score


@pytest.mark.parametrize(
    ("score", "grade"), [(100, "A"), (75, "A"), (74, "B"), (50, "B"), (49, "C"), (25, "C"), (24, "D"), (0, "D")]
)
def test_grade_begins_at_its_lowest_score(score: int, grade: str) -> None:
    assert grade_of(score) == LeadGrade(grade)


def test_what_leaves_the_range_is_taken_back_visibly() -> None:
    assert total_score([ScoreFactor("OWN", 130)]).factors[-1] == ScoreFactor("CAP", -30)
    assert score_lead(LeadFacts(unanswered_again=True)).factors == (
        ScoreFactor("UNANSWERED", -20),
        ScoreFactor("FLOOR", 20),
    )


@given(
    st.builds(LeadFacts, channel_kind=st.sampled_from(["", "REFERRAL", "PARTNER"])),
    st.lists(st.builds(ScoreFactor, st.text(max_size=5), st.integers(-200, 200)), max_size=4),
)
def test_score_is_the_sum_of_its_factors(facts: LeadFacts, added: list[ScoreFactor]) -> None:
    for result in (score_lead(facts), total_score(added)):
        assert result.score == sum(factor.points for factor in result.factors)
        assert 0 <= result.score <= 100
        assert result.grade is grade_of(result.score)
