"""`forecourt users add` and `forecourt keys add`: the way in for the first person, and for machines."""

from __future__ import annotations

import secrets
from pathlib import Path
from uuid import UUID

from core.cli.console import dealer_name, opened, read_settings, run_async, say
from core.dealer import Dealer
from core.errors import ConfigurationError
from core.people.access import create_key, join
from core.people.accounts import accept, invite
from core.people.callers import system_caller
from core.people.models import Role, Store
from core.scope import Scope
from core.wording import suggestion
from core.write.pipeline import transact


def add(config: Path | None, dealer: str, login: str, name: str, role: str, store: str) -> None:
    """Make an active user with a role in a store, and print his password once."""
    run_async(_add(config, dealer, login, name, role, store))


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


def add_key(config: Path | None, dealer: str, name: str, role: str, store: str) -> None:
    """Make an API key with a role, in a store or in all of them, and print it once."""
    run_async(_add_key(config, dealer, name, role, store))


async def _add_key(config: Path | None, named: str, name: str, role: str, store: str) -> None:
    settings = read_settings(config)

    async def work(scope: Scope) -> str:
        role_id, stores = await _role(role), await _stores(store)
        return (await create_key(scope, name, role_id, store_id=stores[store] if store else None))[1]

    async with opened(settings, dealer_name(settings, named)) as (dealer,):
        token = dealer.database.activate()
        try:
            await dealer.load_stores()
            key = await transact(dealer.scope(system_caller("cli:keys")), "keys.add", work)
        finally:
            dealer.database.deactivate(token)
    say(f"the key of {name} is shown this once; send it as `Authorization: Bearer …` or `X-Api-Key`:")
    say(f"  {key}")


async def _role(code: str) -> UUID:
    roles = {one.code: one.id for one in await Role.filter(archived_at=None)}
    if code not in roles:
        raise ConfigurationError(f"there is no role {code}: {suggestion(code, roles)}")
    return roles[code]


async def _stores(named: str) -> dict[str, UUID]:
    """Return the stores by code, having checked that there is the named one, if any is named."""
    stores = {one.code: one.id for one in await Store.filter(archived_at=None).order_by("code")}
    if named and named not in stores:
        raise ConfigurationError(f"there is no store {named}: {suggestion(named, stores)}")
    return stores


async def _write(dealer: Dealer, login: str, name: str, role: str, store: str) -> str:
    password = secrets.token_urlsafe(12)
    hashed = await dealer.sessions.passwords.hash(password)

    async def work(scope: Scope) -> None:
        role_id, stores = await _role(role), await _stores(store)
        user = await invite(scope, login, name or login)
        await accept(scope, user, hashed)
        await join(scope, user.id, stores[store] if store else next(iter(stores.values())), [role_id])

    await transact(dealer.scope(system_caller("cli:users")), "users.add", work)
    return password
