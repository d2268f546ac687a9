"""`forecourt demo`: a dealership to try things out on."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from inspect import isawaitable
from pathlib import Path
from typing import Any, Final

from core.cli import demo_people
from core.cli.console import dealer_name, opened, read_settings, run_async, say
from core.cli.databases import migrate_dealer
from core.dealer import Dealer
from core.errors import ConfigurationError, ForecourtError
from core.module import KERNEL
from core.people.callers import system_caller
from core.people.models import Store, User
from core.scope import Scope
from core.security.passwords import CHEAPEST, Passwords
from core.write.models import AuditEntry
from core.write.pipeline import transact

# What the README says can't be guessed more easily; the first sign-in hashes it anew, as dearly as any other.
_KNOWN_TO_ALL: Final = Passwords(**CHEAPEST)


class NotEmptyError(ForecourtError):
    """The dealer has people of his own."""

    code = "NOT_EMPTY"


def demo(config: Path | None, dealer: str) -> None:
    """Load what is not there yet of the demo dealership, and print its sign-ins."""
    settings = read_settings(config)
    if settings.production:
        raise ConfigurationError(
            "server.environment is production: the demo's passwords are known to everybody, so it is for development"
        )
    run_async(_demo(config, dealer_name(settings, dealer)))


async def _demo(config: Path | None, name: str) -> None:
    async with opened(read_settings(config), name) as (dealer,):
        await migrate_dealer(dealer)
        token = dealer.database.activate()
        try:
            await dealer.load_stores()
            await load(dealer)
            await _print_sign_ins(dealer)
        finally:
            dealer.database.deactivate(token)


async def load(dealer: Dealer) -> None:
    """Write the demo dealership; every part is one transaction, and one that is there already is left as it is.

    The dealer's database is migrated, provisioned and active.

    Raises:
        NotEmptyError: The dealer has users that are not the demo's.
    """
    new = not await _is_done("demo.core")
    if new:
        if await User.exists():
            raise NotEmptyError(f"{dealer.name} has users already: the demo is for an empty dealer")
        say("core: stores and people")
        hashed = {one: await _KNOWN_TO_ALL.hash(demo_people.password(one)) for one in demo_people.LOGINS}
        await _write(dealer, "core", lambda scope: demo_people.write(scope, hashed))
        await dealer.load_stores()
    for module, hook in _hooks(dealer):
        if not await _is_done(f"demo.{module}"):
            say(f"{module}: demo data")
            await _write(dealer, module, _steps(hook))
            new = True
    if new:
        await dealer.database.analyze()


def _hooks(dealer: Dealer) -> Sequence[tuple[str, Callable[[Scope], Any]]]:
    """Return the demo data of the modules in the order of their requirements."""
    implementations = dealer.kernel.hooks.demo_data.get_hookimpls()
    found = []
    for module in dealer.kernel.loaded:
        prefixes = (module.package, f"{module.package}.")
        for one in implementations:
            place = one.plugin.__name__
            if module.name != KERNEL.name and (place == prefixes[0] or place.startswith(prefixes[1])):
                found.append((module.name, one.function))
    return found


def _steps(hook: Callable[[Scope], Any]) -> Callable[[Scope], Awaitable[None]]:
    async def work(scope: Scope) -> None:
        result: Awaitable[None] | AsyncIterator[object] = hook(scope)
        if isawaitable(result):
            await result
        else:
            async for _ in result:
                pass

    return work


async def _write(dealer: Dealer, module: str, work: Callable[[Scope], Awaitable[None]]) -> None:
    first = await Store.filter(archived_at=None).order_by("id").first()  # where the printed sign-ins work
    scope = dealer.scope(system_caller(f"demo:{module}", first.id if first else None))
    await transact(scope, f"demo.{module}", work)


async def _is_done(action: str) -> bool:
    return bool(await AuditEntry.filter(command=action).exists())


async def _print_sign_ins(dealer: Dealer) -> None:
    present = {user.login for user in await User.filter(archived_at=None)}
    say()
    say("Sign-ins of the demo dealership, one per role (login / password):", bold=True)
    for login in demo_people.LOGINS:
        if login in present:
            say(f"  {login:<22}{demo_people.password(login)}")
    say()
