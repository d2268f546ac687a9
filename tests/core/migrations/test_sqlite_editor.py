"""What tortoise's editor for SQLite gets wrong in silence, and what the rebuild must keep beside rows."""

from __future__ import annotations

import sqlite3
from contextlib import closing

import pytest
from tortoise.exceptions import IntegrityError

from core.data.address import SqliteSettings
from core.data.database import Database
from core.migrations.compare import read_schema
from core.migrations.errors import MigrationError
from core.migrations.migrate import migrate
from core.migrations.postgres_editor import PostgresSchemaEditor
from core.migrations.run import editor_for
from core.migrations.sqlite_editor import SqliteSchemaEditor
from tests.conftest import Dialect
from tests.core.migrations.project import Project, fill
from tests.core.migrations.versions import STEPS

sqlite = pytest.mark.sqlite
WIDEN = STEPS[0].edits


@pytest.fixture
async def filled(shop: Project, database: Database) -> Database:
    """The first version, with three rows in every table."""
    await migrate(database, shop.modules())
    await fill(database, shop.modules())
    return database


def test_our_editor_serves_every_database(database: Database, dialect: Dialect) -> None:
    assert type(editor_for(database)) is {"sqlite": SqliteSchemaEditor, "postgres": PostgresSchemaEditor}[dialect]


async def test_change_of_a_table_keeps_rows_that_would_be_deleted_with_it(shop: Project, filled: Database) -> None:
    shop.change(None, *WIDEN)
    shop.make()
    await migrate(filled, shop.modules())
    for table in ("clients_client", "clients_contact", "deals_deal", "deals_offer"):
        assert await filled.fetch(f"SELECT count(*) FROM {table}") == [(3,)]
    await filled.execute("DELETE FROM clients_client")
    assert await filled.fetch("SELECT count(*) FROM deals_deal") == [(0,)], "ON DELETE CASCADE itself must work on"


async def test_change_of_a_table_keeps_its_guard_against_doubles(shop: Project, filled: Database) -> None:
    shop.change(None, *WIDEN)
    shop.make()
    await migrate(filled, shop.modules())
    with pytest.raises(IntegrityError):
        await filled.execute(
            "UPDATE clients_client SET phone = '1', archived = FALSE, "
            "store_id = (SELECT store_id FROM clients_client LIMIT 1)"
        )


@sqlite
async def test_rebuild_with_foreign_keys_on_is_refused(shop: Project, filled: Database) -> None:
    editor = SqliteSchemaEditor(filled)
    with pytest.raises(MigrationError, match="foreign_keys off"):
        await editor._require_keys_off()


@sqlite
async def test_rebuild_keeps_own_indexes_triggers_and_views(shop: Project, filled: Database) -> None:
    for sql in (
        "CREATE INDEX of_the_dealer ON clients_client (number, name)",
        "CREATE TABLE seen (name TEXT)",
        "CREATE TRIGGER of_clients AFTER UPDATE ON clients_client BEGIN INSERT INTO seen VALUES (new.name); END",
        "CREATE VIEW names AS SELECT name FROM clients_client",
    ):
        await filled.execute(sql)
    shop.change(None, *WIDEN)
    shop.make()
    await migrate(filled, shop.modules())
    assert "of_the_dealer" in {index.name for index in (await read_schema(filled))["clients_client"].indexes}
    await filled.execute("UPDATE clients_client SET name = 'x'")
    assert len(await filled.fetch("SELECT * FROM seen")) == len(await filled.fetch("SELECT * FROM names")) == 3


@sqlite
async def test_rebuild_never_gives_a_number_twice(shop: Project, filled: Database) -> None:
    await filled.execute("DELETE FROM deals_offer")
    shop.change(None, ("deals", "amount_minor = fields.BigIntField()", "amount_minor = fields.BigIntField(null=True)"))
    shop.make()
    await migrate(filled, shop.modules())
    await filled.execute("INSERT INTO deals_offer (deal_id) SELECT id FROM deals_deal LIMIT 1")
    assert await filled.fetch("SELECT id FROM deals_offer") == [(4,)]


