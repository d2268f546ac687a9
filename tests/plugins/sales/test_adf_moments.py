"""Dates as senders write them."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from plugins.sales.services.adf.moments import read_moment

pytestmark = pytest.mark.once


SHANGHAI = "Asia/Shanghai"


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("2000-03-30T15:30:20-08:00", datetime(2000, 3, 30, 23, 30, 20, tzinfo=UTC)),
        ("2000-03-30T15:30:20-08:0", datetime(2000, 3, 30, 23, 30, 20, tzinfo=UTC)),
        ("2000-03-30T15:30:20-8:00", datetime(2000, 3, 30, 23, 30, 20, tzinfo=UTC)),
        ("2000-03-30T15:30:20-8", datetime(2000, 3, 30, 23, 30, 20, tzinfo=UTC)),
        ("2000-03-30T15:30:20-0800", datetime(2000, 3, 30, 23, 30, 20, tzinfo=UTC)),
        ("2000-03-30T15:30:20-800", datetime(2000, 3, 30, 23, 30, 20, tzinfo=UTC)),
        ("2000-03-30T15:30:20 GMT+5:30", datetime(2000, 3, 30, 10, 0, 20, tzinfo=UTC)),
        ("2000-03-30T15:30:20+05:3", datetime(2000, 3, 30, 10, 0, 20, tzinfo=UTC)),  # cut off as well
        ("2000-03-30 15:30:20.25Z", datetime(2000, 3, 30, 15, 30, 20, 250000, tzinfo=UTC)),
        ("2000-03-30T15:30:20 PST", datetime(2000, 3, 30, 23, 30, 20, tzinfo=UTC)),
        ("Tue, 30 Mar 2004 15:30:20 -0800", datetime(2004, 3, 30, 23, 30, 20, tzinfo=UTC)),
        ("２０００-０３-３０T１５:３０:２０Z", datetime(2000, 3, 30, 15, 30, 20, tzinfo=UTC)),
    ],
)
def test_instant_with_a_zone_becomes_utc(written: str, expected: datetime) -> None:
    moment = read_moment(written, SHANGHAI)
    assert (moment.text, moment.at, moment.zone_given) == (written, expected, True)


@pytest.mark.parametrize(
    "written",
    [
        "2026-11-21T20:10:05",
        "2026/11/21 20:10:05",
        "2026.11.21 20:10:05",
        "20261121T201005",
        "20261121201005",
        "2026年11月21日 20时10分5秒",
        "2026年11月21日 下午8时10分5秒",
        "11/21/2026 8:10:05 PM",
        "21/11/2026 20:10:05",
    ],
)
def test_time_without_a_zone_is_the_dealers(written: str) -> None:
    moment = read_moment(written, SHANGHAI)
    assert moment.at == datetime(2026, 11, 21, 12, 10, 5, tzinfo=UTC)
    assert (moment.zone_given, moment.date_only) == (False, False)


@pytest.mark.parametrize("written", ["2026-11-21", "2026/11/21", "20261121", "11/21/2026", "2026年11月21日"])
def test_date_alone_is_midnight_of_the_dealer(written: str) -> None:
    moment = read_moment(written, SHANGHAI)
    assert moment.at == datetime(2026, 11, 20, 16, 0, tzinfo=UTC)
    assert moment.date_only


@pytest.mark.parametrize(
    "written",
    [
        "soon",
        "",
        "2026-02-30",
        "2026-11-21T25:00:00",
        "2026-11-21T20:10:05+99:00",
        "2026-11-21T20:10:05+08:75",
        "2026-11-21T20:10:05 CST",  # Chicago or Shanghai?
        "0001-01-01",
        "0000-00-00",
        "21 Nov 26 20:10 nowhere",
        "9" * 5000,
    ],
)
def test_unreadable_date_keeps_its_text(written: str) -> None:
    moment = read_moment(written, SHANGHAI)
    assert (moment.text, moment.at) == (written, None)
