"""A process whose clock was ahead has been killed: its jobs are run all the same, and no due time is left out."""

from __future__ import annotations

from datetime import timedelta

import pytest

from core.clock import FixedClock
from core.jobs.models import JobState, ScheduledJob
from tests.core.jobs.test_jobs import DUE, START, cars, fail, make_car, put, runner
from tests.core.write.dealership import SampleDealer

AHEAD = timedelta(days=3)


@pytest.fixture(autouse=True)
def clock(dealer: SampleDealer) -> FixedClock:
    dealer.clock = clock = FixedClock(START)
    return clock


async def test_claim_of_a_clock_that_was_ahead_is_taken_over(dealer: SampleDealer, clock: FixedClock) -> None:
    dealer.schedule(jobs=[make_car])
    await put(dealer, make_car, {"number": "1"})
    clock.at = START + AHEAD
    (row_id,) = await runner(dealer).due()
    assert await runner(dealer)._claim(row_id) is not None  # and then the process is killed
    clock.at = START

    assert await runner(dealer).run_due() == 1
    assert await cars() == 1


async def test_claim_that_still_holds_is_left_alone(dealer: SampleDealer, clock: FixedClock) -> None:
    dealer.schedule(jobs=[make_car])
    await put(dealer, make_car)
    clock.at = START + timedelta(seconds=1)
    (row_id,) = await runner(dealer).due()
    assert await runner(dealer)._claim(row_id) is not None
    clock.at = START

    assert await runner(dealer).run_due() == 0


async def test_attempt_that_a_clock_ahead_has_put_off_is_made(dealer: SampleDealer, clock: FixedClock) -> None:
    dealer.schedule(jobs=[fail])
    await put(dealer, fail)
    clock.at = START + AHEAD
    await runner(dealer).run_due()
    clock.at = START

    await runner(dealer).run_due()

    assert (await ScheduledJob.get()).state == JobState.DEAD


async def test_job_that_a_clock_ahead_has_put_in_the_queue_is_run(dealer: SampleDealer, clock: FixedClock) -> None:
    dealer.schedule(jobs=[make_car])
    clock.at = START + AHEAD
    await put(dealer, make_car, {"number": "at once"})
    await put(dealer, make_car, {"number": "later"}, run_at=START + AHEAD + timedelta(days=1))
    clock.at = START

    assert await runner(dealer).run_due() == 1


async def test_due_times_before_those_that_a_clock_ahead_has_planned_are_kept(
    dealer: SampleDealer, clock: FixedClock
) -> None:
    dealer.schedule(make_car.daily(at="08:30"))
    clock.at = START + AHEAD
    await runner(dealer).plan()
    clock.at = START
    await runner(dealer).plan()
    assert sorted([row.run_at for row in await ScheduledJob.all()]) == [DUE, DUE + AHEAD]

    for day in range(5):
        clock.at = DUE + timedelta(days=day)
        assert await runner(dealer).run_due() == 1
