"""A filled database goes from each version to the newest: no row is lost, and the schema is that of a new one."""

from __future__ import annotations

from core.data.database import Database
from core.migrations.compare import differences, read_schema
from core.migrations.fresh import drift, wanted_schema
from core.migrations.migrate import migrate, pending
from tests.core.migrations.conftest import NewDatabase
from tests.core.migrations.project import Contents, Project, contents, fill
from tests.core.migrations.versions import STEPS

DROPPED = ("note", "household_id")


def grow(shop: Project) -> list[str]:
    """Make all versions, and return the names of their migrations."""
    versions = [shop.freeze()]
    for step in STEPS:
        shop.change(None, *step.edits)
        made = shop.make(**step.options)
        assert bool(made) == (step.data is None), step.what
        if step.data:
            after = max(p.stem for p in (shop.root / "now" / "clients").glob("0*.py"))
            shop.write("clients", f"{int(after[:4]) + 1:04d}_data", step.data.format(after=after))
        versions.append(shop.freeze())
    return versions


async def test_from_every_version_no_row_is_lost_and_schema_is_that_of_a_new_database(
    shop: Project, new_database: NewDatabase
) -> None:
    versions = grow(shop)
    assert shop.make(check=True) == []
    for number, version in enumerate(versions):
        database = await new_database()
        token = database.activate()
        await migrate(database, shop.modules(version))
        await fill(database, shop.modules(version))
        before = await contents(database)
        await migrate(database, shop.modules(versions[-1]))
        after = await contents(database)
        assert await drift(database, shop.modules()) == [], STEPS[number - 1].what
        assert await pending(database, shop.modules(versions[-1])) == []
        compare_rows(before, after)
        filled_by_data_migration = number <= [step.data is not None for step in STEPS].index(True)
        for client in after["clients_client"] if filled_by_data_migration else ():
            assert client["initial"] == client["name"][0]
        database.deactivate(token)
        await database.close()


def compare_rows(before: Contents, after: Contents) -> None:
    """Make sure that each row is there with each value of a column that is there."""
    assert set(before) - set(after) <= {"clients_contact", "clients_household"}
    for table, rows in before.items():
        now = after.get({"clients_contact": "clients_contact_point"}.get(table, table), [])
        if table == "clients_household":
            continue
        assert len(now) == len(rows) == 3, table
        for old, new in zip(rows, now, strict=True):
            old = {{"phone": "mobile", "archived": "hidden"}.get(name, name): value for name, value in old.items()}
            assert old.items() - new.items() <= {item for item in old.items() if item[0] in DROPPED}, table


async def test_tables_of_models_equal_those_of_migrations(shop: Project, database: Database) -> None:
    await migrate(database, shop.modules())
    assert differences(await read_schema(database), await wanted_schema(database, shop.modules())) == []
    assert "clients_client" in await read_schema(database)


RECORDS = """
from core.data import fields
from core.data.fields import MoneyField, ProtectedField
from core.data.model import GroupModel, Model


class Policy(Model):
    number = fields.CharField(max_length=40)
    premium = MoneyField()
    phone = ProtectedField("phone", search=True, last4=True)

    class Meta:
        unique_together = (("store", "number"),)


class Insurer(GroupModel):
    name = fields.CharField(max_length=40, unique=True)
"""
STORE = """
from core.data import fields
from core.data.model import GroupModel


class Store(GroupModel):
    code = fields.CharField(max_length=12)
"""


async def test_models_on_the_bases_of_the_kernel_can_be_migrated(project: Project, database: Database) -> None:
    project.change({"core": STORE, "insurance": RECORDS})
    project.make()
    await migrate(database, project.modules())
    await fill(database, project.modules())
    project.change(None, ("insurance", "    premium", "    discount = MoneyField(null=True)\n    premium"))
    project.make()
    assert await pending(database, project.modules()) == ["insurance.0002_add_discount_minor_policy_and_more"]
    await migrate(database, project.modules())
    assert await drift(database, project.modules()) == []
    assert len(await database.fetch("SELECT premium_minor, premium_currency, phone_index FROM insurance_policy")) == 3


CIRCLE = """
from tortoise import fields
from tortoise.models import Model


class Deal(Model):
    id = fields.UUIDField(primary_key=True)
    best = fields.ForeignKeyField("deals.Offer", related_name=False, null=True)

    class Meta:
        indexes = (("best", "id"),)
        unique_together = (("id", "best"),)


class Offer(Model):
    id = fields.UUIDField(primary_key=True)
    deal = fields.ForeignKeyField("deals.Deal", related_name=False)

    class Meta:
        indexes = (("deal", "id"),)
"""


async def test_models_in_a_circle_may_index_their_keys(project: Project, database: Database) -> None:
    project.change({"deals": CIRCLE})
    project.make()
    await migrate(database, project.modules())
    assert await drift(database, project.modules()) == []
    assert ("best_id", "id") in [index.columns for index in (await read_schema(database))["deals_deal"].indexes]


async def test_tables_are_looked_at_when_something_has_changed(shop: Project, database: Database) -> None:
    await migrate(database, shop.modules())
    await fill(database, shop.modules())
    assert await looked_at(database) == set()
    await migrate(database, shop.modules())
    assert await looked_at(database) == set()
    shop.change(None, *STEPS[0].edits)
    shop.make()
    await migrate(database, shop.modules())
    assert {"clients_client", "deals_deal"} <= await looked_at(database)


_COUNTED = "SELECT tablename FROM pg_stats WHERE schemaname = current_schema()"


async def looked_at(database: Database) -> set[str]:
    """Return the tables that the database has counted rows of."""
    if database.dialect == "postgres":
        return {row[0] for row in await database.fetch(_COUNTED)} - {"tortoise_migrations"}
    if not await database.fetch("SELECT 1 FROM sqlite_master WHERE name = 'sqlite_stat1'"):
        return set()
    return {row[0] for row in await database.fetch("SELECT DISTINCT tbl FROM sqlite_stat1")} - {"tortoise_migrations"}
