"""What a dealer's database holds before anybody works with it."""

from __future__ import annotations

from core.dealer import Dealer
from core.people.callers import system_caller
from core.people.models import Group, Store
from core.people.roles import sync_roles
from core.scope import Scope, enter, leave
from core.services.codes import sync_code_sets
from core.write.pipeline import transact


async def provision(dealer: Dealer) -> None:
    """Write what the modules bring (roles, code lists), and a first group and store into an empty database.

    Rows of modules that were off are brought up to date. The database is migrated and active. A second call changes
    nothing; what the dealer has changed stays.
    """

    async def work(scope: Scope) -> None:
        await sync_roles(dealer.kernel.roles)
        await sync_code_sets(scope, dealer.kernel.code_sets)
        if not await Store.exists():
            group = Group(name=dealer.name, currency=dealer.config.currency, locale=dealer.config.locale)
            await group.save()
            await Store(
                group_id=group.id,
                code="S1",
                name=dealer.name,
                zone=dealer.config.time_zone,
                currency=dealer.config.currency,
            ).save()

    await transact(dealer.scope(system_caller("cli:provision")), "provision", work)
    await dealer.load_stores()
    await _catch_up(dealer)


async def _catch_up(dealer: Dealer) -> None:
    scope = dealer.scope(system_caller("cli:provision"))
    token = enter(scope)
    try:
        for work in dealer.kernel.hooks.catch_up(scope=scope):
            await work
    finally:
        leave(token)
