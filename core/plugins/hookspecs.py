"""The hooks of the kernel: every place where a plugin may contribute something that its files don't say by convention.

Found without a hook, by convention: tables in `models.py`, entities and extensions in `types.py`, plain Strawberry
classes `Query`, `Mutation` and `Subscription` in `queries.py`, `commands.py` and `subscriptions.py`, commands in
`commands.py`, events in `events.py`, reactions in `handlers.py` and `optional/<module>.py`, jobs in `jobs.py`,
translations in `locale/`.

A hook is implemented by a function of its name with `@hookimpl` in `plugin.py` or in `optional/<module>.py`. All of
them are called once per kernel, while it is built, unless they say otherwise; they must not touch a database.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Iterable
from typing import TYPE_CHECKING

import pluggy

if TYPE_CHECKING:
    from starlette.routing import BaseRoute

    from core.plugins.contributions import HealthCheck, Holding, Role
    from core.scope import Scope
    from core.services.codes import CodeSetDeclaration

PROJECT = "forecourt"

hookspec = pluggy.HookspecMarker(PROJECT)
hookimpl = pluggy.HookimplMarker(PROJECT)


class KernelHooks:
    """Hooks that the kernel calls."""

    @hookspec
    def hook_specifications(self) -> Iterable[type]:
        """Return classes whose methods, marked with `@hookspec`, are hooks that other plugins may implement.

        Called before any other hook, so that implementations in every plugin are checked against them.
        """
        raise NotImplementedError

    @hookspec
    def scheduled_jobs(self) -> Iterable[object]:
        """Return jobs of the plugin with their times, such as `jobs.remind_of_renewals.daily(at="08:30")`.

        Times are those of each dealer's zone. A job runs once per due time however many workers there are.
        """
        raise NotImplementedError

    @hookspec
    def http_routes(self) -> Iterable[BaseRoute]:
        """Return Starlette routes, such as the address that a provider's receipts come to.

        They are served below the dealer's own address. An endpoint finds the dealer in `request.state.dealer` and runs
        inside his database; it checks by itself who is calling.
        """
        raise NotImplementedError

    @hookspec
    def code_sets(self) -> Iterable[CodeSetDeclaration]:
        """Return code lists, such as colours or lost reasons, or further codes for a list of another module.

        Written into a dealer's database when it is migrated; what the dealer changed there stays.
        """
        raise NotImplementedError

    @hookspec
    def roles(self) -> Iterable[Role]:
        """Return roles that a new dealer gets, with permissions of this module.

        Several modules may contribute to one role by its code: its permissions are joined, the wider reach wins.
        """
        raise NotImplementedError

    @hookspec
    def holdings(self) -> Iterable[Holding]:
        """Return the module's tables whose rows are in somebody's hands while they are live.

        They follow when what they are about is handed over (`hand_over`), they keep their owner from leaving, and who
        has one in hand sees what it is about.
        """
        raise NotImplementedError

    @hookspec
    def catch_up(self, scope: Scope) -> Awaitable[None]:
        """Bring rows up to date of modules that were off when something happened that concerned them.

        Called whenever modules are turned on, and at each `forecourt migrate`. Called again it finds nothing to do.

        Args:
            scope: Without a transaction; the work is done in several, each begun with `run`.
        """
        raise NotImplementedError

    @hookspec
    def demo_data(self, scope: Scope) -> AsyncIterator[object] | Awaitable[None]:
        """Write the module's share of the demo dealership.

        Called by `forecourt demo` in the order of requirements, each inside one transaction of a command.

        Args:
            scope: Caller with every permission; the clock that dates are relative to.

        Returns:
            A coroutine, or an asynchronous iterator whose every item is one step.
        """
        raise NotImplementedError

    @hookspec
    def health_checks(self) -> Iterable[HealthCheck]:
        """Return checks that `/readyz` and `forecourt doctor` run, such as whether a provider's account works."""
        raise NotImplementedError
