"""Rows that requests of one moment ask for by their ids, fetched by one statement for all of them."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Hashable, Iterable, Sequence
from typing import Final

from core.read.columns import Record
from core.read.sql import Keys

MOST_KEYS: Final = 50
"""Of one statement: so many rows are still few for an index."""
Ask = Callable[[Keys], Awaitable[Sequence[Record]]]


class Gathering:
    """Lets those who are about to ask the same, but for the ids, ask together.

    Whoever comes first waits until the others who are ready have run. His statement begins after each of them has
    come, so none sees less than if he had asked by himself. Where it fails, or he goes away, the others ask for
    themselves.

    Args:
        key: The place of the row id in a record.
    """

    def __init__(self, key: int) -> None:
        self._key = key
        self._groups: dict[Hashable, _Group] = {}

    async def fetch(self, marker: Hashable, keys: Keys, ask: Ask) -> Sequence[Record]:
        """Return the records of some rows.

        Args:
            marker: Equal for those whose statements differ in the ids alone.
        """
        group = self._groups.get(marker)
        if group is None:
            return await self._lead(marker, keys, ask)
        if len(group.keys) + len(keys) > MOST_KEYS:
            return await ask(keys)
        found = await group.join(keys)
        return await ask(keys) if found is None else [found[key] for key in keys if key in found]

    async def _lead(self, marker: Hashable, keys: Keys, ask: Ask) -> Sequence[Record]:
        group = self._groups[marker] = _Group(keys)
        try:
            try:
                await asyncio.sleep(0)
            finally:
                del self._groups[marker]
            records = await ask(list(group.keys) if group.members else keys)
        except BaseException:
            group.tell(None)
            raise
        if not group.members:
            return records
        found = {record[self._key]: record for record in records}
        group.tell(found)
        return [found[key] for key in keys if key in found]


class _Group:
    """Those who ask together.

    Attributes:
        keys: What they ask for, each once.
        members: What those wait for who don't ask themselves.
    """

    __slots__ = ("keys", "members")

    def __init__(self, keys: Iterable[str]) -> None:
        self.keys = dict.fromkeys(keys)
        self.members: list[asyncio.Future[dict[str, Record] | None]] = []

    def join(self, keys: Iterable[str]) -> asyncio.Future[dict[str, Record] | None]:
        self.keys.update(dict.fromkeys(keys))
        member: asyncio.Future[dict[str, Record] | None] = asyncio.get_running_loop().create_future()
        self.members.append(member)
        return member

    def tell(self, found: dict[str, Record] | None) -> None:
        for member in self.members:
            if not member.done():
                member.set_result(found)