@sqlite
@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("    phone = ", "    city = fields.CharField(max_length=9, null=True, db_index=True)\n    phone = "),
        ("    phone = ", '    city = fields.CharField(max_length=9, db_default="x")\n    phone = '),
        ("max_length=20, db_index=True", "max_length=20"),
        ("number = fields.CharField(max_length=10)", "number = fields.CharField(max_length=10, unique=True)"),
    ],
)
async def test_what_sqlite_can_do_itself_copies_no_table(
    shop: Project, filled: Database, monkeypatch: pytest.MonkeyPatch, old: str, new: str
) -> None:
    async def refuse(*args: object) -> None:
        raise AssertionError("a rebuild")

    monkeypatch.setattr(SqliteSchemaEditor, "_rebuild", refuse)
    shop.change(None, ("clients", old, new))
    shop.make()
    assert (await migrate(filled, shop.modules())).applied


@pytest.fixture
async def numbered(shop: Project, filled: Database) -> Database:
    """Deals have a text as reference."""
    shop.change(None, ("deals", "reference = fields.IntField(", "reference = fields.CharField(max_length=20, "))
    shop.make()
    await migrate(filled, shop.modules())
    return filled


@pytest.mark.parametrize(
    ("value", "field"),
    [
        ("12x", "fields.IntField("),
        ("70000", "fields.SmallIntField("),
        ("12345", "fields.CharField(max_length=4, "),
    ],
)
async def test_value_that_does_not_fit_a_new_type_fails(
    shop: Project, numbered: Database, value: str, field: str
) -> None:
    await numbered.execute(f"UPDATE deals_deal SET reference = '{value}'")
    shop.change(None, ("deals", "fields.CharField(max_length=20, ", field))
    shop.make()
    with pytest.raises(MigrationError, match=r"deals\.0003_alter_reference_deal, Alter field reference on Deal: "):
        await migrate(numbered, shop.modules())
    assert set(await numbered.fetch("SELECT reference FROM deals_deal")) == {(value,)}


async def test_value_that_fits_a_new_type_is_converted(shop: Project, numbered: Database) -> None:
    await numbered.execute("UPDATE deals_deal SET reference = '17'")
    shop.change(None, ("deals", "fields.CharField(max_length=20, ", "fields.BigIntField("))
    shop.make()
    await migrate(numbered, shop.modules())
    assert set(await numbered.fetch("SELECT reference FROM deals_deal")) == {(17,)}


async def test_adopted_unique_constraint_can_be_dropped(shop: Project, filled: Database) -> None:
    """A database that tortoise made has constraints where ours has unique indexes."""
    name = next(index.name for index in (await read_schema(filled))["core_store"].indexes)
    await filled.execute(f'DROP INDEX "{name}"')
    if isinstance(filled.settings, SqliteSettings):
        columns = "(id CHAR(36) NOT NULL PRIMARY KEY, code VARCHAR(12) NOT NULL UNIQUE)"
        with closing(sqlite3.connect(filled.settings.path)) as other:
            other.executescript(
                f"CREATE TABLE made {columns}; INSERT INTO made SELECT * FROM core_store; DROP TABLE core_store; "
                "PRAGMA legacy_alter_table = ON; ALTER TABLE made RENAME TO core_store"
            )
    else:
        await filled.execute("ALTER TABLE core_store ADD UNIQUE (code)")
    assert [index.constraint for index in (await read_schema(filled))["core_store"].indexes] == [True]
    shop.change(None, ("core", ", unique=True", ""))
    shop.make()
    await migrate(filled, shop.modules())
    assert (await read_schema(filled))["core_store"].indexes == []
    assert await filled.fetch("SELECT count(*) FROM core_store") == [(3,)]
