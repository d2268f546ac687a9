"""What lies beside the plugin's code: migrations, translations, README."""

from __future__ import annotations

import ast
import json
from collections.abc import Iterator
from pathlib import Path

import core.errors
from core.data.database import Database
from core.data.registry import registry
from core.errors import Refusal
from core.kernel import app_modules
from core.migrations.errors import MigrationError
from core.migrations.makemigrations import makemigrations
from core.migrations.modules import migrated
from core.services.messages import DEFAULT_LOCALE, LOCALES
from core.testing.contract.subject import Fault, Subject


async def migrations(subject: Subject) -> list[Fault]:
    """Check that the plugin's migrations make what its models say."""
    loaded = (await subject.whole()).loaded
    nowhere = "postgres://nowhere/nothing" if registry.dialect == "postgres" else "sqlite:///nowhere.sqlite3"
    database = Database(nowhere)
    await database.open(app_modules(loaded))
    token = database.activate()
    mend = f"run `forecourt makemigrations --module {subject.name}`"
    try:
        # Whether something was renamed is asked when the migration is written; here it only matters that it differs.
        planned = makemigrations(migrated(loaded), check=True, ask=lambda _: False, only=[subject.name])
    except MigrationError as error:
        return [Fault("the migrations", error.message, mend)]
    finally:
        database.deactivate(token)
        await database.close()
    return [Fault(f"{one.module}.{one.name}", f"is missing: {'; '.join(one.changes)}", mend) for one in planned]


async def locale(subject: Subject) -> list[Fault]:
    """Check that what the plugin refuses can be told in every language.

    English texts are needed for the plugin's own codes; where a rule narrows a code, the English message of the refusal
    itself is the text.
    """
    folder = await subject.folder()
    refusals = await subject.classes(Refusal)
    codes = {refusal.code: refusal.__qualname__ for refusal in refusals if "code" in vars(refusal)}
    texts = {language: _texts(folder / "locale" / f"{language}.json") for language in LOCALES}
    faults = []
    for language, keys in texts.items():
        file = f"locale/{language}.json"
        wanted = {code: f"the code of {name}" for code, name in codes.items()}
        wanted |= {key: "a key of another language" for other in texts.values() for key in other if "." not in key}
        if language != DEFAULT_LOCALE:
            wanted |= {key: "a key of another language" for other in texts.values() for key in other}
            wanted |= _rules(folder, {kind.__name__: kind.code for kind in (*_KNOWN, *refusals)})
        faults += [
            Fault(file, f"lacks {key}, {why}", "add its text") for key, why in sorted(wanted.items()) if key not in keys
        ]
        known = {*codes, *(kind.code for kind in _KNOWN), *_literals(folder)}
        faults += [
            Fault(file, f"has {key}, which no code here asks for", "remove it or mend the key")
            for key in sorted(keys)
            if key.partition(".")[0] not in known
        ]
    return faults


_KNOWN = tuple(value for value in vars(core.errors).values() if isinstance(value, type) and issubclass(value, Refusal))


def _texts(file: Path) -> dict[str, str]:
    return dict(json.loads(file.read_text(encoding="utf-8"))) if file.is_file() else {}


def _literals(folder: Path) -> set[str]:
    """Return the texts in the plugin's code: some ask for a translation by its key."""
    trees = (ast.parse(path.read_bytes(), str(path)) for path in folder.rglob("*.py"))
    constants = (node for tree in trees for node in ast.walk(tree) if isinstance(node, ast.Constant))
    return {node.value for node in constants if isinstance(node.value, str)}


def _rules(folder: Path, codes: dict[str, str]) -> dict[str, str]:
    """Return the keys of the rules that refusals name, each with its place.

    Args:
        codes: Code of a refusal by the name of its class.
    """
    return {key: place for path in sorted(folder.rglob("*.py")) for key, place in _rules_in(folder, path, codes)}


def _rules_in(folder: Path, path: Path, codes: dict[str, str]) -> Iterator[tuple[str, str]]:
    for node in ast.walk(ast.parse(path.read_bytes(), str(path))):
        if not isinstance(node, ast.Call):
            continue
        called = node.func.id if isinstance(node.func, ast.Name) else getattr(node.func, "attr", "")
        for word in node.keywords:
            rule = word.value.value if isinstance(word.value, ast.Constant) and word.arg == "rule" else None
            if called in codes and isinstance(rule, str):
                yield f"{codes[called]}.{rule}", f"{path.relative_to(folder)}:{node.lineno}"


async def readme(subject: Subject) -> list[Fault]:
    """Check that the README speaks to dealers and to integrators."""
    file = (await subject.folder()) / "README.md"
    if not file.is_file():
        return [Fault("README.md", "is missing", "write one with a section for dealers and one for integrators")]
    headings = [line.lower() for line in file.read_text(encoding="utf-8").splitlines() if line.startswith("#")]
    readers = {
        "dealers": ("dealer", "what the module gives"),
        "integrators": ("integrator", "how it can be extended"),
    }
    return [
        Fault("README.md", f"has no heading for {reader}", f"say there {what}")
        for reader, (word, what) in readers.items()
        if not any(word in heading for heading in headings)
    ]
