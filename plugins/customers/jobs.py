"""What happens to customers by itself."""

from __future__ import annotations

from datetime import timedelta

from forecourt import Scope, job, settings
from plugins.customers.models.people import Customer
from plugins.customers.services.late_merges import apply_merges
from plugins.customers.services.levels_in_store import compute_level, preset_of
from plugins.customers.services.lifecycle import Lifecycle, LifecycleTrigger
from plugins.customers.services.moves import follow_lifecycle
from plugins.customers.services.tasks import ask_to_verify, cancel_tasks_of, miss_tasks, tell_overdue
from plugins.customers.services.today import push_today
from plugins.customers.settings import CustomersSettings

AT_ONCE = 500
"""So many customers are looked at in one transaction."""


@job
async def push_todays_tasks(scope: Scope) -> None:
    """Tell everybody of a store what to do today."""
    await push_today(scope, scope.store_id)


@job
async def tell_of_overdue_tasks(scope: Scope) -> None:
    """Publish which tasks have become overdue."""
    await tell_overdue(scope)


@job
async def give_up_old_tasks(scope: Scope) -> None:
    """Mark a store's tasks that were not done for too long as missed, and plan others in their place."""
    await miss_tasks(scope, scope.store_id)


@job
async def compute_levels(scope: Scope) -> None:
    """Compute a store's intent levels anew: time brings purchases nearer, and levels set by hand end."""
    preset = await preset_of(scope.store_id)
    ended = await Customer.filter(store_id=scope.store_id, archived_at=None, level_until__lt=scope.now())
    for customer in ended:
        await compute_level(scope, customer, preset=preset)
    live = Customer.filter(
        store_id=scope.store_id, archived_at=None, lifecycle__in=[Lifecycle.PROSPECT, Lifecycle.INTENT]
    )
    for customer in await live.filter(intent_level__isnull=False, level_until__isnull=True):
        await compute_level(scope, customer, preset=preset)


@job
async def find_dormant_customers(scope: Scope) -> None:
    """Take note of prospects of a store whom nobody has heard of for long."""
    days = (await settings(scope, CustomersSettings)).dormant_after_days
    before = scope.now() - timedelta(days=days)
    known = Customer.filter(
        store_id=scope.store_id,
        archived_at=None,
        lifecycle__in=[Lifecycle.PROSPECT, Lifecycle.INTENT],
        created_at__lt=before,
    )
    silent = await known.filter(last_contact_at__lt=before).limit(AT_ONCE)
    silent += await known.filter(last_contact_at__isnull=True).limit(AT_ONCE)
    for customer in silent:
        await follow_lifecycle(scope, customer.id, LifecycleTrigger.SILENT, f"silent for {days} days")
        await cancel_tasks_of(scope, customer.id, "the customer is dormant")


@job(steps=True)
async def follow_merges(scope: Scope) -> None:
    """Give rows that still refer to merged customers to their survivors, such as those of modules that were off."""
    await apply_merges(scope)


@job
async def have_contacts_verified(scope: Scope) -> None:
    """Plan the checking of a store's contact points that nobody has checked for long."""
    await ask_to_verify(scope, scope.store_id)
