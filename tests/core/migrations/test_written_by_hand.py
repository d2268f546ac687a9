"""What people write into migrations themselves."""

from __future__ import annotations

from types import MappingProxyType, SimpleNamespace
from typing import Any, cast

import pytest

from core.data.database import Database
from core.data.registry import registry
from core.migrations.compare import read_schema
from core.migrations.errors import MigrationError
from core.migrations.fresh import drift
from core.migrations.history import History
from core.migrations.migrate import migrate, pending
from core.migrations.modules import migrated
from tests.core.migrations.project import Project, fill

TEXT = """
from tortoise.migrations import Migration as TortoiseMigration
from tortoise.migrations import operations as ops


async def check(apps, editor):
    ((count,),) = await editor.fetch("SELECT count(*) FROM clients_client WHERE name = 'second;'")
    assert count == 3


class Migration(TortoiseMigration):
    dependencies = {dependencies}
    operations = [{operations}]
"""


async def test_own_sql_runs_statement_by_statement(shop: Project, database: Database) -> None:
    await migrate(database, shop.modules())
    await fill(database, shop.modules())
    sql = "UPDATE clients_client SET name = 'first'; UPDATE clients_client SET name = 'second;'"
    operations = f'ops.RunSQL("{sql}"), ops.RunPython(check)'
    text = TEXT.format(dependencies=[("clients", "0001_initial"), ("core", "__latest__")], operations=operations)
    shop.write("clients", "0002_by_hand", text)
    assert (await migrate(database, shop.modules())).applied == ("clients.0002_by_hand",)


RENAMING = """
from tortoise.migrations import Migration as TortoiseMigration
from tortoise.migrations import operations as ops


async def rename(apps, editor):
    await apps.get_model("clients.Client").all().update(name="renamed")


class Migration(TortoiseMigration):
    dependencies = [("clients", "0001_initial")]
    operations = [ops.RunPython(rename)]
"""


async def test_models_of_the_time_may_write_where_today_s_are_audited(
    shop: Project, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(registry, "audited", {"clients_client"})
    await migrate(database, shop.modules())
    await fill(database, shop.modules())
    shop.write("clients", "0002_by_hand", RENAMING)
    await migrate(database, shop.modules())
    assert {row[0] for row in await database.fetch("SELECT name FROM clients_client")} == {"renamed"}


async def test_renamed_partial_index_keeps_its_condition(shop: Project, database: Database) -> None:
    rename = 'ops.RenameIndex("Deal", "one_deal", old_name="one_open_deal_per_client")'
    shop.write("deals", "0002_by_hand", TEXT.format(dependencies=[("deals", "0001_initial")], operations=rename))
    await migrate(database, shop.modules())
    shop.change(None, ("deals", "one_open_deal_per_client", "one_deal"))
    assert shop.make(check=True) == []
    assert await drift(database, shop.modules()) == []
    assert "one_deal" in {index.name for index in (await read_schema(database))["deals_deal"].indexes}


async def test_table_that_others_point_to_is_not_dropped(shop: Project, database: Database) -> None:
    """The state of another module would still point there, so tortoise refuses as well, without a reason."""
    drop = 'ops.DeleteModel("Client")'
    shop.write("clients", "0002_by_hand", TEXT.format(dependencies=[("clients", "0001_initial")], operations=drop))
    with pytest.raises(MigrationError, match=r"clients\.Client is still referenced"):
        await migrate(database, shop.modules())


@pytest.mark.once
@pytest.mark.parametrize(
    ("dependencies", "message"),
    [
        ([("others", "0001_initial")], "the module others must be on, and before clients"),
        ([("clients", "0009_none")], r"depends on clients\.0009_none, which is not there"),
        ([], "0001_initial and 0002_by_hand both come last; make one depend on the other"),
        ([("clients", "0001_initial"), ("deals", "0002_by_hand")], "depend on each other"),
    ],
)
def test_history_that_does_not_fit_together_is_refused(
    shop: Project, dependencies: list[tuple[str, str]], message: str
) -> None:
    circle = [("deals", "0001_initial"), ("clients", "0002_by_hand")]
    shop.write("clients", "0002_by_hand", TEXT.format(dependencies=dependencies, operations=""))
    shop.write("deals", "0002_by_hand", TEXT.format(dependencies=circle, operations=""))
    with pytest.raises(MigrationError, match=message):
        History.load(shop.modules())


@pytest.mark.once
def test_file_without_a_migration_is_refused(shop: Project) -> None:
    shop.write("clients", "0002_by_hand", "x = 1\n")
    with pytest.raises(MigrationError, match=r"clients\.0002_by_hand: the file has no class Migration"):
        History.load(shop.modules())


async def test_module_without_migrations_says_what_to_do(project: Project, database: Database) -> None:
    project.change({"core": "from tortoise import fields\n"})
    with pytest.raises(MigrationError, match=r"there is no package .*\.core; run `forecourt makemigrations`"):
        await pending(database, project.modules())


DEFAULTS = """
import datetime
import decimal
import uuid

from tortoise import fields
from tortoise.fields.db_defaults import SqlDefault
from tortoise.models import Model


class Thing(Model):
    id = fields.IntField(primary_key=True)
    on = fields.DateField(db_default=datetime.date(2026, 1, 31))
    price = fields.DecimalField(max_digits=8, decimal_places=2, db_default=decimal.Decimal("1.50"))
    key = fields.UUIDField(db_default=uuid.UUID(int=7))
    text = fields.TextField(db_default="O'Neill \\\\ \\"quoted\\" 车")
    open = fields.BooleanField(db_default=True)
    data = fields.JSONField(db_default={"a": [1]})
    total = fields.BigIntField(db_default=SqlDefault("40 + 2"))
"""


async def test_every_kind_of_default_can_be_written(project: Project, database: Database) -> None:
    project.change({"things": DEFAULTS if database.dialect == "postgres" else DEFAULTS.replace("40 + 2", "(40 + 2)")})
    project.make()
    assert project.make(check=True) == []
    await migrate(database, project.modules())
    await database.execute("INSERT INTO things_thing (id) VALUES (1)")
    (row,) = await database.fetch('SELECT "on", price, "key", "text", "open", total FROM things_thing')
    assert [str(value) for value in row[:4]] == ["2026-01-31", "1.50", str(row[2]), 'O\'Neill \\ "quoted" 车']
    assert str(row[2]).endswith("0007")
    assert (row[4], row[5]) == (1, 42)


@pytest.mark.once
def test_where_migrations_of_loaded_modules_are() -> None:
    models = cast(Any, object())
    loaded = [
        SimpleNamespace(name="core", package="core", modules=MappingProxyType({"people.models": models})),
        SimpleNamespace(name="sales", package="plugins.sales", modules=MappingProxyType({"models": models})),
        SimpleNamespace(name="quiet", package="quiet", modules=MappingProxyType({"types": models})),
        SimpleNamespace(name="insurance", package="acme.insurance", modules=MappingProxyType({"models": models})),
    ]
    assert [(m.label, m.package) for m in migrated(cast(Any, loaded))] == [
        ("core", "migrations.core"),
        ("sales", "migrations.sales"),
        ("insurance", "acme.insurance.migrations"),
    ]
