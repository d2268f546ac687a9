from datetime import date, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.errors import ValidationRefusal
from plugins.organisation.services.birthdays import Birthday
from plugins.organisation.services.lunar import leap_month, to_lunar

pytestmark = pytest.mark.once

BORN = st.dates(date(1930, 1, 1), date(2025, 12, 31))


def test_29_february_is_kept_on_the_28th_of_common_years() -> None:
    birthday = Birthday.of(date(2000, 2, 29))
    assert birthday.in_year(2026) == date(2026, 2, 28)
    assert birthday.in_year(2028) == date(2028, 2, 29)


def test_lunar_birthday_moves_with_the_calendar() -> None:
    birthday = Birthday(8, 15, lunar=True)
    assert [birthday.in_year(year) for year in (2026, 2027)] == [date(2026, 9, 25), date(2027, 9, 15)]


def test_missing_30th_of_a_lunar_month_becomes_the_29th() -> None:
    birthday = Birthday(12, 30, lunar=True)
    assert birthday.in_year(2025) == date(2026, 2, 16)
    assert birthday.falls_on(date(2026, 2, 16))


def test_birth_in_a_leap_month_is_kept_in_the_plain_month() -> None:
    assert leap_month(2025) == 6
    born = date(2025, 7, 30)
    assert to_lunar(born).leap
    birthday = Birthday.of(born, lunar=True)
    assert not birthday.falls_on(born)
    assert birthday.falls_on(birthday.in_year(2025))
    assert birthday.in_year(2025) < born


@settings(max_examples=40)  # a conversion of calendars takes a millisecond
@given(BORN, st.booleans(), st.integers(1990, 2060))
def test_every_year_has_exactly_one_birthday(born: date, lunar: bool, year: int) -> None:
    birthday = Birthday.of(born, lunar=lunar)
    day = birthday.in_year(year)
    assert birthday.year_of(day) == year
    around = [day + timedelta(days=n) for n in (*range(-62, 63), -355, -354, 354, 355, 365, 384)]
    assert [one for one in around if birthday.year_of(one) == year and birthday.falls_on(one)] == [day]


@pytest.mark.parametrize(("month", "day", "lunar"), [(13, 1, False), (2, 30, False), (4, 31, False), (6, 31, True)])
def test_day_that_no_year_has_is_refused(month: int, day: int, lunar: bool) -> None:
    with pytest.raises(ValidationRefusal, match="has no day"):
        Birthday(month, day, lunar)
