"""What requests of one moment ask for alike is asked once for all of them: a page, or rows by their ids."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Hashable, Sequence
from functools import cached_property, partial
from typing import TYPE_CHECKING, Any, Final, Generic, TypeVar

from core.read.columns import Record
from core.read.paging import DEFAULT_PAGE
from core.read.sql import Keys, Query

if TYPE_CHECKING:
    from core.data.database import Database
    from core.read.reader import Reader

Part = TypeVar("Part")
Answer = TypeVar("Answer")
Ask = Callable[[Sequence[Part], Callable[[], None]], Awaitable[Answer]]

MOST_ROWS: Final = 50
"""Of one statement: so many are still few for an index."""


class Gathering(Generic[Part, Answer]):
    """Lets those who are about to ask alike have one answer.

    Whoever comes first waits until all who are ready have run, and asks for them too. What he asks begins after each
    of them has come, so none sees less than if he had asked by himself; they share an error as well. Only if he goes
    away, the others ask for themselves.

    Args:
        most: How many at once.
    """

    def __init__(self, most: int) -> None:
        self._most = most
        self._open: dict[Hashable, _Group[Part, Answer]] = {}

    def takes(self, marker: Hashable) -> bool:
        """Return whether others are about to ask alike, so that whoever joins sends no statement."""
        group = self._open.get(marker)
        return group is not None and len(group.parts) < self._most

    async def answer(self, marker: Hashable, part: Part, ask: Ask[Part, Answer]) -> Answer:
        """Return the answer for all who have joined.

        Args:
            marker: Equal for those who ask alike.
            part: What is asked for by this one alone.
            ask: Gets the parts, and a function that it calls when nobody can join any more, before it begins.
        """
        group = self._open.get(marker)
        if group is None:
            return await self._lead(marker, _Group(part), ask)
        found = await group.join(part) if len(group.parts) < self._most else None
        return await ask([part], _nothing) if found is None else found

    async def _lead(self, marker: Hashable, group: _Group[Part, Answer], ask: Ask[Part, Answer]) -> Answer:
        def close() -> None:
            if self._open.get(marker) is group:
                del self._open[marker]

        self._open[marker] = group
        try:
            await asyncio.sleep(0)
            answer = await ask(group.parts, close)
        except Exception as error:
            group.fail(error)
            raise
        except BaseException:
            group.tell(None)
            raise
        finally:
            close()
        group.tell(answer)
        return answer


class _Group(Generic[Part, Answer]):
    """Those who ask together.

    Attributes:
        parts: What each asks for.
    """

    __slots__ = ("_members", "parts")

    def __init__(self, part: Part) -> None:
        self.parts = [part]
        self._members: list[asyncio.Future[Answer | None]] = []

    def join(self, part: Part) -> asyncio.Future[Answer | None]:
        self.parts.append(part)
        member: asyncio.Future[Answer | None] = asyncio.get_running_loop().create_future()
        self._members.append(member)
        return member

    def tell(self, answer: Answer | None) -> None:
        for member in self._members:
            if not member.done():
                member.set_result(answer)

    def fail(self, error: Exception) -> None:
        for member in self._members:
            if not member.done():
                member.set_exception(error)
                member.exception()  # whoever has gone away meanwhile does not look at it


def _nothing() -> None:
    pass


class SingleFlight:
    """Statements that many may ask at the same moment in the same words, such as the first page of a list.

    Others join until the statement begins, also while it waits for a connection.
    """

    def __init__(self) -> None:
        self._gathering: Gathering[None, Sequence[Record]] = Gathering(most=10_000)

    async def fetch(self, query: Query, reader: Reader) -> Sequence[Record]:
        """Return the records of a statement, which nobody may change."""
        database, args = reader.database, query.arguments(reader)

        async def ask(_: Sequence[None], begin: Callable[[], None]) -> Sequence[Record]:
            return await database.fetch(query.text, args, begin=begin, seconds=reader.seconds)

        marker = _marker(database, query.text, args)
        if marker is None:
            return await reader.within_quota(partial(ask, (), _nothing))
        # Whoever leads has his turn before others can join: nobody waits for another's.
        return await reader.within_quota(
            partial(self._gathering.answer, marker, None, ask), sends=not self._gathering.takes(marker)
        )


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
        self._key = key
        self._gathering: Gathering[str, dict[str, Record]] = Gathering(MOST_ROWS)

    @cached_property
    def one(self) -> Query:
        """The form for a single row."""
        return self._make_one()

    @cached_property
    def many(self) -> Query:
        """The form for any number of rows."""
        return self._make_many()

    async def fetch(self, reader: Reader, keys: Keys) -> Sequence[Record]:
        """Return the records of some rows, which nobody may change."""
        marker = _marker(reader.database, self.many.text, self.many.arguments(reader)) if len(keys) == 1 else None
        if marker is None:
            return await reader.within_quota(partial(self._ask, reader, keys))

        async def ask(wanted: Keys, begin: Callable[[], None]) -> dict[str, Record]:
            begin()
            records = await self._ask(reader, list(dict.fromkeys(wanted)))
            return {str(record[self._key]): record for record in records}

        answer = partial(self._gathering.answer, marker, keys[0], ask)
        found = (await reader.within_quota(answer, sends=not self._gathering.takes(marker))).get(keys[0])
        return [] if found is None else [found]

    async def _ask(self, reader: Reader, keys: Keys) -> Sequence[Record]:
        query = self.one if len(keys) == 1 else self.many
        return await query.fetch(reader, keys, bounded=len(keys) <= DEFAULT_PAGE)


def _marker(database: Database, sql: str, args: Sequence[Any]) -> Hashable | None:
    """Return what is equal for those who ask alike; None for who asks alone."""
    if not database.reads_for_all(sql):
        return None
    marker = (database, sql, *(tuple(arg) if type(arg) is list else arg for arg in args))
    try:
        hash(marker)
    except TypeError:  # a list within a list
        return None
    return marker
