from __future__ import annotations

from datetime import UTC, datetime, time
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.errors import PluginError
from core.jobs.job import Job, JobRegistry, job, jobs_in
from core.jobs.rules import WEEKDAYS, Daily, Every, Monthly, Rule, Weekly
from core.scope import Scope

pytestmark = pytest.mark.once

BERLIN, SHANGHAI, APIA = "Europe/Berlin", "Asia/Shanghai", "Pacific/Apia"


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).astimezone(UTC)


@pytest.mark.parametrize(
    ("rule", "after", "zone", "due"),
    [
        (Daily(time(8, 30)), "2026-11-21T08:29:59+08:00", SHANGHAI, "2026-11-21T08:30:00+08:00"),
        (Daily(time(8, 30)), "2026-11-21T08:30:00+08:00", SHANGHAI, "2026-11-22T08:30:00+08:00"),
        # 02:30 doesn't exist on the day when summer time begins.
        (Daily(time(2, 30)), "2026-03-28T12:00:00+01:00", BERLIN, "2026-03-29T03:30:00+02:00"),
        (Daily(time(2, 30)), "2026-03-29T03:30:00+02:00", BERLIN, "2026-03-30T02:30:00+02:00"),
        # It exists twice on the day when it ends.
        (Daily(time(2, 30)), "2026-10-24T12:00:00+02:00", BERLIN, "2026-10-25T02:30:00+02:00"),
        (Daily(time(2, 30)), "2026-10-25T02:30:00+02:00", BERLIN, "2026-10-26T02:30:00+01:00"),
        # Samoa had no 30 December 2011.
        (Daily(time(8, 0)), "2011-12-29T08:00:00-10:00", APIA, "2011-12-31T08:00:00+14:00"),
        (Daily(time(8, 0)), "2011-12-31T08:00:00+14:00", APIA, "2012-01-01T08:00:00+14:00"),
        (Weekly("monday", time(9, 0)), "2026-11-21T00:00:00+08:00", SHANGHAI, "2026-11-23T09:00:00+08:00"),
        (Weekly("saturday", time(9, 0)), "2026-11-21T09:00:00+08:00", SHANGHAI, "2026-11-28T09:00:00+08:00"),
        (Monthly(31, time(1, 0)), "2027-02-01T00:00:00+08:00", SHANGHAI, "2027-02-28T01:00:00+08:00"),
        (Monthly(31, time(1, 0)), "2027-02-28T01:00:00+08:00", SHANGHAI, "2027-03-31T01:00:00+08:00"),
        (Every(300), "2026-11-21T08:01:00+00:00", SHANGHAI, "2026-11-21T08:05:00+00:00"),
        (Every(300), "2026-11-21T08:05:00+00:00", SHANGHAI, "2026-11-21T08:10:00+00:00"),
    ],
)
def test_next_due_time(rule: Rule, after: str, zone: str, due: str) -> None:
    assert rule.next_after(at(after), zone) == at(due)


instants = st.datetimes(datetime(2000, 1, 1), datetime(2040, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001 - as asked for
times = st.times().map(lambda value: value.replace(second=0, microsecond=0))


@given(instants, times, st.sampled_from([BERLIN, SHANGHAI, APIA, "America/New_York", "Australia/Lord_Howe"]))
def test_daily_times_are_a_day_apart_and_later(instant: datetime, when: time, zone: str) -> None:
    first = Daily(when).next_after(instant, zone)
    second = Daily(when).next_after(first, zone)

    assert instant < first < second
    assert (second - first).total_seconds() <= 49 * 3600
    assert second.astimezone(ZoneInfo(zone)).date() > first.astimezone(ZoneInfo(zone)).date()


@given(instants, times, st.sampled_from(WEEKDAYS))
def test_weekly_time_falls_on_its_day(instant: datetime, when: time, day: str) -> None:
    due = Weekly(day, when).next_after(instant, SHANGHAI).astimezone(ZoneInfo(SHANGHAI))  # type: ignore[arg-type]  # drawn from the right ones

    assert (WEEKDAYS[due.weekday()], due.time()) == (day, when)


@job
async def remind(scope: Scope) -> None:
    """Do nothing."""


def test_wrong_schedule_says_what_would_be_right() -> None:
    with pytest.raises(ValueError, match="08:30"):
        remind.daily(at="8.30")
    with pytest.raises(ValueError, match="monday"):
        remind.weekly("Mon", at="08:30")  # type: ignore[arg-type]  # the mistake under test
    with pytest.raises(ValueError, match="1 to 31"):
        remind.monthly(0, at="08:30")
    with pytest.raises(ValueError, match="at least one second"):
        remind.every()


def test_job_is_named_after_its_module_and_function() -> None:
    registry = JobRegistry.build([("insurance", [], [remind.daily(at="08:30"), remind.every(hours=1)])])

    assert registry.name_of(remind) == "insurance.remind"
    assert len(registry.schedules) == 2


def test_job_of_a_module_that_is_off_has_no_name() -> None:
    with pytest.raises(PluginError, match="no module that is on"):
        JobRegistry({}, ()).name_of(remind)


def test_two_jobs_of_one_name_are_refused() -> None:
    async def remind(scope: Scope) -> None: ...

    with pytest.raises(PluginError, match="rename"):
        JobRegistry.build([("insurance", [Job(remind), globals()["remind"]], [])])


def test_jobs_of_a_file_are_those_that_it_declares() -> None:
    import sys

    foreign = {**vars(sys.modules[__name__]), "__name__": "another.file"}
    assert list(jobs_in(vars(sys.modules[__name__]))) == [remind]
    assert list(jobs_in(foreign)) == []
