"""The tables of codes and limits in docs/api.md say what the code says."""

from __future__ import annotations

import ast
import importlib
import pkgutil
import re
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

import core
import plugins
from core.api.planned_roots import NODES_LIMIT
from core.api.problems import PROBLEM_TYPES, Problem
from core.data.errors import DatabaseTimeoutError, DatabaseUnavailableError
from core.errors import BadInputError, LimitRefusal, Refusal, StorageFullError, UnauthenticatedError
from core.http.messages import BODY_LIMIT, BODY_SECONDS
from core.http.websocket import MOST_OPERATIONS
from core.limits import LIMITS
from core.making.generated import BATCH_LIMIT
from core.read.access import ForbiddenError

pytestmark = pytest.mark.once

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "api.md").read_text(encoding="utf-8")
WRITES_CODES = [
    *(ROOT / "core" / "http").glob("*.py"),
    *(ROOT / "core" / "api" / name for name in ("execute.py", "responses.py")),
]
METHODS = {"OPTIONS", "POST"}


def cells(heading: str) -> list[list[str]]:
    table = re.search(r"(?:^\|.*\n)+", PAGE[PAGE.index(heading) :], re.MULTILINE)
    assert table is not None
    return [[cell.strip(" `") for cell in line.strip("|").split("|")] for line in table[0].splitlines()[2:]]


def import_all(package: ModuleType) -> None:
    for module in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
        importlib.import_module(module.name)


def refusals(cls: type[Refusal] = Refusal) -> Iterator[type[Refusal]]:
    yield cls
    for below in cls.__subclasses__():
        yield from refusals(below)


def module_of(cls: type) -> str:
    package, name, *_ = cls.__module__.split(".")
    return "core" if package == "core" else name


def test_every_code_of_a_problem_is_listed_with_module_and_type() -> None:
    import_all(core)
    import_all(plugins)
    types = (*declared(), *PROBLEM_TYPES)
    expected = {
        (cls.code, module_of(cls), next(problem.__name__ for base, problem in types if issubclass(cls, base)))
        for cls in refusals()
        if "code" in vars(cls) and cls.__module__.startswith(("core.", "plugins."))
    }
    assert {(code, module, kind) for code, module, kind, _ in cells("### Codes of problems")} == expected


def declared() -> list[tuple[type[Refusal], type]]:
    """Return the problems that built-in modules declare, each with the refusal that becomes one."""
    marked: Any = [kind for kind in Problem.__subclasses__() if "__forecourt_problem__" in vars(kind)]
    return [(kind.__forecourt_problem__.refusal, kind) for kind in marked if kind.__module__.startswith("plugins.")]


def test_every_type_of_problem_is_listed() -> None:
    import_all(plugins)
    named = {problem.__name__ for _, problem in (*PROBLEM_TYPES, *declared())}
    assert {row[0] for row in cells("## Problems")} == named


def test_every_code_of_an_error_is_listed() -> None:
    written = {
        node.value
        for file in WRITES_CODES
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8")))
        if isinstance(node, ast.Constant)
        and isinstance(node.value, str)
        and re.fullmatch(r"[A-Z][A-Z_]{3,}", node.value)
    }
    raised = {
        cls.code
        for cls in (
            BadInputError,
            ForbiddenError,
            UnauthenticatedError,
            LimitRefusal,
            DatabaseUnavailableError,
            DatabaseTimeoutError,
            StorageFullError,
        )
    }
    assert {row[0] for row in cells("### Codes of errors")} == written - METHODS | raised


def test_limits_are_those_of_the_code() -> None:
    told = {row[0]: row[1] for row in cells("## Limits")}
    assert told["body"] == f"{BODY_LIMIT // 1024**2} MB, {BODY_SECONDS} s to arrive"
    assert told["text of an operation"] == f"{LIMITS.characters:,} characters, {LIMITS.tokens:,} tokens"
    assert told["depth"].startswith(f"{LIMITS.depth} ")
    assert (told["aliases"], told["directives"]) == (str(LIMITS.aliases), str(LIMITS.directives))
    assert told["cost"].startswith(f"{LIMITS.cost:,} ")
    for name in ("conditions", "values", "nesting", "relations", "terms", "text", "groups"):
        assert told[name].startswith(f"{getattr(LIMITS, name):,} "), name
    assert told["rows of a page, ids of `nodes`, items of a batch"] == str(NODES_LIMIT) == str(BATCH_LIMIT)
    assert told["operations on one WebSocket"] == str(MOST_OPERATIONS)
