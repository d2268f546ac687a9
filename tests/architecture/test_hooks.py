"""The hooks are a product: each one is documented, with its arguments."""

from __future__ import annotations

import ast
from collections.abc import Iterator

import pytest

from tests.architecture.source import ROOT, FunctionNode, Source, dotted, listed, sources

pytestmark = pytest.mark.once

KERNEL_HOOKS = ROOT / "core" / "plugins" / "hookspecs.py"


def _is_hook(function: FunctionNode) -> bool:
    marks = [mark.func if isinstance(mark, ast.Call) else mark for mark in function.decorator_list]
    return any(dotted(mark).rpartition(".")[2] == "hookspec" for mark in marks)


def _hooks() -> Iterator[tuple[Source, FunctionNode]]:
    for source in sources("core", "plugins"):
        for function in source.functions():
            if _is_hook(function):
                yield source, function


def test_hooks_are_specified_in_one_file_of_the_kernel() -> None:
    places = {source.path for source, _ in _hooks() if source.plugin is None}
    assert places == {KERNEL_HOOKS}


def test_every_hook_says_what_it_is_for_and_what_its_arguments_are() -> None:
    faults = []
    for source, function in _hooks():
        text = ast.get_docstring(function) or ""
        if len(text.split()) < 5:
            faults.append(source.at(function, f"{function.name} is not documented"))
        arguments = [one.arg for one in (*function.args.args, *function.args.kwonlyargs) if one.arg != "self"]
        faults += [
            source.at(function, f"{function.name} does not say what {name} is")
            for name in arguments
            if name not in text
        ]
    assert not faults, listed(faults)


def test_every_hook_types_its_arguments_and_its_answer() -> None:
    faults = [
        source.at(function, f"{function.name} lacks annotations")
        for source, function in _hooks()
        if function.returns is None
        or any(one.annotation is None for one in (*function.args.args, *function.args.kwonlyargs) if one.arg != "self")
    ]
    assert not faults, listed(faults)


def test_hook_names_are_unique_over_all_modules() -> None:
    names = [function.name for _, function in _hooks()]
    assert sorted(names) == sorted(set(names))
