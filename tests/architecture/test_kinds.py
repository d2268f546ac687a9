"""What a column is, its kind knows: nobody else asks for the class of a field."""

from __future__ import annotations

import ast
from collections.abc import Iterator

import pytest
from tortoise.fields import Field
from tortoise.fields import data as plain_fields

from core.data import fields
from tests.architecture.source import listed, sources

pytestmark = pytest.mark.once

KNOWING = ("core/kinds/", "core/data/fields.py", "core/data/plain_fields.py", "core/data/model.py", "core/migrations/")
CLASSES = {
    name
    for module in (plain_fields, fields)
    for name, value in vars(module).items()
    if isinstance(value, type) and issubclass(value, Field | fields.Composite)
}
TESTS = {"isinstance", "issubclass"}


def asked_for(tree: ast.Module) -> Iterator[tuple[ast.stmt | ast.expr, str]]:
    """Yield where a file looks for the class of a field, or for a kind by its family."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in TESTS:
            names = {one.attr if isinstance(one, ast.Attribute) else getattr(one, "id", "") for one in ast.walk(node)}
            if found := names & CLASSES - {"Field"}:
                yield node, f"asks for {', '.join(sorted(found))}; ask the field's kind"
        if isinstance(node, ast.Compare):
            sides = [one for one in (node.left, *node.comparators) if isinstance(one, ast.Attribute)]
            if any(side.attr == "family" for side in sides):
                yield node, "compares a kind's family; ask what it can do"
        named = {one.name for one in node.names} if isinstance(node, ast.ImportFrom) else set()
        if isinstance(node, ast.ImportFrom) and node.module == "tortoise.fields" and named & CLASSES - {"Field"}:
            yield node, "imports a field of tortoise; take it of core.data.fields"


def test_kinds_alone_know_the_classes_of_fields() -> None:
    faults = [
        source.at(node, what)
        for source in sources()
        if source.name.startswith("core/") and not source.name.startswith(KNOWING)
        for node, what in asked_for(source.tree)
    ]
    assert not faults, listed(faults)


@pytest.mark.parametrize(
    "text",
    [
        "isinstance(field, fields.CharField)",
        "isinstance(field, (JSONField, DecimalField))",
        "issubclass(cls, MoneyField)",
        "kind.family == 'text'",
        "from tortoise.fields import BooleanField",
    ],
)
def test_a_test_of_a_kind_is_found(text: str) -> None:
    assert list(asked_for(ast.parse(text)))
