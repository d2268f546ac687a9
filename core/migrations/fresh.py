"""The schema that today's models ask for, made without any migration."""

from __future__ import annotations

import tempfile
from collections.abc import Iterable
from pathlib import Path

from core.data.database import Database
from core.migrations.autodetect import Autodetector
from core.migrations.compare import Schema, differences, read_schema
from core.migrations.errors import MigrationError
from core.migrations.operations import ours
from core.migrations.run import editor_for
from core.migrations.state import MigratedModule, ProjectState, current_state

_SCRATCH = "forecourt_wanted"


async def create_all(database: Database, modules: Iterable[MigratedModule]) -> None:
    """Make the tables of today's models in an empty, active database, in one transaction.

    They are the same as migrations would leave, checks included, which tortoise's own generator leaves out.
    """
    async with database.transaction():
        await _create(database, [MigratedModule(*module) for module in modules])


async def wanted_schema(database: Database, modules: Iterable[MigratedModule]) -> Schema:
    """Return the schema that today's models ask for on a database's kind; the database stays as it is."""
    listed = [MigratedModule(*module) for module in modules]
    if database.dialect == "sqlite":
        with tempfile.TemporaryDirectory() as folder:
            scratch = Database(f"sqlite://{Path(folder) / 'wanted.db'}", options={"synchronous": "NORMAL"})
            try:
                await scratch.create()
                await scratch.open({})
                token = scratch.activate()
                try:
                    await create_all(scratch, listed)
                    return await read_schema(scratch)
                finally:
                    scratch.deactivate(token)
            finally:
                await scratch.close()
    return await _wanted_by_postgres(database, listed)


async def drift(database: Database, modules: Iterable[MigratedModule]) -> list[str]:
    """Return in words where a database differs from what today's models ask for; empty if nowhere.

    Tables of modules that are off don't count.
    """
    listed = [MigratedModule(*module) for module in modules]
    real = await read_schema(database)
    ours_begin = tuple(f"{module.label}_" for module in listed)
    return differences(
        {name: table for name, table in real.items() if name.startswith(ours_begin)},
        await wanted_schema(database, listed),
    )


class _Undo(Exception):
    """Rolls a transaction back on purpose."""


async def _wanted_by_postgres(database: Database, modules: list[MigratedModule]) -> Schema:
    schema: Schema = {}
    try:
        async with database.transaction():
            await database.execute(f"CREATE SCHEMA {_SCRATCH}")
            await database.execute(f"SET LOCAL search_path TO {_SCRATCH}")
            await _create(database, modules)
            schema = await read_schema(database)
            raise _Undo
    except _Undo:
        return schema


async def _create(database: Database, modules: list[MigratedModule]) -> None:
    detector = Autodetector(ProjectState.empty(), current_state(modules), _never_renamed, _never_removed)
    state = ProjectState.empty()
    editor = editor_for(database)
    for module in modules:
        for operation in map(ours, detector.operations(module.label)):
            before = state.clone()
            operation.state_forward(module.label, state)
            await editor.run(module.label, operation, before, state)


def _never_renamed(place: str, old: str, new: str) -> bool:
    raise MigrationError(f"{place}: an empty database has nothing to rename")


def _never_removed(place: str, old: str) -> None:
    raise MigrationError(f"{place}.{old}: an empty database has nothing to remove")
