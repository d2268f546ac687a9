from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.errors import ValidationRefusal
from plugins.organisation.services.festivals import FESTIVALS, Festival, festival, festivals_on
from plugins.organisation.services.lunar import LunarDate, solar_term, to_lunar, to_solar

pytestmark = pytest.mark.once


@pytest.mark.parametrize(
    ("code", "dates"),
    [
        ("SPRING_FESTIVAL", [date(2026, 2, 17), date(2027, 2, 6)]),
        ("LANTERN", [date(2026, 3, 3), date(2027, 2, 20)]),
        ("DRAGON_BOAT", [date(2026, 6, 19), date(2027, 6, 9)]),
        ("QIXI", [date(2026, 8, 19), date(2027, 8, 8)]),
        ("MID_AUTUMN", [date(2026, 9, 25), date(2027, 9, 15)]),
        ("DOUBLE_NINTH", [date(2026, 10, 18), date(2027, 10, 8)]),
        # Month 12 of lunar 2025 has 29 days, that of lunar 2023 has 30.
        ("SPRING_FESTIVAL_EVE", [date(2026, 2, 16), date(2027, 2, 5)]),
        ("QINGMING", [date(2026, 4, 5), date(2027, 4, 5)]),
        ("WINTER_SOLSTICE", [date(2026, 12, 22), date(2027, 12, 22)]),
        ("NATIONAL_DAY", [date(2026, 10, 1), date(2027, 10, 1)]),
    ],
)
def test_festival_falls_on_its_date(code: str, dates: list[date]) -> None:
    assert [festival(code).in_year(day.year) for day in dates] == dates


@given(st.integers(1950, 2090))
def test_eve_is_the_last_day_of_month_twelve(year: int) -> None:
    eve = to_lunar(festival("SPRING_FESTIVAL_EVE").in_year(year))
    assert (eve.year, eve.month) == (year - 1, 12)
    assert eve.day in (29, 30)


@given(st.integers(1950, 2090), st.sampled_from(FESTIVALS))
def test_every_festival_is_found_by_its_date(year: int, known: Festival) -> None:
    day = known.in_year(year)
    assert day.year == year
    assert known in festivals_on(day)


@given(st.dates(date(1950, 1, 1), date(2090, 1, 1)))
def test_lunar_date_leads_back_to_the_same_day(day: date) -> None:
    assert to_solar(to_lunar(day)) == day


def test_day_that_a_lunar_month_lacks_is_an_error() -> None:
    with pytest.raises(ValueError, match="no day 30"):
        to_solar(LunarDate(2025, 12, 30))
    with pytest.raises(ValueError, match="no leap month"):
        to_solar(LunarDate(2026, 6, 1, leap=True))


def test_unknown_term_is_an_error() -> None:
    with pytest.raises(ValueError, match="no solar term"):
        solar_term(2026, "清风")


def test_unknown_festival_is_refused_and_the_known_are_named() -> None:
    with pytest.raises(ValidationRefusal, match="MID_AUTUMN"):
        festival("MOON_CAKE")


def test_all_festivals_have_titles_in_both_languages_and_codes_of_their_own() -> None:
    assert len({known.code for known in FESTIVALS}) == len(FESTIVALS) == 14
    assert all(known.titles["en"] and known.titles["zh-CN"] for known in FESTIVALS)
