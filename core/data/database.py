"""One dealer's database: the connections that models and hand-made SQL share."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager, suppress
from contextvars import Token
from typing import TYPE_CHECKING, Any, NamedTuple, TypeAlias

from tortoise.backends.base.client import TransactionContext
from tortoise.context import TortoiseContext, _current_context
from tortoise.exceptions import TransactionManagementError
from tortoise.utils import generate_schema_for_client

from core.data.address import PostgresSettings, SqliteSettings, parse
from core.data.analysis import analyze
from core.data.counting import counting
from core.data.errors import DatabaseTimeoutError as DatabaseTimeoutError
from core.data.errors import DatabaseUnavailableError as DatabaseUnavailableError
from core.data.errors import ReadTimeoutError as ReadTimeoutError
from core.data.lock_queues import LockQueues
from core.data.registry import CONNECTION, AppModules, registry
from core.data.room import Room
from core.data.transaction import OpenTransaction
from core.data.writes import Reading, Write
from core.errors import StorageFullError
from core.kinds.kind import Dialect

if TYPE_CHECKING:
    from core.data.postgres import PostgresClient
    from core.data.sqlite import SqliteClient

# tortoise imports the one that the database needs.
Client: TypeAlias = "SqliteClient | PostgresClient"


class Activation(NamedTuple):
    """What `Database.deactivate` needs to go back."""

    context: Token[TortoiseContext | None]
    connections: Token[Any]


class Database:
    """Connections to one database; they open on first use, are bounded, and close when idle.

    Args:
        url: `sqlite:///absolute/path`, `sqlite://relative/path` or `postgres://user:password@host:port/name`. The
            query may set the options of `core.data.address`, such as `?pool_size=20`. Or settings, read already.
        options: The same options; they win over the query.

    Raises:
        ConfigurationError: The URL or an option can't be used.
    """

    dialect: Dialect
    turns: LockQueues | None
    """Where units of work wait for each other; SQLite's transactions do so before they begin."""

    def __init__(
        self, url: str | SqliteSettings | PostgresSettings, *, options: Mapping[str, Any] | None = None
    ) -> None:
        self.settings = parse(url, options) if isinstance(url, str) else url
        self.dialect = "sqlite" if isinstance(self.settings, SqliteSettings) else "postgres"
        self.context = TortoiseContext()
        self._handler = self.context.connections
        self._handler._init_config(
            {CONNECTION: {"engine": f"core.data.{self.dialect}", "credentials": {"settings": self.settings}}}
        )
        base: Any = self._handler.get(CONNECTION)
        base.connections = self._handler
        self._base: Client = base
        waits = self.settings.command_timeout_seconds
        self.turns = LockQueues(waits) if isinstance(self.settings, PostgresSettings) else None

    def __str__(self) -> str:
        """Describe the database, without user or password."""
        return str(self.settings)

    async def open(self, apps: AppModules) -> None:
        """Make models usable with this database; connects to nothing yet.

        Args:
            apps: Model modules by app label, in an order in which each refers to itself or to those before it.

        Raises:
            ConfigurationError: The process serves databases of another dialect.
            PluginError: The models don't fit together.
        """
        registry.register(apps, self.dialect, self.context)
        self.context._init_timezone(True, "UTC")
        self.context._init_routers(None)
        self.context._default_connection = CONNECTION
        self.context._inited = True

    async def close(self) -> None:
        """Close all connections, after what is under way."""
        await self._base.close()

    async def create(self) -> None:
        """Make an empty database unless there is one.

        Raises:
            DatabaseUnavailableError: The folder or the server can't be reached or does not let us.
        """
        await self._base.db_create()

    async def drop(self) -> None:
        """Remove the database with all its data."""
        await self._base.db_delete()

    async def create_tables(self) -> None:
        """Create the tables of all models, for tests and samples; dealers' databases are made by migrations."""
        if self.dialect == "sqlite":
            await self.create()
        token = self.activate()
        try:
            await generate_schema_for_client(self._base, safe=True)
        finally:
            self.deactivate(token)

    async def ping(self) -> None:
        """Make sure that the database answers.

        Raises:
            DatabaseUnavailableError: It does not; the message says why.
        """
        await self._base.fetch("SELECT 1", (), bounded=False)

    def activate(self) -> Activation:
        """Begin a unit of work: the running task's models and statements go to this database, in no transaction.

        A task that was started inside a transaction and outlives it must do this first, too.
        """
        # Not `set` of tortoise's handler, which copies what was active and keeps it: it costs three times as much.
        connections = self._handler._storage_var.set({CONNECTION: self._base})
        return Activation(_current_context.set(self.context), connections)

    def deactivate(self, token: Activation) -> None:
        """Go back to what was active before."""
        self._handler._storage_var.reset(token.connections)
        _current_context.reset(token.context)

    @property
    def client(self) -> Client:
        """The running task's transaction, or the client of this database."""
        # Not `get`, which looks for another event loop each time; a client has its connections per loop.
        client: Any = self._handler._get_storage()[CONNECTION]
        return client  # type: ignore[no-any-return]  # tortoise's handler knows base clients only

    @property
    def room(self) -> Room:
        """Whether there is room for what is written; see `StorageFullError`."""
        return self._base.room

    @property
    def in_transaction(self) -> bool:
        """Whether the running task is inside a transaction of this database."""
        return isinstance(self.client, OpenTransaction)

    @property
    def people_wait(self) -> bool:
        """Whether somebody waits to write until the running transaction ends; work in the background should end it."""
        return self.client.people_wait

    def transaction(self) -> ActiveTransaction:
        """Run a block in a transaction that models, `fetch` and `execute` of the task share.

        Inside another one it is a savepoint. On SQLite it waits for its turn to write, even if it only reads. On
        PostgreSQL it begins with the first statement that writes or locks: what is read before sees what is committed
        at that moment, as everything does there, and holds no connection. An exception or a cancellation rolls back.
        """
        return ActiveTransaction(self)

    async def flush(self) -> None:
        """Run what the running transaction has posted, so that what a rule of the database refuses shows."""
        client = self.client
        if isinstance(client, OpenTransaction):
            await client.flush()

    def after_commit(self, callback: Callable[[], None]) -> None:
        """Call back when the running transaction has committed, or at once if there is none.

        A failure of the callback is logged. A rollback, of a nested transaction too, forgets it.
        """
        client = self.client
        if isinstance(client, OpenTransaction):
            client.callbacks.append(callback)
        else:
            callback()

    async def fetch(
        self,
        sql: str,
        args: Sequence[Any] = (),
        *,
        bounded: bool = False,
        begin: Callable[[], None] | None = None,
        seconds: float | None = None,
    ) -> list[Any]:
        """Run one statement and return its rows, whose values are found by position.

        A SELECT must change nothing, by no function either; if it does, use `execute`.

        Args:
            sql: With the placeholders of the dialect (`?` or `$1`).
            args: UUIDs, aware datetimes, dates, decimals, enums and lists are converted (`core.data.values`).
            bounded: An index limits the work, so SQLite may do it in the event loop; what takes longer than 5 ms is
                done again in a thread.
            begin: Called when it is about to be sent, after any waiting for a connection; on PostgreSQL alone.
            seconds: How long the database may work on it; as long as on any statement without it.

        Raises:
            ReadTimeoutError: It took longer than `seconds`.
            DatabaseUnavailableError: The database can't be reached or does not answer in time.
            tortoise.exceptions.OperationalError: The statement is wrong.
        """
        rows: list[Any] = await self.client.fetch(sql, args, bounded=bounded, begin=begin, seconds=seconds)
        return rows

    def reads_for_all(self, sql: str) -> bool:
        """Return whether it pays to run a SELECT of this task together with those of others.

        On PostgreSQL, outside of a transaction or before it has begun, all see the same of it.
        """
        return self.client.reads_for_all(sql)

    async def execute(self, sql: str, args: Sequence[Any] = ()) -> int:
        """Run one statement and return how many rows it has changed; arguments and errors as in `fetch`.

        Raises:
            tortoise.exceptions.IntegrityError: A constraint says no.
        """
        return await self.client.execute(sql, args)

    async def analyze(self) -> None:
        """Count what the tables hold, so that statements are planned for it; called after much was written.

        Without it PostgreSQL plans for tables of unknown size until it does so by itself, and SQLite always does. On a
        full disk nothing is counted, and that is no error.
        """
        with suppress(StorageFullError):
            await analyze(self)

    async def post(self, write: Write) -> None:
        """Run a write of the running transaction whose outcome is not needed at once.

        PostgreSQL gets such writes together: before the next statement that could see them, or at the end. An error,
        what `Write.missed` makes among them, is raised then; the transaction is rolled back either way.

        Raises:
            tortoise.exceptions.TransactionManagementError: There is no transaction.
        """
        client = self.client
        if not isinstance(client, OpenTransaction):
            raise TransactionManagementError("a write is posted within a transaction")
        await client.post(write)

    def prefetch(self, reading: Reading) -> None:
        """Say what will be read when the running transaction has ended; it may be given before it is asked for."""
        client = self.client
        if isinstance(client, OpenTransaction):
            client.prefetch(reading)

    def counting(self) -> AbstractContextManager[list[str]]:
        """Collect the statements of this task, of models and hand-made alike; see `core.data.counting`."""
        return counting()


class ActiveTransaction:
    """A transaction during which the database is the running task's."""

    _scope: TransactionContext
    _context: Token[TortoiseContext | None]

    def __init__(self, database: Database) -> None:
        self._database = database

    async def __aenter__(self) -> None:
        self._scope = self._database.client._in_transaction()
        await self._scope.__aenter__()
        self._context = _current_context.set(self._database.context)

    async def __aexit__(self, exc_type: Any, exc_val: Any, exc_tb: Any) -> None:
        _current_context.reset(self._context)
        await self._scope.__aexit__(exc_type, exc_val, exc_tb)
