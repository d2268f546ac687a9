"""Writes migrations as Python files, the same text for the same changes."""

from __future__ import annotations

import importlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, time
from decimal import Decimal
from pathlib import Path
from typing import Any, Final
from uuid import UUID

from tortoise.fields import Field, OnDelete
from tortoise.fields.db_defaults import SqlDefault
from tortoise.fields.relational import ForeignKeyFieldInstance
from tortoise.indexes import Index
from tortoise.migrations import operations as ops
from tortoise.migrations.constraints import CheckConstraint, UniqueConstraint
from tortoise.migrations.operations import Operation

from core.data.indexes import FoldedIndex, IndexWhere
from core.migrations.errors import MigrationError
from core.migrations.freeze import describe

_WIDTH: Final = 120
# A plugin's history must outlive the kernel's inner shape, so it names what the SDK exports.
_SDK: Final = "forecourt"


@dataclass(slots=True)
class _Imports:
    names: dict[str, set[str]] = field(default_factory=dict)

    def add(self, module: str, name: str) -> str:
        self.names.setdefault(module, set()).add(name)
        return name

    def lines(self) -> list[str]:
        ordered = sorted(self.names.items(), key=lambda item: (item[0] == _SDK, item[0]))
        lines = [f"from {module} import {', '.join(sorted(names))}" for module, names in ordered]
        own = [line for line in lines if line.startswith(f"from {_SDK} ")]
        return [line for line in lines if line not in own] + (["", *own] if own else [])


def migration_text(operations: Iterable[Operation], dependencies: Iterable[tuple[str, str]], *, initial: bool) -> str:
    """Return the text of a migration's file."""
    imports = _Imports()
    imports.add("tortoise.migrations", "Migration as TortoiseMigration")
    imports.add("tortoise.migrations", "operations as ops")
    body = [_call(_operation(operation, imports), 8) for operation in operations]
    listed = ", ".join(f'("{label}", "{name}")' for label, name in dependencies)
    lines = [*imports.lines(), "", "", "class Migration(TortoiseMigration):"]
    if listed:
        lines.append(f"    dependencies = [{listed}]")
    if initial:
        lines.append("    initial = True")
    lines += ["    operations = [", *(f"{' ' * 8}{text}," for text in body), "    ]", ""]
    return "\n".join(lines)


@dataclass(frozen=True, slots=True)
class _Call:
    name: str
    arguments: Mapping[str, Any]  # texts, calls, lists or mappings of them; "" names the positional one


def _call(value: Any, indent: int, before: str = "") -> str:
    """Return a call, list or mapping on one line if it fits, else one part a line.

    Args:
        before: What stands before it on its line.
    """
    flat = before + _flat(value)
    if indent + len(flat) < _WIDTH or not isinstance(value, (_Call, list, dict, tuple)):
        return flat
    opening, closing = "(", ")"
    if isinstance(value, _Call):
        opening = f"{value.name}("
        parts = [_call(part, indent + 4, _keyword(key)) for key, part in value.arguments.items()]
    elif isinstance(value, dict):
        opening, closing = "{", "}"
        parts = [_call(part, indent + 4, f'"{key}": ') for key, part in value.items()]
    else:
        if isinstance(value, list):
            opening, closing = "[", "]"
        parts = [_call(part, indent + 4) for part in value]
    listed = "".join(f"{' ' * (indent + 4)}{part},\n" for part in parts)
    return f"{before}{opening}\n{listed}{' ' * indent}{closing}"


def _keyword(key: str) -> str:
    return f"{key}=" if key else ""


def _flat(value: Any) -> str:
    if isinstance(value, _Call):
        return f"{value.name}({', '.join(_keyword(key) + _flat(part) for key, part in value.arguments.items())})"
    if isinstance(value, dict):
        return "{" + ", ".join(f'"{key}": {_flat(part)}' for key, part in value.items()) + "}"
    if isinstance(value, list):
        return f"[{', '.join(map(_flat, value))}]"
    if isinstance(value, tuple):
        return f"({', '.join(map(_flat, value))}{',' if len(value) == 1 else ''})"
    return str(value)


def _operation(operation: Operation, imports: _Imports) -> _Call:
    name = f"ops.{type(operation).__name__}"
    if isinstance(operation, ops.CreateModel):
        fields = [(_value(key, imports), _field(key, made, imports)) for key, made in operation.fields]
        options = {key: _option(value, imports) for key, value in (operation.options or {}).items()}
        return _Call(name, {"name": _value(operation.name, imports), "fields": fields, "options": options})
    if isinstance(operation, (ops.AddField, ops.AlterField)):
        made = _field(operation.name, operation.field, imports)
        return _Call(name, {**_named(operation, imports, "model_name", "name"), "field": made})
    if isinstance(operation, ops.AddIndex):
        return _Call(name, {**_named(operation, imports, "model_name"), "index": _option(operation.index, imports)})
    if isinstance(operation, ops.AddConstraint):
        constraint = _option(operation.constraint, imports)
        return _Call(name, {**_named(operation, imports, "model_name"), "constraint": constraint})
    for kind, names in _PLAIN.items():
        if isinstance(operation, kind):
            return _Call(name, _named(operation, imports, *names))
    raise MigrationError(f"{name} can't be written to a file")


