from __future__ import annotations

import pytest

from core.data.database import Database
from core.migrations.fresh import create_all, drift
from tests.core.migrations.project import Project
from tests.core.migrations.versions import first_version

CHANGES = [
    ("ALTER TABLE deals_deal ADD COLUMN extra INT", "deals_deal: column extra is not wanted"),
    (
        "DROP INDEX one_open_deal_per_client",
        "deals_deal: index unique (client_id) where \"state\" IN ('OPEN') is missing",
    ),
    ("DROP TABLE deals_offer", "table deals_offer is missing"),
    ("CREATE TABLE deals_more (id INT)", "table deals_more is not wanted"),
    ("CREATE TABLE others_more (id INT)", None),
    ("CREATE INDEX extra ON core_store (code)", "core_store: index plain (code) is not wanted"),
]


@pytest.fixture
async def made(project: Project, database: Database) -> Database:
    """The tables of the first version."""
    project.change(first_version())
    await create_all(database, project.modules())
    return database


async def test_database_made_from_the_models_has_no_drift(project: Project, made: Database) -> None:
    assert await drift(made, project.modules()) == []


@pytest.mark.parametrize(("sql", "found"), CHANGES)
async def test_drift_is_named(project: Project, made: Database, sql: str, found: str | None) -> None:
    if made.dialect == "postgres":
        sql = sql.replace("DROP TABLE deals_offer", "DROP TABLE deals_offer CASCADE")
    await made.execute(sql)
    named = await drift(made, project.modules())
    if found is None:
        assert named == []
    elif made.dialect == "sqlite" or "where" not in found:
        assert found in named
    else:
        assert len(named) == 1
        assert named[0].startswith("deals_deal: index unique (client_id) where")


async def test_every_part_of_a_table_counts(project: Project, made: Database) -> None:
    """Nothing that a changed model changes in the database is overlooked."""
    edits = [
        ("clients", "max_length=40", "max_length=41"),
        ("clients", "points = fields.IntField(default=0)", "points = fields.IntField(null=True)"),
        ("clients", "points = fields.IntField(null=True)", "points = fields.IntField(db_default=3)"),
        ("clients", "on_delete=fields.CASCADE", "on_delete=fields.RESTRICT"),
        ("clients", '{"archived": False}', '{"archived": True}'),
        ("clients", "max_length=20, db_index=True", "max_length=20"),
        ("clients", 'unique_together = (("client", "value"),)', 'unique_together = (("value", "client"),)'),
        ("clients", "class Meta:", 'class Meta:\n        constraints = [CheckConstraint(check="1 = 1", name="c")]'),
    ]
    seen = 0
    for edit in edits:
        project.change(None, edit)
        named = await drift(made, project.modules())
        assert len(named) > seen or edit[1].startswith("points = fields.IntField(null"), (edit, named)
        seen = len(named)
