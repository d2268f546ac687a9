from datetime import UTC, date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plugins.organisation.services.staff import Days, deputy_of, is_rostered, stand_in

pytestmark = pytest.mark.once

PEOPLE = st.integers(0, 6)
CHAINS = st.dictionaries(PEOPLE, st.one_of(st.none(), PEOPLE))
THERE = st.frozensets(PEOPLE)


def test_owner_who_is_there_acts_himself() -> None:
    assert stand_in("owner", {"owner": "deputy"}, "leader", lambda _: True) == "owner"


def test_deputy_acts_for_an_absent_owner_and_the_deputys_deputy_after_him() -> None:
    deputies = {"owner": "first", "first": "second"}
    assert stand_in("owner", deputies, "leader", lambda one: one != "owner") == "first"
    assert stand_in("owner", deputies, "leader", lambda one: one in ("second", "leader")) == "second"


def test_leader_acts_when_no_deputy_is_there() -> None:
    assert stand_in("owner", {"owner": "deputy"}, "leader", lambda one: one == "leader") == "leader"
    assert stand_in("owner", {"leader": "vice"}, "leader", lambda one: one == "vice") == "vice"


def test_work_stays_with_the_owner_when_nobody_is_there() -> None:
    assert stand_in("owner", {"owner": "deputy", "deputy": "owner"}, "owner", lambda _: False) == "owner"


@given(CHAINS, PEOPLE, THERE)
def test_chain_of_deputies_ends_even_in_a_circle(
    deputies: dict[int, int | None], person: int, there: frozenset[int]
) -> None:
    found = deputy_of(person, deputies, there.__contains__)
    reachable, step = [], deputies.get(person)
    while step is not None and step not in reachable:
        reachable.append(step)
        step = deputies.get(step)
    expected = [one for one in reachable if one in there and one != person]
    assert found in expected if expected and person not in reachable else found in {*expected, None}


@given(CHAINS, PEOPLE, st.one_of(st.none(), PEOPLE), THERE)
def test_whoever_acts_is_there_or_nobody_was(
    deputies: dict[int, int | None], owner: int, leader: int | None, there: frozenset[int]
) -> None:
    acting = stand_in(owner, deputies, leader, there.__contains__)
    assert acting in there or acting == owner
    if leader in there:
        assert acting in there


def test_shift_ends_before_its_last_instant() -> None:
    start, end = datetime(2026, 11, 21, 1, tzinfo=UTC), datetime(2026, 11, 21, 9, tzinfo=UTC)
    assert is_rostered(start, [(start, end)])
    assert not is_rostered(end, [(start, end)])
    assert not is_rostered(start, [])


def test_span_of_days_includes_both_ends_and_may_be_open() -> None:
    span = Days(date(2026, 11, 1), date(2026, 11, 3))
    assert [day in span for day in (date(2026, 10, 31), date(2026, 11, 1), date(2026, 11, 3), date(2026, 11, 4))] == [
        False,
        True,
        True,
        False,
    ]
    assert date(2099, 1, 1) in Days(date(2026, 11, 1), None)
