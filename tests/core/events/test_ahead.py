"""A process whose clock was ahead has been killed: what it had claimed or put off is not lost for days."""

from __future__ import annotations

from datetime import timedelta

import pytest

from core.clock import FixedClock
from core.ids import uuid7
from core.write.models import EventStream
from tests.core.events.test_dispatch import START, Recorder, dispatcher, publish
from tests.core.write.dealership import SampleDealer
from tests.core.write.samples import CarSold

AHEAD = timedelta(days=3)


@pytest.fixture
def clock(dealer: SampleDealer) -> FixedClock:
    dealer.clock = clock = FixedClock(START)
    return clock


@pytest.fixture
def consumer(dealer: SampleDealer) -> Recorder:
    recorder = Recorder()
    dealer.handle(("a.one", CarSold, recorder))
    return recorder


async def test_claim_of_a_clock_that_was_ahead_is_taken_over(
    dealer: SampleDealer, clock: FixedClock, consumer: Recorder
) -> None:
    await publish(dealer, uuid7(), 1)
    clock.at = START + AHEAD
    assert len(await dispatcher(dealer)._claim()) == 1  # and then the process is killed
    clock.at = START

    assert await dispatcher(dealer).drain() == 1
    assert consumer.steps == [1]


async def test_claim_that_still_holds_is_left_alone(
    dealer: SampleDealer, clock: FixedClock, consumer: Recorder
) -> None:
    await publish(dealer, uuid7(), 1)
    clock.at = START + timedelta(seconds=1)  # clocks of two machines are never quite the same
    assert len(await dispatcher(dealer)._claim()) == 1
    clock.at = START

    assert await dispatcher(dealer).drain() == 0
    assert (await EventStream.get()).lease is not None


async def test_event_that_a_clock_ahead_has_written_is_delivered(
    dealer: SampleDealer, clock: FixedClock, consumer: Recorder
) -> None:
    clock.at = START + AHEAD
    await publish(dealer, uuid7(), 1)
    clock.at = START

    assert await dispatcher(dealer).drain() == 1


async def test_attempt_that_a_clock_ahead_has_put_off_is_made(
    dealer: SampleDealer, clock: FixedClock, consumer: Recorder
) -> None:
    consumer.failing = {1}
    await publish(dealer, uuid7(), 1)
    clock.at = START + AHEAD
    assert await dispatcher(dealer).drain() == 0
    clock.at, consumer.failing = START, set()

    assert await dispatcher(dealer).drain() == 1
