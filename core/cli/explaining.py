"""`forecourt explain`: how the operations of a file are answered."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import orjson
import typer

from core.api.execute import Operation
from core.api.explain import Explanation
from core.api.responses import RequestError
from core.caller import Caller
from core.cli.console import dealer_name, opened, read_settings, run_async, say
from core.dealer import Dealer
from core.errors import ConfigurationError
from core.people.callers import role_caller, system_caller
from core.people.models import Role
from core.wording import suggestion


def explain(config: Path | None, dealer: str, file: Path, operation: str, variables: str, role: str) -> None:
    """Print the plan of an operation as somebody with a role has it, or somebody who may do everything."""
    settings = read_settings(config)
    try:
        text = file.read_text(encoding="utf-8")
        given = orjson.loads(variables or "{}")
    except OSError as error:
        raise ConfigurationError(f"{file} can't be read: {error.strerror}") from None
    except orjson.JSONDecodeError as error:
        raise ConfigurationError(f"--variables is not JSON: {error}") from None
    if not isinstance(given, dict):
        raise ConfigurationError('--variables is an object such as {"first": 50}')
    found = run_async(_explained(config, dealer_name(settings, dealer), text, operation, given, role))
    for line in found.lines():
        say(line)
    if found.unplanned:
        raise typer.Exit(1)


async def _explained(
    config: Path | None, dealer: str, text: str, operation: str, variables: dict[str, Any], role: str
) -> Explanation:
    async with opened(read_settings(config), dealer) as (made,):
        token = made.database.activate()
        try:
            caller = await _caller(made, role)
            return Operation(made, text, variables, operation or None).explain(made.scope(caller))
        except RequestError as error:
            raise ConfigurationError(error.message) from None
        finally:
            made.database.deactivate(token)


async def _caller(dealer: Dealer, role: str) -> Caller:
    if not role:
        return system_caller("cli:explain")
    await dealer.load_stores()
    roles = {row.code: row for row in await Role.filter(archived_at=None)}
    if role not in roles:
        raise ConfigurationError(f"there is no role {role}: {suggestion(role, roles)}")
    return role_caller(roles[role], frozenset(list(dealer.stores)[:1]))
