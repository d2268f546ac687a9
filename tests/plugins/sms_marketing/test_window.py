"""When promotions may be sent."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plugins.sms_marketing.services.window import DEFAULT_WINDOW, HARD_WINDOW, Window, next_opening

pytestmark = pytest.mark.once


SHANGHAI = "Asia/Shanghai"


def local(day: int, hour: int, minute: int = 0, zone: str = SHANGHAI) -> datetime:
    return datetime(2026, 11, day, hour, minute, tzinfo=ZoneInfo(zone))


@pytest.mark.parametrize(
    ("at", "expected"),
    [
        (local(21, 21, 10), local(22, 9)),
        (local(21, 9), local(21, 9)),
        (local(21, 8, 59), local(21, 9)),
        (local(21, 0), local(21, 9)),
        (local(21, 19, 59), local(21, 19, 59)),
        (local(21, 20), local(22, 9)),
        (local(30, 23, 30), datetime(2026, 12, 1, 9, tzinfo=ZoneInfo(SHANGHAI))),
    ],
)
def test_message_waits_for_the_next_opening(at: datetime, expected: datetime) -> None:
    opening = next_opening(at, SHANGHAI)
    assert opening == expected
    assert opening.tzinfo is UTC


def test_clock_is_the_recipients() -> None:
    noon_in_london = datetime(2026, 11, 21, 12, tzinfo=UTC)
    assert next_opening(noon_in_london, "Europe/London") == noon_in_london
    assert next_opening(noon_in_london, SHANGHAI) == datetime(2026, 11, 22, 1, tzinfo=UTC)


def test_night_of_the_change_of_clocks_opens_at_nine_on_the_wall() -> None:
    assert next_opening(local(1, 1, 30, "America/New_York"), "America/New_York") == datetime(
        2026, 11, 1, 14, tzinfo=UTC
    )


def test_stricter_window_narrows_a_wider_one() -> None:
    assert Window(time(6), time(22)).within(HARD_WINDOW) == HARD_WINDOW
    assert DEFAULT_WINDOW.within(HARD_WINDOW) == DEFAULT_WINDOW
    assert Window(time(21), time(23)).within(HARD_WINDOW) == HARD_WINDOW


def test_window_that_never_opens_is_a_mistake() -> None:
    with pytest.raises(ValueError, match="can't close"):
        Window(time(20), time(9))


@given(
    st.datetimes(datetime(2020, 1, 1), datetime(2030, 1, 1), timezones=st.just(UTC)),  # noqa: DTZ001 - bounds are naive
    st.sampled_from([SHANGHAI, "America/New_York", "Europe/London", "Australia/Lord_Howe", "UTC"]),
)
def test_opening_is_inside_never_past_and_never_far(at: datetime, zone: str) -> None:
    opening = next_opening(at, zone)
    wall = opening.astimezone(ZoneInfo(zone)).time()
    assert DEFAULT_WINDOW.opens <= wall < DEFAULT_WINDOW.closes
    assert at <= opening <= at + timedelta(hours=14)
    assert next_opening(opening, zone) == opening
