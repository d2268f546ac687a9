from datetime import UTC, datetime, timedelta

import pytest

from core.clock import FixedClock
from core.errors import LimitRefusal
from core.people.throttle import Throttle

pytestmark = pytest.mark.once

_START = datetime(2026, 11, 21, tzinfo=UTC)


def _wait(throttle: Throttle, key: str) -> int:
    with pytest.raises(LimitRefusal) as refused:
        throttle.check(key)
    return int(refused.value.details["retry_after_s"])


def test_free_attempts_then_longer_and_longer_blocks() -> None:
    clock = FixedClock(_START)
    throttle = Throttle(clock, free=3, first=timedelta(seconds=10), longest=timedelta(minutes=1))
    assert [throttle.count("wang") for _ in range(2)] == [False, False]
    throttle.check("wang")
    assert throttle.count("wang") is True
    assert _wait(throttle, "wang") == 10
    waits = []
    for _ in range(4):
        clock.at += timedelta(seconds=_wait(throttle, "wang"))
        throttle.check("wang")
        assert throttle.count("wang") is False
        waits.append(_wait(throttle, "wang"))
    assert waits == [20, 40, 60, 60]


def test_other_keys_are_not_touched() -> None:
    throttle = Throttle(FixedClock(_START), free=1)
    throttle.count("wang")
    throttle.check("li")
    assert _wait(throttle, "wang") > 0


def test_right_attempt_and_long_silence_make_a_key_new() -> None:
    clock = FixedClock(_START)
    throttle = Throttle(clock, free=2)
    throttle.count("wang")
    throttle.count("wang")
    throttle.forgive("wang")
    throttle.check("wang")
    assert throttle.attempts("wang") == 0
    throttle.count("li")
    clock.at += timedelta(hours=1)
    assert throttle.count("li") is False
    assert throttle.attempts("li") == 1


def test_shared_key_gets_back_only_the_right_attempt() -> None:
    throttle = Throttle(FixedClock(_START), free=2)
    for _ in range(2):
        throttle.count("office")
    throttle.take_back("office")
    throttle.check("office")
    for _ in range(2):
        throttle.count("office")
    throttle.take_back("office")
    assert _wait(throttle, "office") > 0
    throttle.take_back("unknown")


def test_memory_is_bounded_and_the_oldest_go_first() -> None:
    throttle = Throttle(FixedClock(_START), free=1, size=100)
    for number in range(1_000):
        throttle.count(f"guess{number}")
    assert len(throttle) == 100
    assert throttle.attempts("guess0") == 0
    assert throttle.attempts("guess999") == 1
