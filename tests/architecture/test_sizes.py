"""Past these sizes a file or a function holds two things."""

from __future__ import annotations

import ast

import pytest

from tests.architecture.source import FunctionNode, listed, sources

pytestmark = pytest.mark.once

MOST_LINES_OF_A_FILE = 400
MOST_LINES_OF_A_FUNCTION = 60


def test_files_are_short_enough_to_read() -> None:
    faults = [
        f"{source.name}: {lines} lines"
        for source in sources()
        if (lines := len(source.text.splitlines())) > MOST_LINES_OF_A_FILE
    ]
    assert not faults, listed(faults)


def test_functions_are_short_enough_to_read() -> None:
    faults = [
        source.at(function, f"{function.name} has {lines} lines beside its docstring")
        for source in sources()
        for function in source.functions()
        if (lines := _lines(function)) > MOST_LINES_OF_A_FUNCTION
    ]
    assert not faults, listed(faults)


def _lines(function: FunctionNode) -> int:
    first = function.body[0]
    docstring = 0
    if isinstance(first, ast.Expr) and isinstance(first.value, ast.Constant) and isinstance(first.value.value, str):
        docstring = (first.end_lineno or first.lineno) - first.lineno + 1
    return (function.end_lineno or function.lineno) - function.lineno + 1 - docstring
