"""`forecourt makemigrations`: writes what is missing between the models and their migrations."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from tortoise.migrations import operations as ops
from tortoise.migrations.operations import Operation

from core.migrations.autodetect import Autodetector, dependencies
from core.migrations.errors import MigrationError
from core.migrations.history import History
from core.migrations.state import MigratedModule, ProjectState, current_state
from core.migrations.table import DIALECTS, table_of
from core.migrations.writer import migration_text, write

Ask = Callable[[str], bool]
"""Shows a person a question and returns whether he says yes."""

_LONGEST_NAME: Final = 60


class RenameQuestionError(MigrationError):
    """Something is gone and something like it is new: only a person knows whether it was renamed."""

    code = "MIGRATION_RENAME"


class RemovalQuestionError(MigrationError):
    """Something is gone, and its values would be: only a person knows whether that is meant."""

    code = "MIGRATION_REMOVAL"


@dataclass(frozen=True, slots=True)
class PlannedMigration:
    """A migration that models need and that is not written yet, or was written just now.

    Attributes:
        changes: Each in words, such as `add field birthday to Customer`.
        path: Its file; None if it was only looked for.
    """

    module: str
    name: str
    changes: tuple[str, ...]
    text: str
    path: Path | None = None

    def __str__(self) -> str:
        return f"{self.module}.{self.name}: {'; '.join(self.changes)}"


@dataclass(slots=True)
class Answers:
    """What is said about renames and removals before anybody asks.

    Attributes:
        renames: `old:new`, or with more of the place to be exact: `Order.old:new`, `sales.Order.old:new`.
        removals: Fields and models that are gone, in the same form: `old`, `Order.old`, `sales.Order`.
        ask: Asks what these don't say; without it such a question is an error.
    """

    renames: Sequence[str] = ()
    removals: Sequence[str] = ()
    ask: Ask | None = None

    def renamed(self, place: str, old: str, new: str) -> bool:
        """Tell whether `old` of a module or model is called `new` now.

        Raises:
            RenameQuestionError: Nobody says.
        """
        full = f"{place}.{old}"
        for rename in self.renames:
            was, _, now = rename.partition(":")
            if _names(was, full) and now == new:
                return True
        if any(_names(was.partition(":")[0], full) for was in (*self.renames, *self.removals)):
            return False
        if self.ask is not None:
            return self.ask(f"Was {full} renamed to {new}? Its values are kept if so.")
        raise RenameQuestionError(
            f"{full} is gone and {new} is new: say --rename {full}:{new} if it was renamed (its values are kept), "
            f"or --remove {full} if it is gone for good (its values are removed)"
        )

    def removed(self, place: str, old: str) -> None:
        """Make sure that `old` of a module or model is gone for good.

        Raises:
            RemovalQuestionError: It isn't, or nobody says.
        """
        full = f"{place}.{old}"
        if any(_names(said, full) for said in self.removals):
            return
        if self.ask is None:
            raise RemovalQuestionError(
                f"{full} is gone from the models: say --remove {full} if it is gone for good (its values are removed), "
                f"or --rename {full}:NEW if it is called NEW now (its values are kept)"
            )
        if not self.ask(f"{full} is gone from the models. Remove it with all its values?"):
            raise RemovalQuestionError(f"{full} is to stay: put it back into the models; nothing was written")


def makemigrations(
    modules: Iterable[MigratedModule],
    *,
    check: bool = False,
    name: str | None = None,
    renames: Sequence[str] = (),
    removals: Sequence[str] = (),
    ask: Ask | None = None,
    only: Iterable[str] | None = None,
) -> list[PlannedMigration]:
    """Compare models with migrations and write what is missing.

    Args:
        modules: In the order of the plugins; a key may point to an earlier module only.
        check: Write nothing; a result that is not empty means that models and migrations differ.
        name: What the new migrations are called after their number; made from the changes without it.
        renames: See `Answers`.
        removals: See `Answers`.
        ask: See `Answers`.
        only: Labels of the modules to write for, such as a plugin's own; all without it.

    Returns:
        What was written, or would be, in the order of the modules; empty if nothing differs.

    Raises:
        RenameQuestionError: Something may have been renamed, and nobody says.
        RemovalQuestionError: Something is gone, and nobody says that it is gone for good.
        MigrationError: A change that can't be made without losing values; the message says what would do.
    """
    listed = [MigratedModule(*module) for module in modules]
    wanted = {module.label for module in listed} if only is None else set(only)
    planned = list(_plan(listed, name, Answers(renames, removals, ask), wanted))
    if check:
        return planned
    packages = {module.label: module.package for module in listed}
    return [replace(p, path=write(packages[p.module], p.name, p.text)) for p in planned]


def _plan(
    modules: Sequence[MigratedModule], name: str | None, answers: Answers, wanted: set[str]
) -> Iterator[PlannedMigration]:
    history = History.load(modules, allow_missing=True)
    today = current_state(modules)
    _require_sound(today)
    detector = Autodetector(history.state(), today, answers.renamed, answers.removed)
    latest = {m.label: key.name for m in modules if (key := history.latest(m.label)) is not None}
    for module in modules:
        operations = detector.operations(module.label)
        if not operations or module.label not in wanted:
            continue
        needs = dependencies(module.label, operations, latest)
        new = _next_name(latest.get(module.label), name, operations)
        text = migration_text(operations, needs, initial=module.label not in latest)
        latest[module.label] = new
        yield PlannedMigration(module.label, new, tuple(map(_in_words, operations)), text)


def _require_sound(state: ProjectState) -> None:
    """Refuse what no database could make: fields that are not there, names that are taken.

    Raises:
        MigrationError: The message names both places.
    """
    for dialect in DIALECTS:
        places: dict[str, str] = {}
        for (label, name), model in sorted(state.models.items()):
            table = table_of(model, state.models, dialect)
            for made in (table.name, *(index.name for index in table.indexes)):
                other = places.setdefault(made, f"{label}.{name}")
                if other != f"{label}.{name}":
                    raise MigrationError(
                        f"{other} and {label}.{name} both make {made}; the database has one name space"
                    )


def _names(said: str, full: str) -> bool:
    """Tell whether what a person said is the end of a full name."""
    return full == said or full.endswith(f".{said}")


def _next_name(last: str | None, name: str | None, operations: Sequence[Operation]) -> str:
    number = 1
    if last is not None:
        match = re.match(r"\d+", last)
        number = int(match[0]) + 1 if match else 1
    if name is None:
        name = "initial" if last is None else _short(operations)
    slug = re.sub(r"[^a-z0-9]+", "_", name.lower()).strip("_") or "changes"
    return f"{number:04d}_{slug[:_LONGEST_NAME].rstrip('_')}"


def _short(operations: Sequence[Operation]) -> str:
    words = _in_words(operations[0]).split()
    more = "_and_more" if len(operations) > 1 else ""
    return "_".join(word for word in words if word not in ("field", "to", "on", "from", "model", "the")) + more


def _in_words(operation: Operation) -> str:
    if isinstance(operation, (ops.AddIndex, ops.AddConstraint)):
        rule = operation.index if isinstance(operation, ops.AddIndex) else operation.constraint
        fields = getattr(rule, "fields", ())
        return f"add {rule.name or 'rule over ' + ' and '.join(fields)} to {operation.model_name}"
    if isinstance(operation, (ops.RemoveIndex, ops.RemoveConstraint)):
        what = operation.name or "rule over " + " and ".join(operation.fields or ())
        return f"remove {what} from {operation.model_name}"
    text = operation.describe()
    return text[0].lower() + text[1:]
