"""Rows that requests of one moment ask for by their ids, fetched by one statement for all of them."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Hashable, Iterable, Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Final

from core.read.columns import Record
from core.read.paging import DEFAULT_PAGE
from core.read.sql import Keys, Query

if TYPE_CHECKING:
    from core.read.reader import Reader

MOST_KEYS: Final = 50
"""Of one statement: so many rows are still few for an index."""
Ask = Callable[[Keys], Awaitable[Sequence[Record]]]


class RowsQuery:
    """A statement for rows by their ids, in one form for a single row and in another for any number.

    Args:
        one: Makes the first form, when it is first needed.
        many: Makes the second.
        key: The place of the row id in a record.
    """

    def __init__(self, one: Callable[[], Query], many: Callable[[], Query], key: int) -> None:
        self._make_one = one
        self._make_many = many
        self._gathering = Gathering(key)

    @cached_property
    def one(self) -> Query:
        """The form for a single row."""
        return self._make_one()

    @cached_property
    def many(self) -> Query:
        """The form for any number of rows."""
        return self._make_many()

    async def fetch(self, reader: Reader, keys: Keys) -> Sequence[Record]:
        """Return the records of some rows."""

        async def ask(wanted: Keys) -> Sequence[Record]:
            query = self.one if len(wanted) == 1 else self.many
            return await query.fetch(reader, wanted, bounded=len(wanted) <= DEFAULT_PAGE)

        database = reader.database
        if len(keys) > MOST_KEYS or not database.reads_for_all(self.many.text):
            return await ask(keys)
        args = (tuple(arg) if type(arg) is list else arg for arg in self.many.arguments(reader))
        return await self._gathering.fetch((database, *args), keys, ask)


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
        found = {str(record[self._key]): record for record in records}
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
