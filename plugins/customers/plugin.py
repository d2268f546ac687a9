"""Customers: who they are, what they want, and who looks after them."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Iterable
from uuid import UUID

from forecourt import CodeSetDeclaration, Holding, Manifest, Role, Scope, hookimpl
from plugins.customers import code_lists, demo, jobs
from plugins.customers import roles as own_roles
from plugins.customers.hooks import CustomerHooks, TimelineEntry
from plugins.customers.services import late_merges, ownership, timeline
from plugins.customers.settings import CustomersSettings

plugin = Manifest(
    name="customers",
    version="0.1.0",
    api=">=1,<2",
    title={"en": "Customers", "zh-CN": "客户"},
    description={
        "en": "Customers, how to reach them, what they want, and following them up.",
        "zh-CN": "客户档案、联系方式、购车意向与跟进。",
    },
    requires=["organisation"],
    settings=CustomersSettings,
)


@hookimpl
def hook_specifications() -> Iterable[type]:
    return (CustomerHooks,)


@hookimpl
def scheduled_jobs() -> Iterable[object]:
    yield jobs.push_todays_tasks.daily(at="08:30", per_store=True)
    yield jobs.tell_of_overdue_tasks.every(minutes=10)
    yield jobs.compute_levels.daily(at="02:10", per_store=True)
    yield jobs.find_dormant_customers.daily(at="02:30", per_store=True)
    yield jobs.have_contacts_verified.weekly("monday", at="03:10", per_store=True)
    yield jobs.follow_merges.every(minutes=10)
    yield jobs.give_up_old_tasks.daily(at="02:50", per_store=True)


@hookimpl
def code_sets() -> Iterable[CodeSetDeclaration]:
    return code_lists.code_sets()


@hookimpl
def roles() -> Iterable[Role]:
    return own_roles.roles()


@hookimpl
async def catch_up(scope: Scope) -> None:
    await late_merges.apply_merges(scope)


@hookimpl
def holdings() -> Iterable[Holding]:
    return ownership.HOLDINGS


@hookimpl
def customer_timeline(scope: Scope, customer_id: UUID, limit: int) -> Awaitable[Iterable[TimelineEntry]]:
    return timeline.own_entries(scope, customer_id, limit)


@hookimpl
def demo_data(scope: Scope) -> AsyncIterator[object]:
    return demo.write(scope)
