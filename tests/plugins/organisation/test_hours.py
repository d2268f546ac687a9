from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from core.errors import ValidationRefusal
from plugins.organisation.models import DayKind
from plugins.organisation.services.calendar import BusinessCalendar
from plugins.organisation.services.hours import BusinessClock, NeverOpenError, OpeningHours

pytestmark = pytest.mark.once

DAILY = OpeningHours.parse([{"days": [1, 2, 3, 4, 5, 6, 7], "from": "09:00", "to": "18:00"}])
OFFICE = OpeningHours.parse(
    [
        {"days": [1, 2, 3, 4, 5], "from": "08:30", "to": "12:00"},
        {"days": [1, 2, 3, 4, 5], "from": "13:00", "to": "17:30"},
    ],
    closed_on_holidays=True,
)
SHANGHAI = BusinessClock(BusinessCalendar(), DAILY, "Asia/Shanghai")
OFFICE_CLOCK = BusinessClock(BusinessCalendar(), OFFICE, "Asia/Shanghai")
BERLIN = BusinessClock(
    BusinessCalendar("DE"),
    OpeningHours.parse([{"days": [1, 2, 3, 4, 5, 6, 7], "from": "00:00", "to": "24:00"}]),
    "Europe/Berlin",
)
INSTANTS = st.datetimes(datetime(2025, 12, 1), datetime(2026, 12, 1), timezones=st.just(UTC))  # noqa: DTZ001 - hypothesis takes naive bounds and adds the zone
CLOCKS = st.sampled_from([SHANGHAI, OFFICE_CLOCK, BERLIN])


def shanghai(day: int, hour: int, minute: int = 0, *, month: int = 11) -> datetime:
    return datetime(2026, month, day, hour, minute, tzinfo=UTC) - timedelta(hours=8)


def test_minutes_of_a_closed_night_do_not_count() -> None:
    assert SHANGHAI.minutes_between(shanghai(20, 17, 30), shanghai(21, 9, 15)) == 45


def test_deadline_given_in_the_evening_falls_into_the_next_morning() -> None:
    assert SHANGHAI.add_minutes(shanghai(20, 17, 30), 120) == shanghai(21, 10, 30)
    assert SHANGHAI.add_minutes(shanghai(20, 22), 0) == shanghai(21, 9)


def test_deadline_may_be_closing_time() -> None:
    assert SHANGHAI.add_minutes(shanghai(20, 17), 60) == shanghai(20, 18)


def test_office_hours_pause_over_lunch_weekend_and_holiday_and_run_on_a_make_up_day() -> None:
    assert OFFICE_CLOCK.add_minutes(shanghai(20, 11, 30), 60) == shanghai(20, 13, 30)
    assert OFFICE_CLOCK.add_minutes(shanghai(20, 17), 60) == shanghai(23, 9)
    assert OFFICE_CLOCK.minutes_between(shanghai(14, 0, month=2), shanghai(15, 0, month=2)) == 480
    assert OFFICE_CLOCK.minutes_between(shanghai(16, 0, month=2), shanghai(24, 0, month=2)) == 0


def test_correction_closes_and_opens_a_store() -> None:
    calendar = BusinessCalendar(corrections={date(2026, 11, 20): DayKind.REST, date(2026, 11, 21): DayKind.WORK})
    clock = BusinessClock(calendar, OFFICE, "Asia/Shanghai")
    assert not clock.is_open(shanghai(20, 10))
    assert clock.is_open(shanghai(21, 10))


def test_a_day_of_a_clock_change_has_23_or_25_hours() -> None:
    spring = datetime(2026, 3, 28, 23, tzinfo=UTC)
    autumn = datetime(2026, 10, 24, 22, tzinfo=UTC)
    assert BERLIN.minutes_between(spring, datetime(2026, 3, 29, 22, tzinfo=UTC)) == 23 * 60
    assert BERLIN.minutes_between(autumn, datetime(2026, 10, 25, 23, tzinfo=UTC)) == 25 * 60


@given(CLOCKS, INSTANTS, st.integers(0, 5000))
def test_what_is_added_is_what_is_measured(clock: BusinessClock, start: datetime, minutes: int) -> None:
    assert clock.minutes_between(start, clock.add_minutes(start, minutes)) == minutes


@given(CLOCKS, INSTANTS, INSTANTS, INSTANTS)
def test_open_time_adds_up(clock: BusinessClock, first: datetime, second: datetime, third: datetime) -> None:
    start, middle, end = sorted((first, second, third))
    assume(end - start < timedelta(days=60))
    assert clock.open_time(start, middle) + clock.open_time(middle, end) == clock.open_time(start, end)


def test_store_that_never_opens_is_an_error_and_no_endless_search() -> None:
    with pytest.raises(NeverOpenError):
        BusinessClock(BusinessCalendar(), OpeningHours.parse([]), "Asia/Shanghai").add_minutes(shanghai(20, 9), 1)


def test_minutes_are_not_taken_away() -> None:
    with pytest.raises(ValueError, match="never taken away"):
        SHANGHAI.add_minutes(shanghai(20, 9), -1)


@pytest.mark.parametrize(
    "rows",
    [
        [{"days": [1], "from": "18:00", "to": "09:00"}],
        [{"days": [1], "from": "09:00", "to": "24:01"}],
        [{"days": [0], "from": "09:00", "to": "18:00"}],
        [{"days": [], "from": "09:00", "to": "18:00"}],
        [{"days": [1], "from": "nine", "to": "18:00"}],
        [{"days": [1], "to": "18:00"}],
        [{"days": [1], "from": "09:00", "to": "12:00"}, {"days": [1], "from": "11:00", "to": "18:00"}],
    ],
)
def test_opening_hours_of_another_form_are_refused_with_the_right_one(rows: list[dict[str, Any]]) -> None:
    with pytest.raises(ValidationRefusal, match="the form is") as refused:
        OpeningHours.parse(rows)
    assert refused.value.path == ("businessHours",)
