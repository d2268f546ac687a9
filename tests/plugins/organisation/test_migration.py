"""A database of a version in which the kernel had the organisation goes on with every row where it belongs."""

from __future__ import annotations

import json
import secrets
import shutil
import sys
from collections.abc import AsyncIterator, Mapping, Sequence
from pathlib import Path
from types import MappingProxyType
from typing import Any

import pytest

from core.data.database import Database
from core.kernel import app_modules, load_modules, unconnected
from core.migrations.compare import read_schema
from core.migrations.fresh import drift
from core.migrations.migrate import migrate
from core.migrations.modules import migrated
from core.migrations.state import MigratedModule
from tests.architecture.source import ROOT
from tests.core.migrations.conftest import NewDatabase, new_database
from tests.core.migrations.project import Contents, contents, fill

__all__ = ["new_database"]  # a fixture

LAST = {"core": 5, "aftersales": 3, "customers": 5, "inventory": 3, "sales": 5, "sms_marketing": 4}
"""How many migrations each module had in the last version in which the kernel had the organisation."""
MOVED = {
    f"core_{name}": f"organisation_{name}"
    for name in ("absence", "calendar_day", "certification", "employee", "outlet", "shift")
}


@pytest.fixture
async def database(new_database: NewDatabase) -> AsyncIterator[Database]:
    database = await new_database()
    token = database.activate()
    yield database
    database.deactivate(token)


async def modules(*names: str) -> list[MigratedModule]:
    loaded = load_modules(names)
    await unconnected().open(app_modules(loaded))
    return migrated(loaded)


async def before(
    folder: Path, monkeypatch: pytest.MonkeyPatch, counts: Mapping[str, int] = MappingProxyType({"core": LAST["core"]})
) -> list[MigratedModule]:
    """Return modules as they were when they had so many migrations, in a version without the module organisation."""
    monkeypatch.syspath_prepend(str(folder))
    monkeypatch.setattr(sys, "dont_write_bytecode", True)
    package = folder / f"as_of_{secrets.token_hex(6)}"
    for name, count in counts.items():
        files = sorted((ROOT / "migrations" / name).glob("0*.py"))[:count]
        (package / name).mkdir(parents=True)
        for file in (ROOT / "migrations" / "__init__.py", *files):
            shutil.copy(file, package / name)
    (package / "__init__.py").touch()
    now = await modules("organisation", *(name for name in counts if name != "core"))
    return [one._replace(package=f"{package.name}.{one.label}") for one in now if one.label in counts]


def renamed(rows: Contents) -> Contents:
    return {MOVED.get(table, table): found for table, found in rows.items()}


def without_hours(rows: Contents) -> Contents:
    """Leave out the hours of stores, which are settings since."""
    for store in rows["core_store"]:
        del store["business_hours"], store["quiet_hours"]
    return rows


