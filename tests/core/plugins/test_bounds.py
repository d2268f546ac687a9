from __future__ import annotations

from pathlib import Path

import pytest

from core.plugins.bounds import trespasses
from tests.core.plugins.conftest import Garage
from tests.core.plugins.test_loader import refusal

pytestmark = pytest.mark.once


def problems(folder: Path, text: str, file: str = "types.py") -> list[str]:
    path = folder / file
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    return [line.removeprefix(f"{path}:") for line in trespasses("insurance", folder)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("from core.data import fields", "1 imports core.data.fields: a plugin imports forecourt"),
        ("import core.data.model as m", "1 imports core.data.model"),
        ("from core import errors", "1 imports core.errors"),
        ("import os, core", "1 imports core"),
        ("import \\\n  core.errors", "1 imports core.errors"),
        ("def f():\n    from core.errors import Refusal", "2 imports core.errors.Refusal"),
        ("import importlib\nx = importlib.import_module('core.kernel')", "2 imports core.kernel"),
        ("from importlib import import_module\nx = import_module('core')", "2 imports core"),
        ("x = __import__('core')", "1 imports core"),
        ("def f(x):\n    return __import__(f'core.{x}')", "2 imports core."),
        ("def f(x):\n    return __import__('core.' + x + '.y')", "2 imports core."),
        ("import sys\nsys.modules['core.kernel']", "2 imports core.kernel"),
        ("import tortoise", "1 imports tortoise: models and fields come from forecourt"),
        ("from tortoise import Tortoise", "1 imports tortoise.Tortoise"),
        ("from tortoise import connections", "1 imports tortoise.connections"),
        ("from tortoise.models import Model", "1 imports tortoise.models.Model"),
        ("from tortoise.connection import get_connection", "1 imports tortoise.connection.get_connection"),
        ("from tortoise.transactions import in_transaction", "1 imports tortoise.transactions.in_transaction"),
        ("from tortoise.expressions import Q, RawSQL", "1 imports tortoise.expressions.RawSQL: say it by expressions"),
        ("def f(scope):\n    return scope._dealer.database", "2 takes _dealer, which is the kernel's"),
        ("def f(scope):\n    return getattr(scope, '_dealer')", "2 takes _dealer"),
        ("def f(row):\n    return row._meta.db", "2 takes _meta.db"),
        ("async def f(info):\n    info.context.reader.database", "2 takes context.reader"),
    ],
)
def test_what_reaches_past_the_sdk_is_named_with_its_line(tmp_path: Path, text: str, expected: str) -> None:
    (line,) = problems(tmp_path, text)
    assert line.startswith(expected)


@pytest.mark.parametrize(
    "text",
    [
        "from forecourt import Scope\nimport coreutils\nfrom insurance.core import x\nfrom .core import y",
        "from tortoise.expressions import F, Q, Subquery\nfrom tortoise.functions import Count, Sum",
        "from tortoise.exceptions import DoesNotExist\nfrom tortoise.queryset import QuerySet",
        "import importlib\n\ndef f(name):\n    return importlib.import_module(name)",
        "TEXT = 'import core'  # from core import x",
        "def f(dealer):\n    return dealer.code, dealer._meta.db_table",
        "class:",
    ],
)
def test_what_the_sdk_is_for_passes(tmp_path: Path, text: str) -> None:
    assert problems(tmp_path, text) == []


def test_migrations_are_left_to_themselves(tmp_path: Path) -> None:
    text = "from tortoise.migrations import Migration"
    assert problems(tmp_path, text, "migrations/0001_initial.py") == []
    assert problems(tmp_path, text, "services/deep.py") != []


def test_a_plugin_that_imports_the_kernel_is_not_loaded(garage: Garage) -> None:
    garage.plugin("bo_deep", files={"services/x.py": "def f():\n    from core.data import fields\n"})

    error = refusal(garage, "bo_deep")

    assert error.plugins == ("bo_deep",)
    assert "bo_deep/services/x.py:2 imports core.data.fields: a plugin imports forecourt, never core" in error.message
    assert "bo_deep" in garage.load("bo_deep", policy="skip").unavailable
