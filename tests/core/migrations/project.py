"""A project whose models change from version to version, with the migrations that follow from it."""

from __future__ import annotations

import importlib
import re
import secrets
import shutil
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any
from uuid import uuid4

from core.data.database import Database
from core.migrations.compare import read_schema
from core.migrations.history import History
from core.migrations.makemigrations import PlannedMigration, makemigrations
from core.migrations.state import MigratedModule
from core.migrations.table import Table, TableColumn, table_of

Contents = dict[str, list[dict[str, str]]]


@dataclass
class Project:
    """A package in a folder of its own; `sys.path` must hold the folder."""

    folder: Path
    package: str = field(default_factory=lambda: f"project_{secrets.token_hex(6)}")
    versions: int = 0
    sources: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.root = self.folder / self.package
        (self.root / "now").mkdir(parents=True)
        for place in (self.root, self.root / "now"):
            (place / "__init__.py").touch()

    def change(self, sources: Mapping[str, str] | None = None, *edits: tuple[str, str, str]) -> None:
        """Give the models a new version: whole sources, or edits of (module, old text, new text)."""
        self.sources |= sources or {}
        for label, old, new in edits:
            assert old in self.sources[label], old
            self.sources[label] = self.sources[label].replace(old, new)
        self.versions += 1
        place = self.root / f"v{self.versions}"
        place.mkdir()
        (place / "__init__.py").touch()
        for label, source in self.sources.items():
            (place / f"{label}.py").write_text(source)

    def modules(self, migrations: str = "now", labels: Sequence[str] | None = None) -> list[MigratedModule]:
        """Return the modules with the models of the latest version."""
        importlib.invalidate_caches()
        return [
            MigratedModule(
                label,
                [importlib.import_module(f"{self.package}.v{self.versions}.{label}")],
                f"{self.package}.{migrations}.{label}",
            )
            for label in labels or self.sources
        ]

    def make(self, **options: Any) -> list[PlannedMigration]:
        return makemigrations(self.modules(), **options)

    def write(self, label: str, name: str, text: str) -> None:
        """Add a migration by hand."""
        (self.root / "now" / label / f"{name}.py").write_text(text)

    def freeze(self) -> str:
        """Keep the migrations of now under a name of their own."""
        name = f"as_of_{self.versions}"
        shutil.copytree(self.root / "now", self.root / name, ignore=shutil.ignore_patterns("__pycache__"))
        return name

    def text(self, label: str, name: str) -> str:
        return (self.root / "now" / label / f"{name}.py").read_text()


async def fill(database: Database, modules: Iterable[MigratedModule], rows: int = 3) -> None:
    """Put rows into every table that migrations have made."""
    history = History.load(modules)
    state = history.state()
    tables = [table_of(model, state.models, database.dialect) for model in state.models.values()]
    keys: dict[str, list[Any]] = {}
    while tables:
        table = next(t for t in tables if _can_be_filled(t, keys))
        tables.remove(table)
        keys[table.name] = [await _insert(database, table, number, keys) for number in range(1, rows + 1)]


def _can_be_filled(table: Table, keys: Mapping[str, Any]) -> bool:
    return all(key.table in keys or _null(table, key.column) for key in table.foreign_keys)


def _null(table: Table, column: str) -> bool:
    found = table.column(column)
    return found is not None and found.null


async def _insert(database: Database, table: Table, number: int, keys: Mapping[str, list[Any]]) -> Any:
    values: dict[str, Any] = {}
    for column in table.columns:
        if column.generated:
            continue
        key = table.foreign_key(column.name)
        if key is None:
            values[column.name] = _sample(table, column, number)
        elif key.table in keys and key.table != table.name:
            values[column.name] = keys[key.table][number - 1]
    names = ", ".join(f'"{name}"' for name in values)
    marks = ", ".join("?" if database.dialect == "sqlite" else f"${n}" for n in range(1, len(values) + 1))
    await database.execute(f'INSERT INTO "{table.name}" ({names}) VALUES ({marks})', list(values.values()))
    (primary,) = (column for column in table.columns if column.primary)
    found = await database.fetch(f'SELECT "{primary.name}" FROM "{table.name}"')
    return values.get(primary.name, max(row[0] for row in found))


def _sample(table: Table, column: TableColumn, number: int) -> Any:
    samples: dict[str, Any] = {
        "UUIDField": uuid4(),
        "BooleanField": bool(number % 2),
        "DatetimeField": datetime(2026, 1, number, tzinfo=UTC),
        "DateField": date(2026, 1, number),
        "JSONField": f'{{"n": {number}}}',
        "FloatField": number / 2,
    }
    if column.kind in samples:
        return samples[column.kind]
    if column.kind in ("IntField", "BigIntField", "SmallIntField"):
        return number
    if column.name == "state":
        return "OPEN"
    length = re.search(r"\d+", column.type)
    return f"{number}{column.name}"[: int(length[0]) if length else None]


async def contents(database: Database) -> Contents:
    """Return every row of every table, as texts."""
    tables = await read_schema(database)
    found: Contents = {}
    for table in sorted(tables):
        names = sorted(tables[table].columns)
        listed = ", ".join(f'"{name}"' for name in names)
        (key,) = (name for name, column in tables[table].columns.items() if column.primary)
        rows = await database.fetch(f'SELECT {listed} FROM "{table}" ORDER BY "{key}"')
        found[table] = [dict(zip(names, map(str, row), strict=True)) for row in rows]
    return found