_PLAIN: Final[dict[type[Operation], tuple[str, ...]]] = {
    ops.DeleteModel: ("name",),
    ops.RenameModel: ("old_name", "new_name"),
    ops.RemoveField: ("model_name", "name"),
    ops.RenameField: ("model_name", "old_name", "new_name"),
    ops.RemoveIndex: ("model_name", "name", "fields"),
    ops.RemoveConstraint: ("model_name", "name", "fields"),
}


def _named(operation: Operation, imports: _Imports, *names: str) -> dict[str, Any]:
    values = {name: getattr(operation, name) for name in names}
    return {name: _value(value, imports) for name, value in values.items() if value is not None}


def _field(name: str, made: Any, imports: _Imports) -> _Call:
    assert isinstance(made, Field)
    frozen = describe("", name, made)
    kind = frozen.kind.__name__.removesuffix("Instance")
    imports.add("tortoise", "fields")
    arguments: dict[str, Any] = {}
    for key, value in frozen.arguments.items():
        if isinstance(made, ForeignKeyFieldInstance) and key == "on_delete":
            arguments[key] = f"fields.{OnDelete(value).name}"
        else:
            arguments["" if key == "model_name" else key] = _value(value, imports)
    return _Call(f"fields.{kind}", arguments)


def _option(value: Any, imports: _Imports) -> Any:
    if isinstance(value, IndexWhere | FoldedIndex):
        imports.add(_SDK, type(value).__name__)
        return _declared(value, imports)
    if isinstance(value, Index):
        imports.add(type(value).__module__, type(value).__name__)
        return _declared(value, imports)
    if isinstance(value, (UniqueConstraint, CheckConstraint)):
        imports.add("tortoise.migrations.constraints", type(value).__name__)
        return _declared(value, imports)
    if isinstance(value, (list, tuple)):
        return [_option(item, imports) for item in value] if _holds_objects(value) else _value(value, imports)
    return _value(value, imports)


def _holds_objects(values: Iterable[Any]) -> bool:
    return any(not isinstance(value, str) for value in values)


def _declared(value: Index | UniqueConstraint | CheckConstraint, imports: _Imports) -> _Call:
    _, _, arguments = value.deconstruct()
    return _Call(
        type(value).__name__,
        {key: _value(argument, imports) for key, argument in arguments.items() if argument is not None},
    )


def _value(value: Any, imports: _Imports) -> Any:
    if isinstance(value, SqlDefault):
        kind = imports.add("tortoise.fields.db_defaults", type(value).__name__)
        return f"{kind}({value.sql!r})" if type(value) is SqlDefault else f"{kind}()"
    if isinstance(value, tuple):
        return tuple(_value(item, imports) for item in value)
    if isinstance(value, list):
        return [_value(item, imports) for item in value]
    if isinstance(value, dict):
        return {key: _value(item, imports) for key, item in value.items()}
    if isinstance(value, str):
        return json.dumps(value, ensure_ascii=False)  # Python reads it the same
    if value is None or isinstance(value, (bool, int, float)):
        return repr(value)
    kind = imports.add(type(value).__module__, type(value).__name__)
    if isinstance(value, (date, time)):
        return f'{kind}.fromisoformat("{value.isoformat()}")'
    if isinstance(value, (Decimal, UUID)):
        return f'{kind}("{value}")'
    raise MigrationError(f"a default of {kind} can't be written to a migration")


def package_folder(package: str) -> Path:
    """Return the folder of a migrations package, which need not be there yet.

    Raises:
        MigrationError: The package around it can't be imported.
    """
    parent, _, name = package.rpartition(".")
    if not parent:
        raise MigrationError(f"the migrations package {package} must lie inside another package")
    try:
        around = importlib.import_module(parent)
    except ModuleNotFoundError as error:
        raise MigrationError(f"there is no package {parent} for {package}") from error
    return Path(next(iter(around.__path__))) / name


def write(package: str, name: str, text: str) -> Path:
    """Write a migration's file and, the first time, its package; return the file's path."""
    folder = package_folder(package)
    folder.mkdir(exist_ok=True)
    marker = folder / "__init__.py"
    if not marker.exists():
        marker.write_text("", encoding="utf-8")
    path = folder / f"{name}.py"
    path.write_text(text, encoding="utf-8")
    return path
