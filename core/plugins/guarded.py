"""Hooks whose implementations fail by themselves: one that raises costs its own answer, and nobody else's."""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Awaitable, Callable, Iterable
from functools import wraps
from inspect import isawaitable
from typing import Any, TypeVar

import pluggy

from core.errors import ForecourtError
from core.plugins.hookspecs import REQUIRED
from core.plugins.importing import place

_log = logging.getLogger("forecourt.hooks")
T = TypeVar("T")


class PluginManager(pluggy.PluginManager):
    """pluggy's, with how often implementations have failed.

    Attributes:
        failed: By `plugin.hook`.
    """

    def __init__(self, project: str) -> None:
        super().__init__(project)
        self.failed: Counter[str] = Counter()

    def guard(self, plugins: dict[str, str]) -> None:
        """Let no implementation's failure reach who calls the hook, unless it is a required one.

        Args:
            plugins: Plugin by import name of the module that implements hooks for it.
        """
        for hook, caller in vars(self.hook).items():
            if not isinstance(caller, pluggy.HookCaller) or caller.spec is None:
                continue
            if not hasattr(caller.spec.function, REQUIRED):
                for implementation in caller.get_hookimpls():
                    if not (implementation.hookwrapper or implementation.wrapper):
                        name = f"{plugins[implementation.plugin_name]}.{hook}"
                        implementation.function = self._guarded(name, implementation.function)  # type: ignore[misc]  # pluggy offers no other place

    def _guarded(self, name: str, function: Callable[..., Any]) -> Callable[..., Any]:
        @wraps(function)
        def ask(*args: Any) -> Any:
            try:
                answer = function(*args)
            except ForecourtError:
                raise  # said on purpose
            except Exception as error:  # noqa: BLE001 - whatever it is, it is that plugin's alone
                return self._note(name, error)
            return self._awaited(name, answer) if isawaitable(answer) else answer

        return ask

    async def _awaited(self, name: str, answer: Awaitable[Any]) -> Any:
        try:
            return await answer
        except ForecourtError:
            raise
        except Exception as error:  # noqa: BLE001 - as above
            return self._note(name, error)

    def _note(self, name: str, error: Exception) -> None:
        self.failed[name] += 1
        # Not the message: it may quote a row.
        _log.error("the hook %s failed, its answer is left out: %s at %s", name, type(error).__name__, place(error))


async def answers(told: Iterable[Awaitable[T | None]]) -> list[T]:
    """Return what implementations of a hook answer, one after the other; those that have failed are left out."""
    waiting = list(told)
    try:
        found = []
        while waiting:
            answer = await waiting.pop(0)
            if answer is not None:
                found.append(answer)
        return found
    finally:
        for left in waiting:
            close = getattr(left, "close", None)
            if close is not None:
                close()
