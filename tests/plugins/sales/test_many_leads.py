"""A hundred enquiries at the same moment, and somebody who only wants his page."""

from __future__ import annotations

import asyncio
from time import perf_counter

from plugins.sales.models.leads import Lead
from tests.plugins.sales.conftest import Showroom
from tests.plugins.sales.test_leads import RECEIVE

LEADS = 100
PAGE = "{ leads(first: 10) { nodes { id name } } customers(first: 10) { nodes { id } } }"


async def test_page_does_not_wait_for_the_leads_that_wait_for_each_other(showroom: Showroom) -> None:
    for name in ("lisi", "wangwu", "zhaoliu"):
        await showroom.hire(name)
    client = showroom.sample.client()
    for number in range(3):  # what is done once, such as planning and loading tables of numbers, is no matter here
        await client.command(RECEIVE, i={"name": "客户", "phone": f"139{number:08d}"})
        assert (await client(PAGE)).data
    begun = perf_counter()
    waiting = [
        asyncio.create_task(client.command(RECEIVE, i={"name": f"客户{number}", "phone": f"138{number:08d}"}))
        for number in range(LEADS)
    ]
    pages: list[float] = []
    while not all(task.done() for task in waiting):
        asked = perf_counter()
        assert (await client(PAGE)).data
        pages.append(perf_counter() - asked)
        await asyncio.sleep(0.01)
    whole = perf_counter() - begun
    await asyncio.gather(*waiting)

    assert len(await showroom.rows(Lead)) == LEADS + 3
    # It takes a few statements; all the leads together take hundreds of times as long. One page in ten may meet a
    # moment in which the machine does something else.
    assert sorted(pages)[len(pages) * 9 // 10] < whole / 10
