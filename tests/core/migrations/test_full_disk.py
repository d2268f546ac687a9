"""A disk that is full: before a migration, during one, and at the first."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from core.data.database import Database
from core.migrations.errors import NoRoomError
from core.migrations.migrate import migrate, pending
from tests.core.migrations.conftest import everything
from tests.core.migrations.project import Project, fill
from tests.core.migrations.test_failing import DATA
from tests.core.migrations.versions import STEPS
from tests.small_disk import SmallDisk

GROWS = """import secrets
    if not os.environ.get("GROWS"):
        return
    await editor.execute("CREATE TABLE grown (text TEXT)")
    for _ in range(100):
        await editor.execute(f"INSERT INTO grown (text) VALUES ('{secrets.token_hex(2**19)}')")"""


@pytest.fixture
async def cramped(shop: Project, disk: SmallDisk) -> AsyncIterator[Database]:
    """The first version with rows on a small disk, and a second one to come."""
    database = Database(disk.url)
    await database.create()
    await database.open({})
    token = database.activate()
    await migrate(database, shop.modules())
    await fill(database, shop.modules())
    shop.change(None, *STEPS[0].edits)
    shop.make()
    yield database
    database.deactivate(token)
    await database.close()


@pytest.mark.sqlite
async def test_disk_without_room_for_the_copy_is_found_before_anything_is_begun(
    shop: Project, cramped: Database, disk: SmallDisk
) -> None:
    before = await everything(cramped)
    files = sorted(disk.folder.iterdir())
    disk.fill(leave=2**16)
    with pytest.raises(NoRoomError) as caught:
        await migrate(cramped, shop.modules())
    assert caught.value.code == "STORAGE_FULL"
    assert caught.value.free_bytes is not None
    assert caught.value.needed_bytes > caught.value.free_bytes
    for said in (
        "nothing was changed",
        f"{caught.value.needed_bytes:,} bytes",
        f"{caught.value.free_bytes:,} are free",
    ):
        assert said in caught.value.message
    assert await everything(cramped) == before
    disk.make_room()
    assert sorted(disk.folder.iterdir()) == files
    assert (await migrate(cramped, shop.modules())).applied == ("clients.0002_alter_name_client",)


async def test_disk_that_fills_up_during_a_migration_is_named_and_nothing_has_changed(
    shop: Project, cramped: Database, disk: SmallDisk, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = await everything(cramped)
    shop.write("clients", "0003_data", DATA.format(end=GROWS))
    monkeypatch.setenv("GROWS", "yes")
    with pytest.raises(NoRoomError) as caught:
        await migrate(cramped, shop.modules())
    assert "during clients.0003_data; nothing was changed" in caught.value.message
    if cramped.dialect == "sqlite":
        assert f"more than the {caught.value.free_bytes:,} bytes that are free" in caught.value.message
        assert await everything(cramped) == before
        assert not list(disk.folder.glob("*before-migration*"))
    else:
        assert f"up to {caught.value.needed_bytes:,} bytes" in caught.value.message
        assert "clients.0002_alter_name_client before it stay" in caught.value.message
        assert await pending(cramped, shop.modules()) == ["clients.0003_data"]
        assert set(await cramped.fetch("SELECT count(*) FROM clients_client WHERE name = 'changed'")) == {(0,)}
    monkeypatch.delenv("GROWS")
    assert (await migrate(cramped, shop.modules())).applied[-1] == "clients.0003_data"


@pytest.mark.sqlite
async def test_first_run_on_a_full_disk_leaves_no_file(shop: Project, disk: SmallDisk, tmp_path: Path) -> None:
    disk.fill()
    with pytest.raises(NoRoomError, match="nothing was changed"):
        await migrate(disk.url, shop.modules())
    assert [file.name for file in disk.folder.iterdir()] == ["ballast"]
