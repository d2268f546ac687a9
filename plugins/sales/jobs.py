"""What sales looks after by itself."""

from __future__ import annotations

from forecourt import Scope, job
from plugins.sales.services import quotations, test_drives, watch


@job
async def watch_leads(scope: Scope) -> None:
    """Tell of leads that nobody has answered in time, take them from who lets them lie, wake those put off."""
    await watch.tell_late(scope, scope.store_id)
    await watch.recycle_late(scope, scope.store_id)
    await watch.wake(scope, scope.store_id)


@job
async def watch_deals(scope: Scope) -> None:
    """Mark offers whose last day has passed and drives that nobody came to; wake deals that rest."""
    await quotations.expire_due(scope, scope.store_id)
    await test_drives.mark_no_shows(scope, scope.store_id)
    await watch.wake_opportunities(scope, scope.store_id)
