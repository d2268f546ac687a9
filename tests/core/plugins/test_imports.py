from __future__ import annotations

from pathlib import Path
from types import ModuleType

import pytest

from core.plugins.discovery import Found
from core.plugins.imports import undeclared
from core.plugins.manifest import Manifest

pytestmark = pytest.mark.once

PACKAGES = {"plugins.sales": "sales", "plugins.customers": "customers", "insurance": "insurance"}


def problems(folder: Path, file: str, text: str, *, requires: list[str], optional: list[str]) -> list[str]:
    path = folder / file
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    manifest = Manifest(
        name="sales", version="1", api=">=1", title={"en": "Sales"}, requires=requires, optional=optional
    )
    found = Found("sales", "plugins.sales", manifest, ModuleType("plugins.sales.plugin"), "built in", folder)
    return [line.removeprefix(f"{path}:") for line in undeclared(found, PACKAGES)]


@pytest.mark.parametrize(
    ("file", "text", "expected"),
    [
        (
            "types.py",
            "import plugins.customers.types",
            "1 imports plugins.customers, but the manifest does not name it",
        ),
        ("types.py", "from plugins import customers", "1 imports plugins.customers, but"),
        ("types.py", "from ..customers.types import Customer", "1 imports plugins.customers, but"),
        ("services/a.py", "\nfrom ...customers import api", "2 imports plugins.customers, but"),
        (
            "types.py",
            "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    import insurance",
            "3 imports insurance",
        ),
        ("optional/customers.py", "import plugins.customers.api", "1 imports plugins.customers, but"),
        ("types.py", "from plugins import (\n    sales,\n    customers,\n)", "1 imports plugins.customers, but"),
        ("types.py", "import os, plugins . customers", "1 imports plugins.customers, but"),
        ("types.py", "from plugins. \\\n customers import api", "1 imports plugins.customers, but"),
        ("types.py", "from . . import customers", "1 imports plugins.customers, but"),
        ("types.py", "def f():\n    from .. import customers", "2 imports plugins.customers, but"),
    ],
)
def test_every_form_of_import_is_seen(tmp_path: Path, file: str, text: str, expected: str) -> None:
    (line,) = problems(tmp_path, file, text, requires=[], optional=[])
    assert line.startswith(expected)


@pytest.mark.parametrize(
    ("file", "text"),
    [
        ("types.py", "from plugins.customers.types import Customer\nimport plugins.customers.api"),
        ("types.py", "from plugins.sales import models\nfrom . import models\nfrom .services import orders"),
        ("types.py", "import insurance_of_others\nfrom plugins.customers_more import x\nfrom plugins import sales"),
        ("optional/insurance.py", "from insurance.events import PolicyRenewed"),
        ("types.py", "class:"),
    ],
)
def test_allowed_imports_pass(tmp_path: Path, file: str, text: str) -> None:
    assert problems(tmp_path, file, text, requires=["customers"], optional=["insurance"]) == []


@pytest.mark.parametrize(
    "text",
    [
        "from plugins.customers.models import Customer",
        "from plugins.customers import models",
        "from plugins.customers.api_of_old import Customer",
        "from plugins.customers.api import Customer; import plugins.customers.models",
    ],
)
def test_of_a_required_plugin_only_what_is_public_may_be_imported(tmp_path: Path, text: str) -> None:
    (line,) = problems(tmp_path, "types.py", text, requires=["customers"], optional=[])
    assert "which is not public" in line


def test_change_of_a_file_is_seen(tmp_path: Path) -> None:
    assert problems(tmp_path, "types.py", "import os", requires=[], optional=[]) == []
    assert len(problems(tmp_path, "types.py", "import insurance", requires=[], optional=[])) == 1
