"""What a column's values mean beside its type: migrations know it."""

from __future__ import annotations

import pytest
from tortoise.exceptions import IntegrityError

from core.data.database import Database
from core.errors import ValidationRefusal
from core.migrations.compare import read_schema
from core.migrations.errors import MigrationError
from core.migrations.fresh import drift
from core.migrations.migrate import migrate
from core.write.integrity import refusal_for
from tests.core.migrations.project import Project, fill

SEARCHED = (
    (
        "clients",
        "from core.data.indexes import",
        "from core.data.fields import FoldedField\nfrom core.data.indexes import FoldedIndex,",
    ),
    ("clients", "    points = ", '    name_search = FoldedField("name")\n    points = '),
    ("clients", "        indexes = [\n", '        indexes = [\n            FoldedIndex("name_search"),\n'),
)
NAMES = {"A\u0308nderung": "änderung", "ＡＢＣ": "abc", "Straße": "strasse"}


async def test_rows_that_were_there_get_the_folded_form_of_a_text(shop: Project, database: Database) -> None:
    await migrate(database, shop.modules())
    await fill(database, shop.modules())
    ids = [row[0] for row in await database.fetch("SELECT id FROM clients_client ORDER BY id")]
    for row_id, name in zip(ids, NAMES, strict=True):
        marks = ("?", "?") if database.dialect == "sqlite" else ("$1", "$2")
        await database.execute(f"UPDATE clients_client SET name = {marks[0]} WHERE id = {marks[1]}", (name, row_id))
    shop.change(None, *SEARCHED)
    (planned,) = shop.make()
    assert 'field=fields.TextField(null=True, description="folded form of name")' in planned.text
    await migrate(database, shop.modules())
    rows = await database.fetch("SELECT name, name_search FROM clients_client ORDER BY id")
    assert [tuple(row) for row in rows] == [("Änderung", "änderung"), ("ＡＢＣ", "abc"), ("Straße", "strasse")]
    assert ("name_search",) in [index.columns for index in (await read_schema(database))["clients_client"].indexes]
    assert await drift(database, shop.modules()) == []


@pytest.mark.postgres
async def test_the_index_of_a_folded_text_serves_what_begins_with_something(shop: Project, database: Database) -> None:
    shop.change(None, *SEARCHED)
    shop.make()
    await migrate(database, shop.modules())
    async with database.transaction():
        await database.execute("SET LOCAL enable_seqscan = off")
        sql = "EXPLAIN SELECT id FROM clients_client WHERE name_search ~>=~ 'ab' AND name_search ~<~ 'ab\U0010ffff'"
        plan = " ".join(row[0] for row in await database.fetch(sql))
    assert "Index Cond" in plan


DECIMAL = "    rate = DecimalField(digits=9, places={places}, null=True)\n    points = "


def test_a_change_of_decimal_places_is_refused(shop: Project) -> None:
    imported = (
        "clients",
        "from core.data.indexes import",
        "from core.data.fields import DecimalField\nfrom core.data.indexes import",
    )
    shop.change(None, imported, ("clients", "    points = ", DECIMAL.format(places=2)))
    (planned,) = shop.make()
    assert 'fields.BigIntField(null=True, description="decimal, 2 places")' in planned.text
    shop.change(None, ("clients", "digits=9, places=2", "digits=12, places=2"))
    assert shop.make(check=True) == []
    shop.change(None, ("clients", "digits=12, places=2", "digits=12, places=3"))
    with pytest.raises(MigrationError, match=r"decimal, 2 places.*decimal, 3 places"):
        shop.make(check=True)


LIMITED = """    rank = IntField(min=1, max=5, null=True)
    code = CharField(max_length=9, min_length=2, null=True)
    share = DecimalField(digits=4, places=2, max=1, null=True)
    points = """


async def test_the_database_keeps_values_within_their_limits(shop: Project, database: Database) -> None:
    await migrate(database, shop.modules())
    await fill(database, shop.modules())
    imported = (
        "clients",
        "from core.data.indexes import",
        "from core.data.fields import CharField, DecimalField, IntField\nfrom core.data.indexes import",
    )
    shop.change(None, imported, ("clients", "    points = ", LIMITED))
    shop.make()
    await migrate(database, shop.modules())
    await database.execute("UPDATE clients_client SET rank = 5, code = 'xx', share = 100")
    for beyond in ("rank = 0", "rank = 6", "code = 'x'", "share = 101"):
        with pytest.raises(IntegrityError) as caught:
            await database.execute(f"UPDATE clients_client SET {beyond}")
        refusal = await refusal_for(caught.value, database, {})
        assert isinstance(refusal, ValidationRefusal)
        assert refusal.details == {"rule": "check"}
    assert await drift(database, shop.modules()) == []
