from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.errors import ConfigurationError
from plugins.organisation.models import DayKind
from plugins.organisation.services.calendar import BusinessCalendar

pytestmark = pytest.mark.once

CHINA = BusinessCalendar()
DAYS = st.dates(date(2024, 1, 1), date(2030, 12, 31))


@pytest.mark.parametrize(
    ("day", "is_worked"),
    [
        (date(2026, 2, 14), True),  # Saturday, made up for the Spring Festival
        (date(2026, 2, 17), False),  # Spring Festival
        (date(2026, 2, 20), False),  # Friday in lieu of the 14th
        (date(2026, 11, 20), True),
        (date(2026, 11, 21), False),
        (date(2026, 10, 10), True),  # Saturday, made up for the National Day
        (date(2027, 2, 8), False),
    ],
)
def test_work_days_follow_the_official_plan(day: date, is_worked: bool) -> None:
    assert CHINA.is_work_day(day) is is_worked


def test_make_up_day_is_a_worked_weekend_day_only() -> None:
    assert CHINA.is_make_up_day(date(2026, 2, 14))
    assert not CHINA.is_make_up_day(date(2026, 2, 13))
    assert not CHINA.is_make_up_day(date(2026, 2, 15))


def test_years_without_an_official_plan_are_estimated_not_refused() -> None:
    assert not CHINA.is_work_day(date(2028, 1, 1))
    assert CHINA.is_estimated(date(2028, 1, 1))
    assert not CHINA.is_estimated(date(2026, 1, 1))


def test_correction_wins_over_the_library_in_both_directions() -> None:
    calendar = BusinessCalendar(
        corrections={date(2027, 2, 7): DayKind.WORK, date(2027, 3, 1): DayKind.REST},
    )
    assert calendar.is_work_day(date(2027, 2, 7))
    assert not calendar.is_work_day(date(2027, 3, 1))
    assert not calendar.is_estimated(date(2027, 2, 7))


def test_next_work_day_passes_over_the_spring_festival() -> None:
    assert CHINA.next_work_day(date(2026, 2, 14)) == date(2026, 2, 24)
    assert CHINA.work_day_from(date(2026, 2, 14)) == date(2026, 2, 14)
    assert CHINA.work_day_from(date(2026, 2, 15)) == date(2026, 2, 24)


def test_country_without_a_calendar_is_a_configuration_error_that_names_it() -> None:
    with pytest.raises(ConfigurationError, match="'XX'"):
        BusinessCalendar("XX").is_work_day(date(2026, 1, 1))


@given(DAYS, st.integers(0, 40))
def test_adding_work_days_passes_exactly_that_many(day: date, count: int) -> None:
    end = CHINA.add_work_days(day, count)
    passed = [day + timedelta(days=n) for n in range(1, (end - day).days + 1)]
    assert sum(map(CHINA.is_work_day, passed)) == count
    assert count == 0 or CHINA.is_work_day(end)


def test_work_days_are_not_counted_backwards() -> None:
    with pytest.raises(ValueError, match="forwards"):
        CHINA.add_work_days(date(2026, 1, 1), -1)
