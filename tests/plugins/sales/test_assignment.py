"""Who gets a lead."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plugins.sales.services.assignment import DEFAULT_RULE, Candidate, LeadRequest, Rule, Strategy, assign

pytestmark = pytest.mark.once


NOON = datetime(2026, 11, 21, 4, 0, tzinfo=UTC)
A, B, C = (UUID(int=number) for number in (1, 2, 3))


def roster(*loads: int) -> list[Candidate]:
    return [Candidate(UUID(int=number), open_weight=load) for number, load in enumerate(loads, 1)]


def chosen(lead: LeadRequest, candidates: list[Candidate], *rules: Rule) -> UUID | None:
    return assign(lead, rules or (DEFAULT_RULE,), candidates).chosen


def test_least_loaded_gets_the_lead() -> None:
    assert chosen(LeadRequest(), roster(5, 2, 9)) == B


def test_tie_goes_to_who_has_waited_longest_and_then_to_the_lower_id() -> None:
    candidates = roster(2, 2, 2)
    assert chosen(LeadRequest(), candidates) == A
    candidates[0] = replace(candidates[0], last_assigned_at=NOON)
    candidates[1] = replace(candidates[1], last_assigned_at=NOON - timedelta(hours=1))
    assert chosen(LeadRequest(), candidates) == C
    candidates[2] = replace(candidates[2], last_assigned_at=NOON)
    assert chosen(LeadRequest(), candidates) == B


def test_owner_of_the_same_person_comes_before_the_named_one_and_before_rules() -> None:
    lead = LeadRequest(existing_owner_id=C, named_consultant_id=B)
    assert chosen(lead, roster(0, 0, 20)) == C
    result = assign(lead, [DEFAULT_RULE], [*roster(0, 0), Candidate(C, active=False)])
    assert result.chosen == B
    assert result.rule == "NAMED_CONSULTANT"
    assert [(step.step, step.outcome) for step in result.trace] == [
        ("EXISTING_OWNER", "INACTIVE"),
        ("NAMED_CONSULTANT", "CHOSEN"),
    ]


def test_first_matching_rule_gives_the_pool() -> None:
    web = Rule("web", 1, {"channel": frozenset({"WEB_INQUIRY"})}, (B, C))
    rest = Rule("rest", 2)
    assert chosen(LeadRequest({"channel": "WEB_INQUIRY"}), roster(0, 5, 4), rest, web) == C
    assert chosen(LeadRequest({"channel": "SHOWROOM"}), roster(0, 5, 4), rest, web) == A


def test_without_a_matching_rule_or_candidate_a_manager_decides() -> None:
    never = Rule("never", when={"grade": frozenset({"A"})})
    result = assign(LeadRequest(), [never], roster(0))
    assert (result.chosen, result.rule, result.trace[-1].outcome) == (None, "", "NO_MATCH")
    result = assign(LeadRequest(), [DEFAULT_RULE], [])
    assert (result.chosen, result.rule, result.trace[-1].outcome) == (None, "DEFAULT", "NONE_LEFT")


def test_trace_says_why_each_was_passed_over() -> None:
    candidates = [
        Candidate(UUID(int=1), active=False),
        Candidate(UUID(int=2), on_duty=False),
        Candidate(UUID(int=3), certified=frozenset({"ICE"})),
        Candidate(UUID(int=4), open_weight=30, capacity=30),
        Candidate(UUID(int=5)),
    ]
    pool = tuple(UUID(int=number) for number in range(1, 7))
    lead = LeadRequest(product_line="BEV", excluded=frozenset({UUID(int=5)}))
    result = assign(lead, [Rule("all", pool=pool)], candidates)
    assert result.chosen is None
    assert [step.outcome for step in result.trace if step.step == "FILTER"] == [
        "INACTIVE",
        "OFF_DUTY",
        "NOT_CERTIFIED",
        "FULL",
        "EXCLUDED",
        "UNKNOWN",
    ]


def test_strategies_choose_in_their_own_way() -> None:
    candidates = [
        Candidate(A, open_weight=10, capacity=40, last_assigned_at=NOON),
        Candidate(B, open_weight=6, capacity=10, last_assigned_at=NOON - timedelta(days=1)),
        Candidate(C, open_weight=8, capacity=10, last_assigned_at=NOON),
    ]

    def by(strategy: Strategy, lead: LeadRequest | None = None) -> UUID | None:
        return chosen(lead or LeadRequest(), candidates, Rule("r", pool=(C, B, A), strategy=strategy))

    assert by(Strategy.LEAST_LOAD) == B
    assert by(Strategy.ROUND_ROBIN) == B
    assert by(Strategy.WEIGHTED) == A
    assert by(Strategy.NAMED) == C
    assert by(Strategy.EXISTING_OWNER) is None


UUIDS = st.integers(1, 6).map(lambda number: UUID(int=number))
CANDIDATES = st.lists(
    st.builds(
        Candidate,
        UUIDS,
        active=st.booleans(),
        on_duty=st.booleans(),
        certified=st.frozensets(st.sampled_from(["ICE", "BEV"])),
        open_weight=st.integers(0, 6),
        capacity=st.integers(0, 6),
        last_assigned_at=st.none() | st.integers(0, 5).map(lambda hours: NOON - timedelta(hours=hours)),
    ),
    max_size=6,
    unique_by=lambda candidate: candidate.id,
)
LEADS = st.builds(
    LeadRequest,
    st.fixed_dictionaries({"grade": st.sampled_from("ABCD")}),
    st.sampled_from(["", "ICE", "BEV"]),
    st.none() | UUIDS,
    st.none() | UUIDS,
    st.frozensets(UUIDS, max_size=2),
)
RULES = st.lists(
    st.builds(
        Rule,
        st.text("xyz", min_size=1, max_size=3),
        st.integers(0, 3),
        st.just({}) | st.just({"grade": frozenset("AB")}),
        st.none() | st.lists(UUIDS, max_size=4).map(tuple),
        st.sampled_from(Strategy),
    ),
    max_size=3,
    unique_by=lambda rule: (rule.order, rule.code),
)


@given(LEADS, RULES, CANDIDATES)
def test_nobody_inactive_absent_or_full_gets_a_lead_and_order_makes_no_difference(
    lead: LeadRequest, rules: list[Rule], candidates: list[Candidate]
) -> None:
    result = assign(lead, rules, candidates)
    assert assign(lead, list(reversed(rules)), list(reversed(candidates))) == result
    if result.chosen is not None:
        (owner,) = (candidate for candidate in candidates if candidate.id == result.chosen)
        assert owner.active
        assert owner.on_duty
        assert owner.open_weight < owner.capacity
        assert owner.id not in lead.excluded
        assert result.rule
    assert result.trace
