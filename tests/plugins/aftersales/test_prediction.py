"""When maintenance is due."""

from __future__ import annotations

from datetime import date, timedelta
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plugins.aftersales.services.prediction import (
    PlannedService,
    Reading,
    Rhythm,
    add_months,
    first_service,
    is_due,
    is_overdue,
    km_per_day,
    next_service,
    predict,
    repredict,
)

pytestmark = pytest.mark.once


DELIVERED = date(2026, 11, 21)


def test_first_service_of_the_scenario() -> None:
    planned = first_service(DELIVERED, 12, Rhythm())
    assert (planned.sequence, planned.due_on, planned.due_km) == (1, date(2027, 5, 21), 5_000)
    assert planned.predicted_on == DELIVERED + timedelta(days=125)
    assert planned.effective_on == planned.predicted_on


def test_slow_driver_is_asked_by_the_date() -> None:
    assert first_service(DELIVERED, 12, Rhythm(km_per_day=5)).effective_on == date(2027, 5, 21)


@pytest.mark.parametrize(
    ("readings", "average"),
    [
        ([], 40),
        ([Reading(DELIVERED, 10)], 40),
        ([Reading(DELIVERED, 10), Reading(DELIVERED + timedelta(days=13), 5_000)], 40),
        ([Reading(DELIVERED, 10), Reading(DELIVERED + timedelta(days=14), 710)], 50),
        ([Reading(DELIVERED + timedelta(days=14), 710), Reading(DELIVERED, 10)], 50),
        ([Reading(DELIVERED, 0), Reading(DELIVERED + timedelta(days=20), 9_000, plausible=False)], 40),
        ([Reading(DELIVERED, 500), Reading(DELIVERED + timedelta(days=20), 500)], 40),
        ([Reading(DELIVERED, 0), Reading(DELIVERED + timedelta(days=30), 100)], Fraction(10, 3)),
    ],
)
def test_average_needs_two_plausible_readings_two_weeks_apart(readings: list[Reading], average: Fraction) -> None:
    assert km_per_day(readings) == average


def test_next_service_counts_from_the_one_done() -> None:
    done = first_service(DELIVERED, 0, Rhythm())
    planned = next_service(done, date(2027, 3, 1), 4_000, [Reading(DELIVERED, 0)], Rhythm())
    assert (planned.sequence, planned.due_on, planned.due_km) == (2, date(2027, 9, 1), 9_000)
    assert planned.predicted_on == date(2027, 3, 1) + timedelta(days=125)  # 4,000 km in 100 days: 40 a day


def test_new_reading_moves_the_prediction_alone() -> None:
    planned = first_service(DELIVERED, 0, Rhythm())
    moved = repredict(planned, [Reading(DELIVERED, 0), Reading(DELIVERED + timedelta(days=20), 2_000)], Rhythm())
    assert (moved.due_on, moved.due_km) == (planned.due_on, planned.due_km)
    assert moved.predicted_on == DELIVERED + timedelta(days=50)
    assert repredict(planned, [Reading(DELIVERED, 1, plausible=False)], Rhythm()) == planned


def test_due_comes_thirty_days_or_five_hundred_kilometres_before() -> None:
    planned = PlannedService(1, date(2027, 5, 21), 5_000, date(2027, 9, 1))
    assert not is_due(planned, date(2027, 4, 20), 4_499)
    assert is_due(planned, date(2027, 4, 21), None)
    assert is_due(planned, date(2027, 1, 1), 4_500)
    assert not is_overdue(planned, date(2027, 5, 21), 5_000)
    assert is_overdue(planned, date(2027, 5, 22), None)
    assert is_overdue(planned, date(2027, 1, 1), 5_001)


@pytest.mark.parametrize(
    ("day", "months", "expected"),
    [
        (date(2026, 8, 31), 6, date(2027, 2, 28)),
        (date(2027, 8, 31), 6, date(2028, 2, 29)),
        (date(2026, 12, 15), 1, date(2027, 1, 15)),
        (date(2026, 1, 31), 0, date(2026, 1, 31)),
    ],
)
def test_months_end_with_the_month(day: date, months: int, expected: date) -> None:
    assert add_months(day, months) == expected


@given(st.integers(0, 400_000), st.integers(0, 400_000), st.fractions(Fraction(1, 100), 2_000))
def test_prediction_is_the_first_day_on_which_the_distance_is_run(due_km: int, last_km: int, average: Fraction) -> None:
    predicted = predict(due_km, DELIVERED, last_km, average)
    days = (predicted - DELIVERED).days
    assert days >= 0
    if 0 < days < 365 * 30:
        assert last_km + average * days >= due_km
        assert last_km + average * (days - 1) < due_km


def test_prediction_for_a_passed_distance_is_the_day_of_the_reading() -> None:
    assert predict(5_000, DELIVERED, 6_000, Fraction(40)) == DELIVERED
