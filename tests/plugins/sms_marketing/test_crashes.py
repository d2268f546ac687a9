"""A worker that dies never makes a customer get a message twice."""

from __future__ import annotations

import asyncio
import signal
import sys

import pytest

from forecourt.testing import SampleDealer
from plugins.sms_marketing.models.choices import SmsMessageState
from plugins.sms_marketing.models.messages import SmsMessage
from tests.plugins.sms_marketing.conftest import Shop


async def kill_a_worker(sample: SampleDealer, url: str, when: str) -> None:
    configuration = sample.host.settings.server.data_folder.parent / "forecourt.toml"
    arguments = (str(configuration), url, str(sample.store_id), sample.clock.at.isoformat(), when)
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "tests.plugins.sms_marketing.killed", *arguments, stderr=asyncio.subprocess.PIPE
    )
    _, errors = await process.communicate()
    assert process.returncode == -signal.SIGKILL, errors.decode()


async def test_worker_killed_before_submission_leaves_a_message_that_is_never_submitted(
    shop: Shop, kept_database_url: str
) -> None:
    message = await shop.plan("vehicle_arrived", await shop.customer())
    await kill_a_worker(shop.sample, kept_database_url, "before")
    assert (await shop.message(message)).state == SmsMessageState.SUBMITTING
    await shop.send()  # other workers leave it alone
    assert (await shop.message(message)).state == SmsMessageState.SUBMITTING
    await shop.send(minutes=10)
    assert (await shop.message(message)).state == SmsMessageState.UNKNOWN
    await shop.send(hours=71)
    assert (await shop.message(message)).state == SmsMessageState.UNKNOWN
    await shop.send(hours=2)
    given_up = await shop.message(message)
    assert (given_up.state, given_up.error_code) == (SmsMessageState.FAILED, "NO_ANSWER")
    assert await shop.submissions() == []


async def test_worker_killed_after_submission_leaves_a_message_that_is_asked_for(
    shop: Shop, kept_database_url: str
) -> None:
    # The number gets no receipt, so that only the question tells.
    message = await shop.plan("vehicle_arrived", await shop.customer("13800130004"))
    await kill_a_worker(shop.sample, kept_database_url, "after")
    assert (await shop.message(message)).state == SmsMessageState.SUBMITTING
    await shop.send(minutes=10)
    await shop.send(minutes=10)
    found = await shop.message(message)
    assert (found.state, found.attempts) == (SmsMessageState.DELIVERED, 1)
    assert found.provider_message_id == f"SIM-{message.id.hex}"
    assert len(await shop.submissions(message)) == 1


async def test_receipt_settles_a_message_whose_worker_was_killed_after_submission(
    shop: Shop, kept_database_url: str
) -> None:
    message = await shop.plan("vehicle_arrived", await shop.customer())
    await kill_a_worker(shop.sample, kept_database_url, "after")
    await shop.send(seconds=5)
    assert (await shop.message(message)).state == SmsMessageState.DELIVERED
    await shop.send(hours=1)
    assert len(await shop.submissions(message)) == 1


async def test_provider_that_does_not_answer_makes_a_message_unknown_and_then_known(shop: Shop) -> None:
    message = await shop.plan("vehicle_arrived", await shop.customer("13800130004"))
    await shop.send()
    assert (await shop.message(message)).state == SmsMessageState.UNKNOWN
    await shop.send(minutes=6)
    assert (await shop.message(message)).state == SmsMessageState.DELIVERED
    assert len(await shop.submissions(message)) == 1


async def test_accepted_message_without_a_receipt_expires(shop: Shop) -> None:
    message = await shop.plan("vehicle_arrived", await shop.customer("13800130003"))
    await shop.send()
    await shop.send(hours=71)
    assert (await shop.message(message)).state == SmsMessageState.SUBMITTED
    await shop.send(hours=2)
    expired = await shop.message(message)
    assert (expired.state, expired.error_code) == (SmsMessageState.EXPIRED, "NO_RECEIPT")


@pytest.mark.parametrize("kills", [["before", "after", "before"]])
async def test_worker_killed_again_and_again_submits_nothing_twice(
    shop: Shop, kept_database_url: str, kills: list[str]
) -> None:
    messages: list[SmsMessage] = [
        await shop.plan("vehicle_arrived", await shop.customer(f"1380013812{last}")) for last in range(5)
    ]
    for when in kills:
        await kill_a_worker(shop.sample, kept_database_url, when)
    for _ in range(3):
        await shop.send(minutes=10)
    counts = [len(await shop.submissions(message)) for message in messages]
    assert max(counts) == 1
    assert sum(counts) == len(messages) - kills.count("before")
    states = [(await shop.message(message)).state for message in messages]
    assert states.count(SmsMessageState.DELIVERED) == sum(counts)
