"""Sales: leads, opportunities, test drives, quotations, orders and deliveries."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Iterable, Mapping
from datetime import date
from typing import Any
from uuid import UUID

from starlette.routing import Route

from forecourt import CodeSetDeclaration, Holding, Manifest, Role, Scope, hookimpl
from plugins.customers.api import TimelineEntry
from plugins.sales import demo, jobs, routes
from plugins.sales.code_lists import CODE_SETS
from plugins.sales.hooks import SalesHooks
from plugins.sales.roles import ROLES
from plugins.sales.services import answers
from plugins.sales.services import holdings as own_holdings
from plugins.sales.settings import SalesSettings

plugin = Manifest(
    name="sales",
    version="0.1.0",
    api=">=1,<2",
    title={"en": "Sales", "zh-CN": "销售"},
    description={
        "en": "From the first enquiry to the delivered car: leads, opportunities, quotations, orders.",
        "zh-CN": "从线索到交车：线索、商机、试驾、报价、订单与交付。",
    },
    requires=["organisation", "customers", "inventory"],
    settings=SalesSettings,
)


@hookimpl
def hook_specifications() -> Iterable[type]:
    return (SalesHooks,)


@hookimpl
def code_sets() -> Iterable[CodeSetDeclaration]:
    return CODE_SETS


@hookimpl
def roles() -> Iterable[Role]:
    return ROLES


@hookimpl
def scheduled_jobs() -> Iterable[object]:
    yield jobs.watch_leads.every(minutes=1, per_store=True)
    yield jobs.watch_deals.every(minutes=5, per_store=True)


@hookimpl
def http_routes() -> Iterable[Route]:
    return routes.ROUTES


@hookimpl
def demo_data(scope: Scope) -> AsyncIterator[object]:
    return demo.write(scope)


@hookimpl
def customer_timeline(scope: Scope, customer_id: UUID, limit: int) -> Awaitable[Iterable[TimelineEntry]]:
    return answers.timeline(scope, customer_id, limit)


@hookimpl
def holdings() -> Iterable[Holding]:
    return own_holdings.holdings()


@hookimpl
def customer_references() -> Iterable[tuple[type[Any], str]]:
    return answers.REFERENCES


@hookimpl
def planned_demand(scope: Scope, until: date) -> Awaitable[Mapping[UUID, int]]:
    return answers.demand(scope, until)
