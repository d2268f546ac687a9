"""asyncpg's connection, with what a pool must know of its state."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from typing import Any, Final

import asyncpg

from core.data.transaction import logger

_SETTLE_SECONDS: Final = 5.0
_CANCEL_AGAIN_AFTER: Final = (0.1, 0.3, 1.0)


class PooledConnection(asyncpg.Connection):  # type: ignore[misc]  # asyncpg carries no types
    """A connection of a pool.

    Attributes:
        siblings: All connections of its pool.
        idle_since: When it was last given back, by the loop's clock.
    """

    __slots__ = ("idle_since", "siblings")

    idle_since: float
    siblings: set[PooledConnection]

    def is_clean(self) -> bool:
        """Return whether it can be lent as it is: nothing is being cancelled on it and no transaction is open."""
        return not (self._protocol.is_in_transaction() or self._protocol._is_cancelling())

    async def rows(self, sql: str, *args: Any, seconds: float | None = None) -> list[Any]:
        """Do as `fetch` does, by a shorter way where the statement is prepared already."""
        self._check_open()
        protocol = self._protocol
        statement = self._stmt_cache.get((sql, protocol.get_record_class(), False))
        if statement is None or self._query_loggers:
            return await self.fetch(sql, *args, timeout=seconds)  # type: ignore[no-any-return]  # asyncpg carries no types
        try:
            with self._stmt_exclusive_section:
                return await protocol.bind_execute(statement, args, "", 0, False, seconds)  # type: ignore[no-any-return]  # asyncpg carries no types
        except asyncpg.InvalidCachedStatementError:
            # A table has changed; nothing was done.
            self._drop_global_statement_cache()
            if protocol.is_in_transaction():
                raise
            return await self.fetch(sql, *args, timeout=seconds)  # type: ignore[no-any-return]  # asyncpg carries no types
        except asyncpg.OutdatedSchemaCacheError:
            await self.reload_schema_state()
            raise

    async def settle(self) -> None:
        """Bring a cancelled statement and an open transaction to their end, in bounded time."""
        async with asyncio.timeout(_SETTLE_SECONDS):
            await self._end_cancelled()
            # A cancellation that reaches the server late, as through a pgbouncer, hits this and nobody's statement.
            with suppress(asyncpg.QueryCanceledError, asyncpg.InFailedSQLTransactionError):
                await self.execute("SELECT 1")
            if self.is_in_transaction():
                logger.warning("a transaction was left open; it is rolled back")
                await self.execute("ROLLBACK")

    async def _end_cancelled(self) -> None:
        for pause in _CANCEL_AGAIN_AFTER:
            with suppress(TimeoutError):
                async with asyncio.timeout(pause):
                    await self._protocol._wait_for_cancellation()
                return
            # A cancellation that overtakes its statement on the way to the server does nothing.
            sent = self._loop.create_future()
            self._cancel_current_command(sent)
            await sent

    # asyncpg calls these where it finds that tables or types have changed; the other connections' caches are as old.

    def _drop_global_statement_cache(self) -> None:
        for connection in self.siblings:
            connection._drop_local_statement_cache()

    def _drop_global_type_cache(self) -> None:
        for connection in self.siblings:
            if not connection.is_closed():
                connection._drop_local_type_cache()
