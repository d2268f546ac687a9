"""Vehicle identification numbers."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plugins.inventory.services.vin import (
    InvalidVinError,
    check_digit,
    maker,
    model_years,
    normalise_vin,
    pick_model_year,
    validate_vin,
)

pytestmark = pytest.mark.once


CHINESE = {
    "LSVAU2189T2100001": (2026, "SAIC Volkswagen"),
    "LFV2A21K0S3200002": (2025, "FAW-Volkswagen"),
    "LGXC16AF3R0300003": (2024, "BYD Auto"),
    "LBV5S3107PS400004": (2023, "BMW Brilliance"),
    "LRWYGCEK3NC500005": (2022, "Tesla China"),
    "LVSHFFAL4MF600006": (2021, "Changan Ford"),
    "LFMAP22C2S0700007": (2025, "FAW Toyota"),
    "LHGCM1629R8800008": (2024, "Guangzhou Honda"),
}
ALPHABET = "ABCDEFGHJKLMNPRSTUVWXYZ0123456789"


@pytest.mark.parametrize("vin", CHINESE)
def test_chinese_vin_passes_with_its_maker_and_years(vin: str) -> None:
    year, name = CHINESE[vin]
    report = validate_vin(vin)
    assert (report.vin, report.wmi, report.check_digit_ok, report.warnings) == (vin, vin[:3], True, ())
    assert report.years == (year, year - 30)
    assert maker(vin) == name


@pytest.mark.parametrize("vin", ["1M8GDM9AXKP042788", "11111111111111111"])
def test_classic_vin_passes(vin: str) -> None:
    assert validate_vin(vin).check_digit_ok


@pytest.mark.parametrize("vin", ["WVWZZZ3CZEE140287", "VF1LM1B0H36666155"])
def test_european_vin_without_check_digit_passes_with_a_warning(vin: str) -> None:
    report = validate_vin(vin)
    assert (report.check_digit_ok, report.warnings) == (False, ("CHECK_DIGIT",))


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("LSVAU2189T210000", "LENGTH"),
        ("LSVAU2189T21000011", "LENGTH"),
        ("", "LENGTH"),
        ("LSVAU2189T210000I", "CHARACTER"),
        ("LSVAU2189T210000O", "CHARACTER"),
        ("LSVAU2189T210000Q", "CHARACTER"),
        ("LSVAU2189T21000ß1", "LENGTH"),  # its capital is SS
        ("LSVAU2189T210000中", "CHARACTER"),
        ("LSVAU2180N2183294", "CHECK_DIGIT"),
        ("1M8GDM9A1KP042788", "CHECK_DIGIT"),
    ],
)
def test_impossible_vin_is_refused_with_the_reason(text: str, reason: str) -> None:
    with pytest.raises(InvalidVinError) as caught:
        validate_vin(text)
    assert caught.value.reason == reason
    assert caught.value.code == "INVALID_VIN"


def test_wrong_check_digit_can_be_overridden_and_stays_visible() -> None:
    report = validate_vin("LSVAU2180N2183294", override=True)
    assert (report.check_digit_ok, report.warnings) == (False, ("CHECK_DIGIT",))


def test_spelling_makes_no_difference() -> None:
    assert normalise_vin(" ｌsv-au218 9t2100001\n") == "LSVAU2189T2100001"


@pytest.mark.parametrize(
    ("vin", "years"),
    [
        ("1M8GDM9AXKP042788", (1989,)),  # North America: a digit in position 7 is the cycle from 1980
        ("1M8GDMAAXKP042788", (2019,)),
        ("WVWZZZ3CZEE140287", (2014, 1984)),
        ("WVWZZZ3CZ0E140287", ()),
        ("LSVAU2189V2100001", (2027, 1997)),
    ],
)
def test_model_years_of_position_ten(vin: str, years: tuple[int, ...]) -> None:
    assert model_years(vin) == years


def test_model_year_is_the_candidate_nearest_to_a_known_date() -> None:
    assert pick_model_year((2026, 1996), date(2025, 12, 1)) == 2026
    assert pick_model_year((2026, 1996), date(1997, 1, 5)) == 1996
    assert pick_model_year((), date(2026, 1, 1)) is None


def test_unknown_maker_is_none() -> None:
    assert maker("11111111111111111") is None


@given(st.text(ALPHABET, min_size=17, max_size=17), st.integers(0, 16), st.sampled_from(ALPHABET))
def test_check_digit_ignores_its_own_place_and_finds_digits_changed_elsewhere(vin: str, place: int, other: str) -> None:
    right = vin[:8] + check_digit(vin) + vin[9:]
    assert check_digit(right) == right[8]
    changed = right[:place] + other + right[place + 1 :]
    if place == 8:
        assert check_digit(changed) == check_digit(right)
    elif other.isdecimal() and right[place].isdecimal() and other != right[place]:
        assert check_digit(changed) != check_digit(right)


@given(st.text(max_size=20))
def test_any_text_is_a_report_or_a_refusal(text: str) -> None:
    try:
        assert validate_vin(text).vin == normalise_vin(text)
    except InvalidVinError as error:
        reason = error.reason
    else:
        reason = "LENGTH"
    assert reason in {"LENGTH", "CHARACTER", "CHECK_DIGIT"}
