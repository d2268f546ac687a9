"""`forecourt users add`: the way in for the first person of a new dealer."""

from __future__ import annotations

import secrets
from pathlib import Path

from core.cli.console import dealer_name, opened, read_settings, run, say
from core.dealer import Dealer
from core.errors import ConfigurationError
from core.people.access import join
from core.people.accounts import accept, invite
from core.people.callers import system_caller
from core.people.models import Role, Store
from core.scope import Scope
from core.wording import suggestion
from core.write.pipeline import run as run_in_transaction


def add(config: Path | None, dealer: str, login: str, name: str, role: str, store: str) -> None:
    """Make an active user with a role in a store, and print his password once."""
    run(_add(config, dealer, login, name, role, store))


async def _add(config: Path | None, named: str, login: str, name: str, role: str, store: str) -> None:
    settings = read_settings(config)
    async with opened(settings, dealer_name(settings, named)) as (dealer,):
        token = dealer.database.activate()
        try:
            await dealer.load_stores()
            password = await _write(dealer, login, name, role, store)
        finally:
            dealer.database.deactivate(token)
    say(f"{login} can sign in with the password {password} and should change it")


async def _write(dealer: Dealer, login: str, name: str, role: str, store: str) -> str:
    password = secrets.token_urlsafe(12)
    hashed = await dealer.sessions.passwords.hash(password)

    async def work(scope: Scope) -> None:
        roles = {one.code: one.id for one in await Role.filter(archived_at=None)}
        stores = {one.code: one.id for one in await Store.filter(archived_at=None).order_by("code")}
        if role not in roles:
            raise ConfigurationError(f"there is no role {role}: {suggestion(role, roles)}")
        if store and store not in stores:
            raise ConfigurationError(f"there is no store {store}: {suggestion(store, stores)}")
        user = await invite(scope, login, name or login)
        await accept(scope, user, hashed)
        await join(scope, user.id, stores[store] if store else next(iter(stores.values())), [roles[role]])

    await run_in_transaction(dealer.scope(system_caller("cli:users")), "users.add", work)
    return password