@pytest.mark.parametrize(
    "counts",
    [*({"core": count} for count in range(1, LAST["core"])), LAST],
    ids=lambda counts: "-".join(map(str, counts.values())),
)
async def test_every_row_of_every_version_is_where_it_belongs(
    counts: Mapping[str, int], database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    old = await before(tmp_path, monkeypatch, counts)
    await migrate(database, old)
    await fill(database, old)
    rows = without_hours(renamed(await contents(database)))
    assert all(len(rows[table]) == 3 for table in MOVED.values())
    now = await modules("organisation", *(name for name in counts if name != "core"))
    await migrate(database, now)
    after = await contents(database)
    after["core_setting"] = [row for row in after["core_setting"] if row["module"] != "organisation"]
    for table, found in rows.items():
        assert [{name: row[name] for name in found[0]} for row in after[table]] == found
    assert await drift(database, now) == []


async def test_rows_wait_for_the_organisation_where_it_is_off(
    database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    old = await before(tmp_path, monkeypatch)
    await migrate(database, old)
    await fill(database, old)
    rows = renamed(await contents(database))
    for names in ((), ("organisation",)):
        now = await modules(*names)
        await migrate(database, now)
        after = await contents(database)
        assert {table: after[table] for table in MOVED.values()} == {table: rows[table] for table in MOVED.values()}
        assert await drift(database, now) == []


async def test_kernel_alone_has_no_table_of_the_organisation(database: Database) -> None:
    await migrate(database, await modules())
    assert {table.partition("_")[0] for table in await read_schema(database)} == {"core"}
    assert not set(MOVED) & set(await read_schema(database))


async def _filled(database: Database, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    old = await before(folder, monkeypatch)
    await migrate(database, old)
    await fill(database, old)


async def _put(database: Database, table: str, **values: Any) -> None:
    """Change all rows of a table."""
    sqlite = database.dialect == "sqlite"
    marks = ", ".join(f'"{name}" = {"?" if sqlite else f"${n}"}' for n, name in enumerate(values, start=1))
    await database.execute(f"UPDATE {table} SET {marks}", list(values.values()))


async def _first(database: Database, table: str, *columns: str) -> Sequence[Any]:
    """Return columns of one row, JSON read."""
    row: Sequence[Any] = (await database.fetch(f"SELECT {', '.join(columns)} FROM {table} LIMIT 1"))[0]
    return [json.loads(value) if isinstance(value, str) and value[:1] in "[{" else value for value in row]


async def test_stored_names_follow(database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    await _filled(database, tmp_path, monkeypatch)
    rights = {"core.employee.read": "STORE", "core.team.read": "STORE", "core.outlet.update": "GROUP"}
    declared = {"title": {"en": "Manager"}, "permissions": rights}
    await _put(database, "core_role", permissions=json.dumps(rights), declared=json.dumps(declared))
    await _put(database, "core_permission_grant", permission="core.absence.create")
    await _put(database, "core_idempotency_record", outcome='[["core.Employee", "x", 1], ["core.User", "y", 2]]')
    await _put(database, "core_outbox_event", type="core.row_changed", data='{"entity": "Shift", "module": "core"}')
    await migrate(database, await modules("organisation"))
    now = {"organisation.employee.read": "STORE", "core.team.read": "STORE", "organisation.outlet.update": "GROUP"}
    assert await _first(database, "core_role", "permissions", "declared") == [now, {**declared, "permissions": now}]
    assert await _first(database, "core_permission_grant", "permission") == ["organisation.absence.create"]
    outcome = [["organisation.Employee", "x", 1], ["core.User", "y", 2]]
    assert await _first(database, "core_idempotency_record", "outcome") == [outcome]
    assert await _first(database, "core_outbox_event", "data") == [{"entity": "Shift", "module": "organisation"}]


async def test_events_and_what_is_sealed(database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    await _filled(database, tmp_path, monkeypatch)
    await _put(database, "core_audit_entry", module="core", entity="Employee")
    await _put(database, "core_outbox_event", type="core.outlet_moved", aggregate_type="core.outlet")
    await migrate(database, await modules("organisation"))
    moved = await _first(database, "core_outbox_event", "type", "aggregate_type")
    assert moved == ["organisation.outlet_moved", "organisation.outlet"]
    assert await _first(database, "core_audit_entry", "module", "entity") == ["core", "Employee"]


async def test_code_lists_and_settings_follow(
    database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    await _filled(database, tmp_path, monkeypatch)
    await database.execute("UPDATE core_code_set SET name = 'core.absence_kind', module = 'core' WHERE name = '1name'")
    await database.execute("UPDATE core_setting SET module = 'core', key = 'country' WHERE module = '1module'")
    await database.execute("UPDATE core_setting SET module = 'core', key = 'look_ups_per_day' WHERE module = '2module'")
    await migrate(database, await modules("organisation"))
    sets = [tuple(row) for row in await database.fetch("SELECT name, module FROM core_code_set ORDER BY name LIMIT 2")]
    assert sets == [("2name", "2module"), ("3name", "3module")]
    assert await database.fetch("SELECT 1 FROM core_code_set WHERE name = 'organisation.absence_kind'")
    found = await database.fetch("SELECT module, key FROM core_setting WHERE key IN ('country', 'look_ups_per_day')")
    assert {tuple(row) for row in found} == {("organisation", "country"), ("core", "look_ups_per_day")}


async def test_hours_of_a_store_become_what_the_store_has_set(
    database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    await _filled(database, tmp_path, monkeypatch)
    hours = [{"days": [6], "from": "10:00", "to": "20:00"}]
    await _put(database, "core_store", business_hours=json.dumps(hours), quiet_hours="[]")
    ((store,),) = await database.fetch("SELECT id FROM core_store ORDER BY id LIMIT 1")
    # The store's own hours came before the setting.
    await database.execute(
        f"UPDATE core_setting SET module = 'core', key = 'business_hours', store_key = '{store}' "
        "WHERE module = '1module'"
    )
    await migrate(database, await modules("organisation"))
    found = await database.fetch(
        "SELECT store_key, key, boxed, archived_at FROM core_setting WHERE module = 'organisation'"
    )
    assert len(found) == 3
    assert {row[0] for row in found} >= {str(store)}
    for _, key, boxed, archived in found:
        assert (key, json.loads(boxed), archived) == ("business_hours", {"value": hours}, None)
