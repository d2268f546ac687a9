"""`forecourt migrate`: brings a database to the newest schema, or leaves it as it was."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from time import monotonic
from typing import Final

from tortoise.migrations.graph import MigrationKey
from tortoise.migrations.migration import Migration

from core.data.address import SqliteSettings
from core.data.database import Database, DatabaseTimeoutError, DatabaseUnavailableError
from core.errors import StorageFullError
from core.migrations.copies import UNDER_WAY, settle
from core.migrations.errors import MigrationError, NoRoomError
from core.migrations.guard import SqliteGuard
from core.migrations.history import History, Recorder
from core.migrations.run import CountingRun, Run
from core.migrations.state import MigratedModule

Progress = Callable[[str], None]

_DAY_SECONDS: Final = 86_400.0
# Any number serves, as long as nothing else of this database takes it: "forecour" in ASCII.
_LOCK: Final = 0x666F7265636F7572
_POLL_SECONDS: Final = 0.1
# How long a change waits for transactions that use the table; all later ones would queue up behind it.
_TABLE_LOCK_SECONDS: Final = 10


@dataclass(frozen=True, slots=True)
class MigrationReport:
    """What a run has done.

    Attributes:
        applied: `module.migration`, in order.
        copy: The kept copy of a SQLite database as it was before.
    """

    applied: tuple[str, ...] = ()
    copy: Path | None = None


async def pending(database: str | Database, modules: Iterable[MigratedModule]) -> list[str]:
    """Return the migrations that a database does not have yet, as `module.migration`, in order.

    Raises:
        MigrationError: The database is of a newer version.
        DatabaseUnavailableError: It can't be reached.
    """
    history = History.load(modules)
    async with _connected(database, wait_seconds=5.0) as connection:
        settings = connection.settings
        empty = isinstance(settings, SqliteSettings) and not await asyncio.to_thread(settings.path.exists)
        missing = history.missing_in(set() if empty else await Recorder(connection).applied())
    return [_name(migration) for migration in missing]


async def settled(database: Database, *, mends: bool) -> str:
    """Decide what to do with the copies that killed runs have left; see `core.migrations.copies.settle`."""
    settings = database.settings
    if not isinstance(settings, SqliteSettings):
        return ""
    return await asyncio.to_thread(settle, settings.path, mends=mends)


async def migrate(
    database: str | Database,
    modules: Iterable[MigratedModule],
    *,
    keep_copy: bool = False,
    wait_seconds: float = 10.0,
    progress: Progress = lambda line: None,
) -> MigrationReport:
    """Apply all migrations that a database does not have yet; the first run creates it.

    On SQLite a run is one transaction: it changes everything or nothing. On PostgreSQL each migration is one: a
    failing one changes nothing, those before it stay.

    Args:
        modules: In the order of the plugins.
        keep_copy: Keep the copy that is made of a SQLite database before it is changed.
        wait_seconds: How long to wait for another process that writes or migrates.
        progress: Is told each migration's name before it is applied.

    Raises:
        MigrationError: Names module, migration, operation and cause.
        NoRoomError: A disk is too full; what had been done is rolled back.
        DatabaseUnavailableError: The database can't be reached.
    """
    history = History.load(modules)
    async with _connected(database, wait_seconds) as connection:
        if isinstance(connection.settings, SqliteSettings):
            report = await _migrate_sqlite(connection, connection.settings.path, history, keep_copy, progress)
        else:
            report = await _migrate_postgres(connection, history, wait_seconds, progress)
        if report.applied:
            await connection.analyze()
        return report


def _name(migration: Migration) -> str:
    return f"{migration.app_label}.{migration.name}"


@asynccontextmanager
async def _connected(database: str | Database, wait_seconds: float) -> AsyncIterator[Database]:
    """Open the connection that migrations use alone, with foreign keys off on SQLite."""
    settings = Database(database).settings if isinstance(database, str) else database.settings
    if isinstance(settings, SqliteSettings):
        settings = replace(
            settings, foreign_keys=False, busy_timeout_seconds=wait_seconds, command_timeout_seconds=_DAY_SECONDS
        )
    else:
        settings = replace(settings, pool_size=1, command_timeout_seconds=_DAY_SECONDS)
    connection = Database(settings)
    await connection.open({})
    token = connection.activate()
    try:
        yield connection
    finally:
        connection.deactivate(token)
        await connection.close()


async def _migrate_sqlite(
    database: Database, path: Path, history: History, keep_copy: bool, progress: Progress
) -> MigrationReport:
    new = await asyncio.to_thread(_make_folder, path)
    if new:
        await database.create()
    elif done := await settled(database, mends=True):
        progress(done)
    guard = SqliteGuard(path)
    report = MigrationReport()
    try:
        report = await _guarded(database, history, guard, progress, copy=not new)
    except BaseException:
        if new:
            await database.drop()
        raise
    finally:
        guard.close(keep_copy=keep_copy)
    return replace(report, copy=guard.copy if keep_copy else None)


def _make_folder(path: Path) -> bool:
    """Make room for a database and return whether there is none yet."""
    path.parent.mkdir(parents=True, exist_ok=True)
    return not path.exists()


async def _guarded(
    database: Database, history: History, guard: SqliteGuard, progress: Progress, *, copy: bool
) -> MigrationReport:
    try:
        async with database.transaction():
            applied = await Recorder(database).applied()
            missing = history.missing_in(applied)
            if not missing:
                return MigrationReport()
            if copy:
                progress(f"copying the database to {await guard.make_copy()}")
            await _apply(database, history, applied, missing, progress)
    except DatabaseTimeoutError as error:
        raise MigrationError(f"another process uses the database; stop the server and try again: {error}") from error
    except Exception as error:
        if await guard.restore_if_changed():
            raise MigrationError(f"{error}; part of it had been committed, so the copy was put back") from error
        if _is_full(error):
            await asyncio.to_thread(guard.empty_log)
            raise guard.no_room(_during(error)) from error
        raise
    problem = await guard.problem()
    if problem is not None:
        await guard.restore()
        raise MigrationError(f"the migrated database is not sound, so the copy was put back: {problem}")
    return MigrationReport(tuple(map(_name, missing)))


async def _apply(
    database: Database, history: History, applied: set[MigrationKey], missing: list[Migration], progress: Progress
) -> None:
    """Apply migrations to SQLite; the mark can only be seen by others if something commits in the middle."""
    await database.execute(f"PRAGMA user_version = {UNDER_WAY}")
    await Recorder(database).prepare()
    run = CountingRun(database, history.state(applied))
    await run.begin()
    for migration in missing:
        progress(_name(migration))
        await run.apply(migration)
    await run.finish()
    await database.execute("PRAGMA user_version = 0")


def _is_full(error: BaseException | None) -> bool:
    while error is not None and not isinstance(error, StorageFullError):
        error = error.__cause__
    return error is not None


def _during(error: Exception) -> str:
    if isinstance(error, MigrationError) and error.migration:
        return f"during {error.module}.{error.migration}"
    return "during the migrations"


async def _migrate_postgres(
    database: Database, history: History, wait_seconds: float, progress: Progress
) -> MigrationReport:
    await _create_if_missing(database)
    done: list[str] = []
    try:
        while await _migrate_one(database, history, wait_seconds, progress, done):
            pass
    except Exception as error:
        if _is_full(error):
            raise await _no_room_on_the_server(database, error, done) from error
        raise
    return MigrationReport(tuple(done))


async def _migrate_one(
    database: Database, history: History, wait_seconds: float, progress: Progress, done: list[str]
) -> bool:
    """Apply the next migration and add its name to `done`; False when there is none."""
    async with database.transaction():
        await _take_turn(database, wait_seconds)
        recorder = Recorder(database)
        await recorder.prepare()
        # Another run may have been faster, so each turn looks again.
        applied = await recorder.applied()
        missing = history.missing_in(applied)
        if not missing:
            return False
        progress(_name(missing[0]))
        await Run(database, history.state(applied)).apply(missing[0])
    done.append(_name(missing[0]))
    return True


async def _no_room_on_the_server(database: Database, error: Exception, done: list[str]) -> NoRoomError:
    ((size,),) = await database.fetch("SELECT pg_database_size(current_database())")
    before = f" by it; {', '.join(done)} before it stay" if done else ""
    what = f"there is no room on the disk of the server of the {database}, {_during(error)}"
    return NoRoomError(f"{what}; nothing was changed{before}", needed_bytes=int(size))


async def _create_if_missing(database: Database) -> None:
    try:
        await database.ping()
    except DatabaseTimeoutError:
        raise
    except DatabaseUnavailableError:
        await database.create()


async def _take_turn(database: Database, wait_seconds: float) -> None:
    """Make two runs on one database follow each other; the lock ends with the transaction."""
    deadline = monotonic() + wait_seconds
    while not (await database.fetch("SELECT pg_try_advisory_xact_lock($1)", [_LOCK]))[0][0]:
        if monotonic() > deadline:
            raise MigrationError("another process migrates this database; try again when it has finished")
        await asyncio.sleep(_POLL_SECONDS)
    await database.execute("SET LOCAL statement_timeout = 0")
    await database.execute(f"SET LOCAL lock_timeout = '{_TABLE_LOCK_SECONDS}s'")
