"""docs/faults.md names tests for each kind of fault, with the databases on which they run."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

pytestmark = pytest.mark.once

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "faults.md").read_text(encoding="utf-8")
LINES = re.findall(r"^\| \d.*$", PAGE, re.MULTILINE)
ROWS = [[cell.strip() for cell in line.strip("|").split(" | ")] for line in LINES]
NAMED = re.compile(r"`(tests/[\w/]+\.py)::(\w+)`")


def markers(nodes: list[ast.expr]) -> set[str]:
    return {
        node.attr
        for outer in nodes
        for node in ast.walk(outer)
        if isinstance(node, ast.Attribute) and ast.unparse(node.value) == "pytest.mark"
    }


def names_and_marks(file: Path) -> dict[str, set[str]]:
    """Return the tests of a file, each with its markers and the module's."""
    of_module: set[str] = set()
    found: dict[str, set[str]] = {}
    for node in ast.parse(file.read_text(encoding="utf-8")).body:
        match node:
            case ast.Assign(targets=[ast.Name(id="pytestmark")], value=value):
                of_module = markers([value])
            case ast.Assign(targets=[ast.Name(id=name)]):  # the test case of a stateful machine
                found[name] = set()
            case ast.FunctionDef() | ast.AsyncFunctionDef() | ast.ClassDef():
                found[node.name] = markers(node.decorator_list)
    return {name: marks | of_module for name, marks in found.items()}


def databases(marks: set[str]) -> str:
    if "once" in marks:
        return "none"
    return "SQLite" if "sqlite" in marks else "PostgreSQL" if "postgres" in marks else "both"


def test_the_databases_of_a_row_are_those_that_its_tests_run_on() -> None:
    assert {int(number) for number, *_ in ROWS} == set(range(1, 14))
    for number, _kind, tests, stated in ROWS:
        run_on = {databases(names_and_marks(ROOT / file)[test]) for file, test in NAMED.findall(tests)}
        if {"SQLite", "PostgreSQL"} <= run_on:
            run_on = (run_on - {"SQLite", "PostgreSQL"}) | {"both"}
        run_on -= {"none"} if len(run_on) > 1 else set()
        assert stated == ("both" if "both" in run_on else run_on.pop()), (number, tests)
