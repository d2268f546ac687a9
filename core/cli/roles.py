"""`forecourt roles limits`: let the people of a role ask for more at once."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from core.cli.console import dealer_name, opened, read_settings, run_async, say
from core.errors import ConfigurationError
from core.limits import LIMITS
from core.people.callers import system_caller
from core.people.models import Role
from core.scope import Scope
from core.wording import suggestion
from core.write.pipeline import transact


def limits(config: Path | None, dealer: str, code: str, changed: Mapping[str, int | None]) -> None:
    """Set the limits that are named, and print those that the role has then."""
    found = run_async(
        _limits(config, dealer, code, {name: value for name, value in changed.items() if value is not None})
    )
    told = LIMITS.widened(found)
    say(f"{code}: " + ", ".join(f"{name} {getattr(told, name)}" for name in changed))


async def _limits(config: Path | None, named: str, code: str, changed: Mapping[str, int]) -> dict[str, int]:
    settings = read_settings(config)

    async def work(scope: Scope) -> dict[str, int]:
        roles = {row.code: row for row in await Role.filter(archived_at=None)}
        if code not in roles:
            raise ConfigurationError(f"there is no role {code}: {suggestion(code, roles)}")
        row = roles[code]
        if changed:
            row.limits = {**(row.limits or {}), **changed}
            await row.save()
        return row.limits or {}

    async with opened(settings, dealer_name(settings, named)) as (dealer,):
        token = dealer.database.activate()
        try:
            return await transact(dealer.scope(system_caller("cli:roles")), "roles.limits", work)
        finally:
            dealer.database.deactivate(token)
