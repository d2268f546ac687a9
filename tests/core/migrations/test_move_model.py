"""A model goes from one module to another with its rows, whether the other one is on or not."""

from __future__ import annotations

import pytest

from core.data.database import Database
from core.migrations.compare import read_schema
from core.migrations.fresh import drift
from core.migrations.migrate import migrate
from tests.core.migrations.conftest import NewDatabase
from tests.core.migrations.project import Contents, Project, contents, fill

_HEAD = """
from tortoise import fields
from tortoise.models import Model

from core.data.indexes import UniqueWhere
"""
_STORE = """

class Store(Model):
    id = fields.UUIDField(primary_key=True)
    code = fields.CharField(max_length=12, unique=True)
"""
_PEOPLE = """

class Person(Model):
    id = fields.UUIDField(primary_key=True)
    store = fields.ForeignKeyField("core.Store", related_name=False, on_delete=fields.RESTRICT)
    number = fields.CharField(max_length=12)
    deputy = fields.ForeignKeyField("core.Person", related_name=False, on_delete=fields.RESTRICT, null=True)

    class Meta:
        unique_together = (("store", "number"),)


class Badge(Model):
    id = fields.UUIDField(primary_key=True)
    person = fields.ForeignKeyField("core.Person", related_name=False, on_delete=fields.RESTRICT)
    line = fields.CharField(max_length=12, db_index=True)
    lost = fields.BooleanField()

    class Meta:
        indexes = [
            ("person", "id"),
            UniqueWhere(fields=("person", "line"), condition={"lost": False}, name="core_badge_live"),
        ]
"""
_KEY = 'fields.ForeignKeyField("core.Person", related_name=False, on_delete=fields.RESTRICT, null=True)'
_DESK = f"""

class Desk(Model):
    id = fields.UUIDField(primary_key=True)
    person = {_KEY}
"""
_MOVE = """
from tortoise.migrations import Migration as TortoiseMigration

from forecourt import MoveModel


class Migration(TortoiseMigration):
    dependencies = [("core", "0001_initial")]
    operations = [MoveModel("Badge", to="staff"), MoveModel("Person", to="staff")]
"""
_MOVED = {"core_person": "staff_person", "core_badge": "staff_badge"}


@pytest.fixture
def house(project: Project) -> Project:
    """Two versions: first the core has people and badges, then the module staff has."""
    project.change({"core": _HEAD + _STORE + _PEOPLE, "desks": _HEAD + _DESK})
    project.make()
    project.freeze()
    staff = (_HEAD + _PEOPLE).replace("core.Person", "staff.Person").replace("core_badge", "staff_badge")
    desks = project.sources.pop("desks").replace("core.Person", "staff.Person")
    project.change({"core": _HEAD + _STORE, "staff": staff, "desks": desks})
    project.write("core", "0002_staff", _MOVE)
    project.make(only=["staff"])
    return project


async def test_rows_go_along_and_the_schema_is_what_the_models_say(house: Project, database: Database) -> None:
    before = await _before(house, database)
    assert house.make(check=True) == []
    await migrate(database, house.modules())
    assert await contents(database) == {_MOVED.get(table, table): rows for table, rows in before.items()}
    assert await drift(database, house.modules()) == []


async def test_rows_wait_while_the_new_module_is_off(house: Project, database: Database) -> None:
    before = await _before(house, database)
    await migrate(database, house.modules(labels=["core"]))
    assert await contents(database) == {_MOVED.get(table, table): rows for table, rows in before.items()}
    assert await drift(database, house.modules(labels=["core"])) == []
    await migrate(database, house.modules())
    assert await contents(database) == {_MOVED.get(table, table): rows for table, rows in before.items()}
    assert await drift(database, house.modules()) == []


async def test_new_database_has_the_tables_of_the_modules_that_are_on_whose_old_files_stay_as_they_are(
    house: Project, new_database: NewDatabase
) -> None:
    everything = {"core_store", "desks_desk", *_MOVED.values()}
    for labels, tables in ((["core"], {"core_store"}), (["core", "staff", "desks"], everything)):
        database = await new_database()
        token = database.activate()
        await migrate(database, house.modules(labels=labels))
        assert set(await read_schema(database)) == tables
        assert await drift(database, house.modules(labels=labels)) == []
        database.deactivate(token)
        await database.close()


async def test_table_without_rows_is_made_anew_and_the_one_that_it_points_to_stays(
    house: Project, database: Database
) -> None:
    await _before(house, database)
    await database.execute("DELETE FROM core_badge")
    await migrate(database, house.modules(labels=["core"]))
    assert set(await read_schema(database)) == {"core_store", "desks_desk", "staff_person"}
    await migrate(database, house.modules())
    assert len((await contents(database))["staff_person"]) == 3
    assert await drift(database, house.modules()) == []


async def _before(house: Project, database: Database) -> Contents:
    """Fill a database of the first version."""
    old = house.modules("as_of_1", ["core", "desks"])
    await migrate(database, old)
    await fill(database, old)
    return await contents(database)
