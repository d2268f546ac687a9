"""What commands need again and again of tables that seldom change, kept in memory for a few seconds."""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable, Hashable, Iterable
from typing import TYPE_CHECKING, Any, TypeVar

from core.bounded import Bounded

if TYPE_CHECKING:
    from core.scope import Scope
    from core.unit import Change, Models, Touched

V = TypeVar("V")

_LIMIT = 1000


class RecentReads:
    """The values that were used last, one dealer's.

    Args:
        seconds: How long one is kept; other processes notice a change after this time.
        monotonic: Seconds of a clock that is never set.
    """

    def __init__(self, *, seconds: float = 5, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._seconds = seconds
        self._monotonic = monotonic
        self._epoch = 0
        self._kept: dict[Models, Bounded[Hashable, tuple[float, Any]]] = {}

    async def get(self, scope: Scope, models: Models, key: Hashable, read: Callable[[], Awaitable[V]]) -> V:
        """Return what is kept under a key, or what is read now; see `cached`."""
        if scope.unit is not None and scope.unit.touched.any_of(models):
            return await _within(scope.unit.touched, models, key, read)
        values = self._kept.get(models)
        if values is None:
            values = self._kept[models] = Bounded(_LIMIT)
        found = values.get(key)
        if found is not None and self._monotonic() < found[0]:
            value: V = found[1]
            return value
        epoch, until = self._epoch, self._monotonic() + self._seconds
        value = await read()
        # What was read before a change must not come in after it.
        if epoch == self._epoch:
            values.keep(key, (until, value))
        return value

    def invalidate(self, changes: Iterable[Change]) -> None:
        """Forget what was read of rows that committed changes touch."""
        changed = {(change.module, change.model) for change in changes}
        for models, values in self._kept.items():
            if any((model._meta.app, model.__name__) in changed for model in models):
                self._epoch += 1
                values.clear()


async def cached(scope: Scope, models: Models, key: Hashable, read: Callable[[], Awaitable[V]]) -> V:
    """Return what was read under a key in the last seconds, or read it.

    For configuration: few rows, read by many commands, seldom changed. A change is seen at once in this process, and
    by the transaction that makes it; other processes see it after 5 seconds.

    Args:
        models: Of all the rows that are read.
        key: Tells apart what is read of them, such as a store's id.
        read: Its value is shared, so nobody may change it.
    """
    return await scope._dealer.recent_reads.get(scope, models, key, read)


async def _within(touched: Touched, models: Models, key: Hashable, read: Callable[[], Awaitable[V]]) -> V:
    """Return what a transaction sees of what it has changed itself, read again after each further change."""
    # A change meanwhile throws these values away, so that what was read before it is not found after it.
    values = touched.kept.setdefault(models, {})
    if key not in values:
        values[key] = await read()
    value: V = values[key]
    return value
