"""Databases of the tests wait for the disk where that is what is tested."""

from __future__ import annotations

import asyncpg
import pytest

from tests.databases import Databases

pytestmark = pytest.mark.postgres


@pytest.mark.parametrize(("durable", "waits"), [(False, "off"), (True, "on")])
async def test_commits_wait_for_the_disk_where_that_is_asked(
    postgres_admin_url: str, durable: bool, waits: str
) -> None:
    databases = Databases(postgres_admin_url, durable=durable)
    async with databases.new() as url:
        connection = await asyncpg.connect(url, timeout=10)
        assert await connection.fetchval("SHOW synchronous_commit") == waits
        await connection.close()
    await databases.close()
