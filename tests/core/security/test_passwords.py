import asyncio
import time

import pytest

from core.errors import ValidationRefusal
from core.security.passwords import CHEAPEST, Passwords, check_new_password

pytestmark = pytest.mark.once


def _quick(**changes: int) -> Passwords:
    return Passwords(**{**CHEAPEST, **changes})


async def test_right_password_is_accepted_and_another_is_not() -> None:
    passwords = _quick()
    stored = await passwords.hash("correct horse battery")
    assert "correct" not in stored
    assert await passwords.verify(stored, "correct horse battery")
    assert not await passwords.verify(stored, "correct horse batterx")
    assert not await passwords.verify(stored, "x" * 100_000)
    assert not await passwords.verify("no hash", "correct horse battery")


async def test_hashes_of_one_password_differ() -> None:
    passwords = _quick()
    assert await passwords.hash("correct horse battery") != await passwords.hash("correct horse battery")


async def test_rehash_is_asked_for_when_parameters_changed() -> None:
    stored = await _quick().hash("correct horse battery")
    assert not _quick().needs_rehash(stored)
    stronger = _quick(time_cost=2)
    assert stronger.needs_rehash(stored)
    assert await stronger.verify(stored, "correct horse battery")


async def test_unknown_login_takes_as_long_as_a_wrong_password() -> None:
    passwords = _quick(time_cost=4, memory_kib=8192)
    stored = await passwords.hash("correct horse battery")

    async def seconds(known: str | None) -> float:
        times = []
        for _ in range(5):
            start = time.process_time()  # of the threads that hash, whoever else has the machine
            assert not await passwords.verify(known, "wrong password")
            times.append(time.process_time() - start)
        return min(times)

    wrong, unknown = await seconds(stored), await seconds(None)
    assert 0.5 < unknown / wrong < 2


async def test_hashing_leaves_the_loop_free_and_runs_a_few_at_a_time() -> None:
    passwords = _quick(time_cost=8, memory_kib=16_384, concurrency=1)
    running = asyncio.gather(*(passwords.hash("correct horse battery") for _ in range(3)))
    in_loop, in_all = time.thread_time(), time.process_time()
    turns = 0
    while not running.done():
        await asyncio.sleep(0.001)
        turns += 1
    in_loop, in_all = time.thread_time() - in_loop, time.process_time() - in_all
    await running
    # In the loop itself there would be one turn for each hash.
    assert turns > 6
    assert in_loop < in_all / 2


@pytest.mark.parametrize("password", ["short", "x" * 257, "aaaaaaaaaaaa", "1212121212121", "wang.li-2026!"])
def test_weak_password_is_refused(password: str) -> None:
    with pytest.raises(ValidationRefusal) as refused:
        check_new_password(password, "wang.li")
    assert refused.value.path == ("password",)
    assert password not in str(refused.value)


def test_several_words_make_a_password() -> None:
    check_new_password("correct horse battery", "wang.li")
