"""Customers are merged while sales are off: when they are on again, their rows follow."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from functools import partial
from typing import Any
from uuid import UUID

import pytest

from core.dealer import Dealer
from core.people.callers import system_caller
from core.provision import provision
from core.write.pipeline import transact
from forecourt import Scope, global_id
from plugins.customers.api import Customer, create_customer
from plugins.customers.models.records import MergeRecord
from plugins.customers.services.merging import merge_customers
from plugins.sales.models.leads import Lead
from plugins.sales.models.opportunities import Opportunity
from plugins.sales.services import lead_work
from plugins.sales.services.leads import take
from plugins.sales.services.opportunities import open_for
from plugins.sales.services.prospects import NewLead
from tests.plugins.sales.conftest import Showroom

SEEN = """query($l: ID!) { node(id: $l) { ... on Lead { name customer { name mergedInto { name } } } } }"""


async def switch(showroom: Showroom, *modules: str) -> Dealer:
    """Serve the dealer with other modules, as a server does whose configuration was changed."""
    host = showroom.sample.host
    (config,) = host.settings.dealers.values()
    dealers = {config.name: config.model_copy(update={"modules": modules})}
    settings = host.settings.model_copy(update={"dealers": dealers})
    changed = await host.rebuild(settings)
    host.adopt(settings, changed)
    ((_, dealer),) = changed
    showroom.sample.dealer = dealer
    await showroom.sample.read(lambda: provision(dealer))
    return dealer


async def within(dealer: Dealer, store_id: UUID, work: Callable[[Scope], Awaitable[Any]]) -> Any:
    token = dealer.database.activate()
    try:
        return await transact(dealer.scope(system_caller("test", store_id)), "test", work)
    finally:
        dealer.database.deactivate(token)


async def test_rows_of_a_module_that_was_off_follow_the_merge(showroom: Showroom) -> None:
    sample = showroom.sample
    anna, bert = [await sample.add_user(name, role="sales_consultant") for name in ("anna", "bert")]

    async def fill(scope: Scope) -> list[UUID]:
        made = [
            await create_customer(scope, name=f"客户{number}", phone=f"1360000000{number}", owner_id=owner)
            for number, owner in enumerate((anna, bert, bert))
        ]
        for row in made[1:]:
            lead = (await take(scope, NewLead(name=row.name, phones=[f"1360000000{made.index(row)}"]))).lead
            await lead_work.customer_of(scope, lead)
        await open_for(scope, made[2].id, owner_id=bert)
        return [row.id for row in made]

    first, second, third = await sample.run(fill)

    async def merge(scope: Scope) -> None:
        rows = {row.id: row for row in await Customer.all()}
        await merge_customers(scope, rows[second], rows[third], "the same")  # one after the other, as they were found
        await merge_customers(scope, rows[first], await Customer.get(id=second), "the same again")

    off = await switch(showroom, "organisation", "customers")
    await within(off, sample.store_id, merge)
    assert {row.customer_id for row in await showroom.rows(Lead)} == {second, third}

    # In between a lead names whom it is of, and who stands for him.
    host = sample.host
    (config,) = host.settings.dealers.values()
    on = ("organisation", "customers", "inventory", "sales")
    settings = host.settings.model_copy(update={"dealers": {config.name: config.model_copy(update={"modules": on})}})
    changed = await host.rebuild(settings)
    host.adopt(settings, changed)
    sample.dealer = changed[0][1]
    for lead in await showroom.rows(Lead):
        seen = (await sample.client()(SEEN, l=global_id("Lead", lead.id))).data
        assert seen["node"]["customer"]["mergedInto"] is not None
        found = await sample.run(partial(lead_work.customer_of, lead=lead))
        assert found.id == first

    await sample.read(lambda: provision(sample.dealer))
    for model in (Lead, Opportunity):
        assert {row.customer_id for row in await showroom.rows(model)} == {first}
    (deal,) = await showroom.rows(Opportunity)
    assert deal.owner_id == anna  # one customer has one owner
    moved = {name for record in await showroom.rows(MergeRecord) for name in record.moved}
    assert {"sales.Lead", "sales.Opportunity"} <= moved
    versions = [row.version for row in await showroom.rows(Lead)]
    await sample.read(lambda: provision(sample.dealer))
    assert [row.version for row in await showroom.rows(Lead)] == versions


async def test_what_the_survivor_can_not_have_stays_and_the_rest_follows(
    showroom: Showroom, caplog: pytest.LogCaptureFixture
) -> None:
    sample = showroom.sample
    anna = await sample.add_user("anna", role="sales_consultant")

    async def fill(scope: Scope) -> list[UUID]:
        made = [
            await create_customer(scope, name=f"客户{number}", phone=f"1360000000{number}", owner_id=anna)
            for number in range(2)
        ]
        for row in made:
            await open_for(scope, row.id, owner_id=anna)
        await lead_work.customer_of(scope, (await take(scope, NewLead(name="客户1", phones=["13600000001"]))).lead)
        return [row.id for row in made]

    first, second = await sample.run(fill)

    async def merge(scope: Scope) -> None:
        await merge_customers(scope, await Customer.get(id=first), await Customer.get(id=second), "the same")

    await within(await switch(showroom, "organisation", "customers"), sample.store_id, merge)
    await switch(showroom, "organisation", "customers", "inventory", "sales")
    assert {row.customer_id for row in await showroom.rows(Opportunity)} == {first, second}  # one main deal each
    assert [row.customer_id for row in await showroom.rows(Lead)] == [first]
    assert "can't follow a merge: CONFLICT" in caplog.text
