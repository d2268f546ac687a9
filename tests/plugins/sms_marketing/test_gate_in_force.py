"""INV-70 over the whole way: whatever happens between planning and sending, no promotion leaves that must not."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import time, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from forecourt import Scope
from forecourt.testing import sample_dealer
from plugins.customers.api import ConsentPurpose, grant_consent
from plugins.sms_marketing.models.choices import SmsMessageState, SmsSuppressionScope
from plugins.sms_marketing.models.messages import SmsMessage, SmsSuppression
from plugins.sms_marketing.services import suppressions
from tests.plugins.sms_marketing.conftest import Shop

SHANGHAI = ZoneInfo("Asia/Shanghai")
STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("plan"), st.sampled_from(["birthday_greeting", "weekend_event", "vehicle_arrived"])),
        st.tuples(st.just("wait"), st.integers(min_value=10, max_value=2 * 24 * 60)),
        st.tuples(st.sampled_from(["grant", "withdraw", "opt_out", "all_out", "release"]), st.none()),
    ),
    min_size=3,
    max_size=14,
)


@dataclass
class History:
    """What is true of one number, and since when it was so."""

    customer: UUID
    number: str
    consent: bool = True
    suppressed: set[str] = field(default_factory=set)
    planned: list[SmsMessage] = field(default_factory=list)


class World:
    """One dealer for all examples, because a database takes longer than an example; each has a number of its own."""

    def __init__(self, runner: asyncio.Runner, shop: Shop) -> None:
        self.runner = runner
        self.shop = shop
        self.examples = 0

    def play(self, steps: list[tuple[str, object]]) -> None:
        self.runner.run(self._play(steps))

    async def _play(self, steps: list[tuple[str, object]]) -> None:
        self.examples += 1
        number = f"+86138{self.examples:04d}8888"
        history = History(await self.shop.customer(number), number)
        for action, value in steps:
            self.shop.sample.advance(seconds=1)  # so that what leaves now is known by its time
            await self._step(history, action, value)
            await self.shop.sample.settle()
            await self._check_now(history)
        await self._check_all(history)

    async def _step(self, history: History, action: str, value: object) -> None:
        if action == "plan":
            history.planned.append(
                await self.shop.plan(str(value), history.customer, f"{len(history.planned)}:{history.number}")
            )
        elif action == "wait":
            assert isinstance(value, int)
            self.shop.sample.advance(minutes=value)
        elif action == "grant":
            await self._grant(history)
        elif action == "withdraw":
            await self.shop.withdraw(history.customer)
            history.consent = False
        elif action == "release":
            await self._release(history)
        else:
            what = SmsSuppressionScope.ALL if action == "all_out" else SmsSuppressionScope.MARKETING
            await self.shop.suppress(history.number, what)
            history.suppressed.add(what)
            history.consent = False

    async def _grant(self, history: History) -> None:
        async def work(scope: Scope) -> None:
            await grant_consent(scope, history.customer, ConsentPurpose.MARKETING_SMS)

        await self.shop.sample.run(work)
        history.consent = True

    async def _release(self, history: History) -> None:
        if not history.consent:
            return

        async def work(scope: Scope) -> None:
            for row in await SmsSuppression.filter(customer_id=history.customer, released_at=None):
                await suppressions.release(scope, row, "form")

        await self.shop.sample.run(work)
        history.suppressed.clear()

    async def _check_now(self, history: History) -> None:
        """What left in this step left at the clock's time, under what is true now."""
        now = self.shop.sample.clock.at
        for message in history.planned:
            for sent in await self.shop.submissions(message):
                if sent.accepted_at != now:
                    continue
                assert "ALL" not in history.suppressed
                local = now.astimezone(SHANGHAI).time()
                assert time(9) <= local < time(20)
                if sent.category == "PROMOTION":
                    assert history.consent
                    assert not history.suppressed

    async def _check_all(self, history: History) -> None:
        submissions = [await self.shop.submissions(message) for message in history.planned]
        assert max(map(len, submissions), default=0) <= 1
        promotions = sorted(one.accepted_at for rows in submissions for one in rows if one.category == "PROMOTION")
        for days, most in ((1, 1), (7, 2), (30, 4)):
            for first in promotions:
                assert sum(first <= at < first + timedelta(days=days) for at in promotions) <= most
        for message, rows in zip(history.planned, submissions, strict=True):
            left = (await self.shop.message(message)).state not in (
                SmsMessageState.QUEUED,
                SmsMessageState.SUPPRESSED,
                SmsMessageState.EXPIRED,
            )
            assert left == bool(rows)


@pytest.fixture
def world(database_url: str) -> Iterator[World]:
    with asyncio.Runner() as runner:
        opened = sample_dealer(["organisation", "customers", "sms_marketing"], database_url=database_url)
        sample = runner.run(opened.__aenter__())
        try:
            yield World(runner, runner.run(Shop(sample).open()))
        finally:
            runner.run(opened.__aexit__(None, None, None))


@settings(max_examples=20, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=STEPS)
def test_no_promotion_leaves_against_consent_suppression_window_or_caps(
    world: World, steps: list[tuple[str, object]]
) -> None:
    world.play(steps)
