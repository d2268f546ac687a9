from __future__ import annotations

import random

from forecourt import Scope
from forecourt.testing import SampleDealer
from plugins.customers import demo
from plugins.customers.models.follow_up import FollowUpParameter, FollowUpTask, FollowUpTemplate
from plugins.customers.models.people import Customer
from plugins.customers.models.records import Interaction


async def load(sample: SampleDealer) -> None:
    async def work(scope: Scope) -> None:
        async for _ in demo.write(scope, size=30, talks=70):
            pass

    await sample.run(work)


async def test_demo_customers_are_the_written_once(sample: SampleDealer) -> None:
    await load(sample)
    await load(sample)

    async def content() -> tuple[list[int], set[str]]:
        models = (Customer, Interaction, FollowUpTemplate, FollowUpParameter, FollowUpTask)
        return [await model.all().count() for model in models], {row.lifecycle for row in await Customer.all()}

    counts, states = await sample.read(content)
    assert counts == [30, 70, 12, 5, 15]
    assert {"PROSPECT", "INTENT", "OWNER", "LOST"} <= states


def test_demo_dealership_has_the_size_that_was_promised() -> None:
    assert (demo.CUSTOMERS, demo.INTERACTIONS) == (400, 900)


def test_demo_people_are_the_same_each_time() -> None:
    names = [
        [demo._person(chance) for _ in range(20)] for chance in (random.Random(demo.SEED), random.Random(demo.SEED))
    ]
    assert names[0] == names[1]
    assert len(set(names[0])) > 10
