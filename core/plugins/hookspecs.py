"""The hooks of the kernel: every place where a plugin may contribute something that its files don't say by convention.

Found without a hook, by convention: tables in `models.py`, entities and extensions in `types.py`, plain Strawberry
classes `Query`, `Mutation` and `Subscription` in `queries.py`, `commands.py` and `subscriptions.py`, commands in
`commands.py`, events in `events.py`, reactions in `handlers.py` and `optional/<module>.py`, jobs in `jobs.py`,
translations in `locale/`.

A hook is implemented by a function of its name with `@hookimpl` in `plugin.py` or in `optional/<module>.py`. All of
them are called once per kernel, while it is built, unless they say otherwise; they must not touch a database.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from typing import TYPE_CHECKING, Any, TypeVar

import pluggy

if TYPE_CHECKING:
    from starlette.routing import BaseRoute

    from core.plugins.contributions import HealthCheck, Holding, Role
    from core.scope import Scope
    from core.services.codes import CodeSetDeclaration

PROJECT = "forecourt"
REQUIRED = "__forecourt_required_hook__"
F = TypeVar("F", bound=Callable[..., Any])

hookspec = pluggy.HookspecMarker(PROJECT)
hookimpl = pluggy.HookimplMarker(PROJECT)


def required_hook(specification: F) -> F:
    """Mark a hook without whose answers nothing is done: what an implementation raises stops whoever asks.

    Of another hook an implementation that fails costs its own answer alone.
    """
    setattr(specification, REQUIRED, True)
    return specification


class KernelHooks:
    """Hooks that the kernel calls."""

    @required_hook
    @hookspec
    def hook_specifications(self) -> Iterable[type]:
        """Return classes whose methods, marked with `@hookspec`, are hooks that other plugins may implement.

        Called before any other hook, so that implementations in every plugin are checked against them.
        """
        raise NotImplementedError

    @required_hook
    @hookspec
    def scheduled_jobs(self) -> Iterable[object]:
        """Return jobs of the plugin with their times, such as `jobs.remind_of_renewals.daily(at="08:30")`.

        Times are those of each dealer's zone. A job runs once per due time however many workers there are.
        """
        raise NotImplementedError

    @required_hook
    @hookspec
    def http_routes(self) -> Iterable[BaseRoute]:
        """Return Starlette routes, such as the address that a provider's receipts come to.

        They are served below the dealer's own address. An endpoint runs inside his database, and checks by
        itself who is calling: with `request_scope`, or in its own way and then `caller_scope`.
        """
        raise NotImplementedError

    @required_hook
    @hookspec
    def code_sets(self) -> Iterable[CodeSetDeclaration]:
        """Return code lists, such as colours or lost reasons, or further codes for a list of another module.

        Written into a dealer's database when it is migrated; what the dealer changed there stays.
        """
        raise NotImplementedError

    @required_hook
    @hookspec
    def roles(self) -> Iterable[Role]:
        """Return roles that a new dealer gets, with permissions of this module.

        Several modules may contribute to one role by its code: its permissions are joined, the wider reach wins.
        """
        raise NotImplementedError

    @required_hook
    @hookspec
    def holdings(self) -> Iterable[Holding]:
        """Return the module's tables whose rows are in somebody's hands while they are live.

        They follow when what they are about is handed over (`hand_over`), they keep their owner from leaving, and who
        has one in hand sees what it is about.
        """
        raise NotImplementedError

    @required_hook
    @hookspec
    def catch_up(self, scope: Scope) -> Awaitable[None]:
        """Bring rows up to date of modules that were off when something happened that concerned them.

        Called whenever modules are turned on, and at each `forecourt migrate`. Called again it finds nothing to do.

        Args:
            scope: Without a transaction; the work is done in several, each begun with `run`.
        """
        raise NotImplementedError

    @required_hook
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

    @required_hook
    @hookspec
    def health_checks(self) -> Iterable[HealthCheck]:
        """Return checks that `/readyz` and `forecourt doctor` run, such as whether a provider's account works."""
        raise NotImplementedError
