"""A disk that is really full: what was written is rolled back, reads go on, and so do writes once there is room."""

from __future__ import annotations

import secrets
from collections.abc import AsyncIterator

import pytest

from core.data.database import Database
from core.errors import StorageFullError
from tests.small_disk import SmallDisk

LARGE = 2 * 2**20


@pytest.fixture
async def database(disk: SmallDisk) -> AsyncIterator[Database]:
    """A database on a small disk, with a table of texts, active in the test."""
    database = Database(disk.url)
    await database.create()
    await database.open({})
    await database.execute("CREATE TABLE note (id INTEGER, text TEXT)")
    await write(database, 1, "first")
    token = database.activate()
    yield database
    database.deactivate(token)
    await database.close()


async def write(database: Database, number: int, text: str) -> None:
    marks = "?, ?" if database.dialect == "sqlite" else "$1, $2"
    await database.execute(f"INSERT INTO note (id, text) VALUES ({marks})", [number, text])


async def numbers(database: Database) -> list[int]:
    return [row[0] for row in await database.fetch("SELECT id FROM note ORDER BY id")]


async def test_write_on_a_full_disk_is_rolled_back_and_says_so(database: Database, disk: SmallDisk) -> None:
    disk.fill()
    assert await database.room.is_there()
    with pytest.raises(StorageFullError) as alone:
        await write(database, 2, secrets.token_hex(LARGE))
    assert alone.value.code == "STORAGE_FULL"
    with pytest.raises(StorageFullError):
        async with database.transaction():
            await database.execute("UPDATE note SET id = 9")
            await write(database, 3, secrets.token_hex(LARGE))
    assert await numbers(database) == [1]
    assert not await database.room.is_there()

    disk.make_room()
    database.room.ask_at_once()
    assert await database.room.is_there()
    async with database.transaction():
        await database.execute("UPDATE note SET id = 9")
        await write(database, 3, secrets.token_hex(LARGE // 8))
    assert await numbers(database) == [3, 9]


@pytest.mark.sqlite
async def test_database_on_a_full_disk_that_is_opened_anew_says_why_it_can_not(
    database: Database, disk: SmallDisk
) -> None:
    await database.close()
    disk.fill()
    with pytest.raises(StorageFullError, match="no room"):
        await numbers(database)
    disk.make_room()
    assert await numbers(database) == [1]


@pytest.mark.sqlite
async def test_database_that_may_not_grow_has_no_room_either(database_url: str) -> None:
    """Runs where nothing can be mounted too: SQLite says the same of a limit as of a disk."""
    database = Database(database_url)
    await database.create()
    await database.open({})
    try:
        await database.execute("CREATE TABLE note (id INTEGER, text TEXT)")
        ((pages,),) = await database.fetch("PRAGMA page_count")
        await database.execute(f"PRAGMA max_page_count = {pages}")
        with pytest.raises(StorageFullError):
            await write(database, 2, secrets.token_hex(LARGE))
        assert await numbers(database) == []
    finally:
        await database.close()


@pytest.mark.postgres
async def test_large_sort_of_a_read_that_finds_no_room_says_so(database: Database, disk: SmallDisk) -> None:
    disk.fill()
    with pytest.raises(StorageFullError):
        async with database.transaction():
            await database.execute("SET LOCAL work_mem = '64kB'")
            await database.fetch("SELECT md5(n::text) FROM generate_series(1, 200000) AS n ORDER BY 1")
