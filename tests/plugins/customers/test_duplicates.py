"""Whether two records are one person."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plugins.customers.services.duplicates import (
    DuplicateReason,
    DuplicateVerdict,
    PersonFacts,
    likeness,
    most_alike,
)

pytestmark = pytest.mark.once


ONE = PersonFacts(
    mobiles=frozenset({"m1"}),
    identity_number="i1",
    company_code="c1",
    wechats=frozenset({"w1"}),
    vehicles=frozenset({"LSVAU2189T2100001"}),
    name="欧阳娜娜小姐是也很好",
    pinyin="ouyangnana",
    last_fours=frozenset({"l1"}),
    region="310000",
    birth_on=date(1990, 1, 1),
    address="Example Road 1, Building 2",
)


@pytest.mark.parametrize(
    ("other", "score", "verdict"),
    [
        (PersonFacts(mobiles=ONE.mobiles), 100, "BLOCK"),
        (PersonFacts(identity_number="i1"), 100, "BLOCK"),
        (PersonFacts(company_code="c1"), 100, "BLOCK"),
        (PersonFacts(wechats=ONE.wechats), 90, "BLOCK"),
        (PersonFacts(vehicles=ONE.vehicles), 70, "WARN"),
        (PersonFacts(name=ONE.name, region=ONE.region, birth_on=ONE.birth_on), 60, "WARN"),
        (PersonFacts(name=ONE.name, region=ONE.region), 0, "PASS"),
        (PersonFacts(pinyin=ONE.pinyin, last_fours=ONE.last_fours), 55, "WARN"),
        (PersonFacts(pinyin=ONE.pinyin), 0, "PASS"),
        (PersonFacts(name="欧阳娜娜小姐是也很妙", address="Example Road 1, Building 3"), 45, "PASS"),
        (PersonFacts(name="欧阳娜娜小姐是也很妙", address="Another Street 77"), 0, "PASS"),
        (PersonFacts(), 0, "PASS"),
    ],
)
def test_score_of_what_two_records_share(other: PersonFacts, score: int, verdict: str) -> None:
    found = likeness(ONE, other)
    assert (found.score, found.verdict) == (score, DuplicateVerdict(verdict))


def test_all_reasons_are_named_and_the_strongest_counts() -> None:
    found = likeness(ONE, replace(ONE, mobiles=frozenset(), identity_number="", company_code="", wechats=frozenset()))
    assert found.score == 70
    assert found.reasons == (
        DuplicateReason.VEHICLE,
        DuplicateReason.NAME_REGION_BIRTH,
        DuplicateReason.PINYIN_LAST_FOUR,
        DuplicateReason.NAME_ADDRESS,
    )


def test_most_alike_is_the_strongest() -> None:
    others = [("a", PersonFacts(vehicles=ONE.vehicles)), ("b", PersonFacts(mobiles=ONE.mobiles)), ("c", PersonFacts())]
    best = most_alike(ONE, others)
    assert best is not None
    assert best[0] == "b"
    assert most_alike(ONE, [("c", PersonFacts())]) is None
    assert most_alike(ONE, []) is None


TOKENS = st.frozensets(st.sampled_from(["x", "y"]), max_size=2)
FACTS = st.builds(
    PersonFacts,
    TOKENS,
    st.sampled_from(["", "i"]),
    st.just(""),
    TOKENS,
    TOKENS,
    st.text("ab", max_size=6),
    st.sampled_from(["", "p"]),
    TOKENS,
    st.sampled_from(["", "r"]),
    st.none() | st.just(date(1990, 1, 1)),
    st.text("ab", max_size=6),
)


@given(FACTS, FACTS)
def test_comparison_has_no_direction(one: PersonFacts, other: PersonFacts) -> None:
    assert likeness(one, other) == likeness(other, one)
