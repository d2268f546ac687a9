"""The reference in docs/operations.md says what the settings models say."""

from __future__ import annotations

import importlib
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import MISSING, fields
from datetime import time
from enum import Enum
from pathlib import Path
from typing import Any

import pytest
from pydantic import BaseModel
from pydantic.fields import FieldInfo

from core.config import environment
from core.config.settings import DealerKeys, DealerSettings, LogSettings, PluginSettings, ServerSettings
from core.data.address import PostgresSettings, SqliteSettings
from core.plugins.discovery import builtin_names
from core.services.settings import CoreSettings

pytestmark = pytest.mark.once

PAGE = (Path(__file__).parents[2] / "docs" / "operations.md").read_text(encoding="utf-8")
TABLES: Mapping[str, type[BaseModel]] = {
    "server": ServerSettings,
    "log": LogSettings,
    "plugins": PluginSettings,
    "dealer": DealerSettings,
    "dealer.keys": DealerKeys,
}
NO_KEYS = {"dealer.name", "dealer.keys"}
ADDRESS_ITSELF = {"path", "host", "port", "user", "password", "database", "foreign_keys"}


def rows(heading: str, page: str = PAGE) -> dict[str, str]:
    """Return first and second cell of the table rows under a heading, or from a table's own first cell on."""
    start = page.index(heading) + len(heading)
    table = re.search(r"(?:^\|.*\n)+", page[start:], re.MULTILINE)
    assert table is not None, heading
    cells = [line.strip("|").split(" | ") for line in table[0].splitlines()[2:]]
    return {row[0].strip(" `"): row[1].strip(" `") for row in cells}


def written(value: Any) -> str:
    """Return a value as TOML has it."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, Enum):
        return written(value.value)
    if isinstance(value, Mapping):
        inside = ", ".join(f"{getattr(key, 'value', key)} = {written(item)}" for key, item in value.items())
        return f"{{ {inside} }}" if inside else "{}"
    if isinstance(value, (list, tuple)):
        return f"[{', '.join(map(written, value))}]"
    if isinstance(value, time):
        return f'"{value:%H:%M}"'
    return "none" if value is None else json.dumps(value, ensure_ascii=False) if isinstance(value, str) else f"{value}"


def default(field: FieldInfo) -> Any:
    return field.get_default(call_default_factory=True)


def keys() -> Iterator[tuple[str, FieldInfo]]:
    for table, model in TABLES.items():
        for name, field in model.model_fields.items():
            if f"{table}.{name}" not in NO_KEYS:
                yield f"{table}.{name}", field


def test_every_key_of_the_file_is_described_with_its_default() -> None:
    told = rows("### Keys of the file")
    expected = dict(keys())
    assert told.keys() == expected.keys() | {"dealer.keys.file"}
    for key, field in expected.items():
        if not field.is_required():
            plain = str(default(field)) if isinstance(default(field), (str, Path)) else written(default(field))
            assert told[key] in (plain, "empty" if plain == "" else plain), key


def test_every_environment_variable_is_described() -> None:
    expected = {environment.CONFIG, *environment.SERVER, *environment.DEALER}
    assert rows("### Environment variables").keys() == expected


@pytest.mark.parametrize("module", ["core", *builtin_names()])
def test_settings_of_a_module_are_described_with_their_defaults(module: str) -> None:
    model = CoreSettings if module == "core" else importlib.import_module(f"plugins.{module}.plugin").plugin.settings
    told = rows(f"#### {module}\n")
    assert told == {name: written(default(field)) for name, field in model.model_fields.items()}


@pytest.mark.parametrize(("heading", "kind"), [("| SQLite |", SqliteSettings), ("| PostgreSQL |", PostgresSettings)])
def test_options_of_a_database_address_are_described_with_their_defaults(heading: str, kind: Any) -> None:
    start = PAGE.index(heading)
    told = rows("\n\n", PAGE[start - 2 :])
    expected = {f.name: f.default for f in fields(kind) if f.name not in ADDRESS_ITSELF and f.default is not MISSING}
    assert told == {
        name: f"{value:g}" if isinstance(value, float) else str(value or "none") for name, value in expected.items()
    }
