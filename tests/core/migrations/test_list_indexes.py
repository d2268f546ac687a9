"""Which foreign keys get an index because a list of the API runs over them."""

from __future__ import annotations

import itertools
import sys
import textwrap
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from core.data.database import Database
from core.errors import PluginError
from core.kernel import app_modules, load_modules, unconnected
from core.migrations.compare import read_schema
from core.migrations.fresh import create_all, drift
from core.migrations.modules import migrated
from core.migrations.state import current_state
from core.plugins.loader import LoadedModules

PLUGIN = """
from forecourt import Manifest

plugin = Manifest(name="{name}", version="1.0", api=">=1,<2", title={{"en": "Made"}}, requires={requires})
"""
MODELS = """
from forecourt import IndexWhere, Model, UniqueWhere, fields


class {parent}(Model):
    name = fields.CharField(max_length=20)


class {child}(Model):
    horse = fields.ForeignKeyField("{name}.{parent}"{options})
    on = fields.DateField()
    state = fields.CharField(max_length=10, default="OPEN")
    {body}
"""
TYPES = """
from datetime import date
from forecourt.graphql import Connection, entity
from {name} import models


@entity(models.{parent})
class {parent}:
    name: str
    {rides}


@entity(models.{child}, create=False)
class {child}:
    on: date
"""
EXTENSION = """
from forecourt.graphql import Connection, extend
from {base}.types import {child}, {parent}


@extend({parent})
class More:
    rides: Connection[{child}]
"""
_numbers = itertools.count()
Make = Callable[..., str]


@pytest.fixture
def make(tmp_path: Path) -> Iterator[Make]:
    """Makes a plugin of a parent and a child, with names that the process has not seen yet."""
    made: list[str] = []

    def write(name: str, **files: str) -> str:
        made.append(name)
        (tmp_path / name).mkdir()
        for file, text in {"__init__": "", **files}.items():
            (tmp_path / name / f"{file}.py").write_text(text)
        return name

    def plugin(body: str = "", options: str = "", *, listed: bool = True, extended: bool = False) -> str:
        number = next(_numbers)
        names = {"name": f"stable{number}", "parent": f"Horse{number}", "child": f"Ride{number}"}
        rides = f'rides: "Connection[{names["child"]}]"' if listed else ""
        write(
            names["name"],
            plugin=PLUGIN.format(requires=[], **names),
            models=MODELS.format(body=textwrap.indent(textwrap.dedent(body), "    ").strip(), options=options, **names),
            types=TYPES.format(rides=rides, **names),
        )
        if extended:
            other = f"other{number}"
            extension = EXTENSION.format(base=names["name"], **names)
            write(other, plugin=PLUGIN.format(name=other, requires=[names["name"]]), types=extension)
        return names["name"]

    yield plugin
    for name in [n for n in sys.modules if n.partition(".")[0] in made]:
        del sys.modules[name]


async def opened(folder: Path, *names: str) -> LoadedModules:
    loaded = load_modules(names, folders=[folder])
    await unconnected().open(app_modules(loaded))
    return loaded


def indexed(loaded: LoadedModules, name: str) -> list[tuple[str, ...]]:
    """Return the indexes without a name of a plugin's child, those of the rule among them."""
    models = current_state(migrated(loaded)).models
    (child,) = (model for (app, model), _ in models.items() if app == name and model.startswith("Ride"))
    return [tuple(index.fields) for index in models[name, child].options.get("indexes", ()) if not index.name]


@pytest.mark.once
@pytest.mark.parametrize(
    ("meta", "served"),
    [
        ('unique_together = (("horse", "on"),)', True),
        ('unique_together = (("on", "horse"),)', False),
        ('indexes = (IndexWhere(fields=("horse_id", "on"), condition={"archived_at": None}, name="live_ride"),)', True),
        ('indexes = (UniqueWhere(fields=("horse",), condition={"horse__isnull": False}, name="any_ride"),)', True),
        ('indexes = (UniqueWhere(fields=("horse",), condition={"state": "OPEN"}, name="open_ride"),)', False),
        (
            'indexes = (IndexWhere(fields=("horse",), condition={"archived_at": None, "on": None}, name="soon"),)',
            False,
        ),
    ],
)
async def test_declared_index_that_serves_the_list_is_enough(
    make: Make, tmp_path: Path, meta: str, served: bool
) -> None:
    name = make(f"class Meta:\n    {meta}")
    assert indexed(await opened(tmp_path, name), name) == ([] if served else [("horse", "id")])


@pytest.mark.once
@pytest.mark.parametrize("option", ["db_index=True", "unique=True"])
async def test_indexed_or_unique_key_is_enough(make: Make, tmp_path: Path, option: str) -> None:
    name = make(options=f", {option}")
    assert indexed(await opened(tmp_path, name), name) == []


@pytest.mark.once
async def test_key_without_a_list_gets_no_index(make: Make, tmp_path: Path) -> None:
    name = make(listed=False)
    assert indexed(await opened(tmp_path, name), name) == []


@pytest.mark.once
async def test_list_of_another_module_makes_no_index(make: Make, tmp_path: Path) -> None:
    name = make(listed=False, extended=True)
    loaded = await opened(tmp_path, name, name.replace("stable", "other"))
    assert indexed(loaded, name) == []


@pytest.mark.once
async def test_model_can_say_that_a_key_needs_none(make: Make, tmp_path: Path) -> None:
    name = make('unindexed_keys = ("horse",)')
    assert indexed(await opened(tmp_path, name), name) == []


@pytest.mark.once
async def test_unindexed_keys_are_foreign_keys(make: Make, tmp_path: Path) -> None:
    name = make('unindexed_keys = ("hrose",)')
    with pytest.raises(PluginError, match=r"Ride\d+\.unindexed_keys names hrose, no foreign key of it"):
        await opened(tmp_path, name)


async def test_tables_have_the_index(make: Make, tmp_path: Path, database: Database) -> None:
    loaded = load_modules([make()], folders=[tmp_path])
    await database.open(app_modules(loaded))
    await create_all(database, migrated(loaded))
    assert await drift(database, migrated(loaded)) == []
    (child,) = (table for name, table in (await read_schema(database)).items() if "_ride" in name)
    assert ("horse_id", "id") in [index.columns for index in child.indexes]
    named = next(index.name for index in child.indexes if index.columns == ("horse_id", "id"))
    await database.execute(f'DROP INDEX "{named}"')
    assert "index plain (horse_id, id) is missing" in str(await drift(database, migrated(loaded)))
