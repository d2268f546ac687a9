"""Every built-in plugin has one folder shape, and its `plugin.py` only wires."""

from __future__ import annotations

import ast

import pytest

from tests.architecture.source import ROOT, Source, dotted, listed, manifest, plugin_names

pytestmark = pytest.mark.once

REQUIRED = {"README.md", "__init__", "api", "events", "locale", "models", "plugin", "services", "types"}
"""Each a file or, where it has grown, a folder of that name."""
ALLOWED = REQUIRED | {
    "code_lists", "commands", "demo", "handlers", "hooks", "jobs", "migrations", "optional", "problems", "queries",
    "rights",
    "roles", "routes", "settings", "subscriptions",
}  # fmt: skip

FIRST_RELEASE = {"aftersales", "customers", "inventory", "organisation", "sales", "sms_marketing"}


def test_the_built_in_plugins_are_there() -> None:
    assert set(plugin_names()) >= FIRST_RELEASE


@pytest.mark.parametrize("plugin", plugin_names())
def test_plugin_has_the_common_folder_shape(plugin: str) -> None:
    present = {path.name.removesuffix(".py") for path in (ROOT / "plugins" / plugin).iterdir()} - {"__pycache__"}
    assert present >= REQUIRED, f"plugins/{plugin} lacks {sorted(REQUIRED - present)}"
    others = {name for name in present - ALLOWED if not name.startswith("demo_")}
    assert not others, f"plugins/{plugin} has {sorted(others)}, which no other plugin would"


@pytest.mark.parametrize("plugin", plugin_names())
def test_manifest_carries_the_name_of_its_folder(plugin: str) -> None:
    assert manifest(plugin).name == plugin


@pytest.mark.parametrize("plugin", plugin_names())
def test_manifest_names_built_in_modules_only(plugin: str) -> None:
    said = manifest(plugin)
    assert said.requires | said.optional <= set(plugin_names()) - {plugin}


@pytest.mark.parametrize("plugin", plugin_names())
def test_optional_files_are_for_modules_that_the_manifest_lists(plugin: str) -> None:
    files = {path.stem for path in (ROOT / "plugins" / plugin / "optional").glob("*.py")} - {"__init__"}
    assert files <= manifest(plugin).optional


@pytest.mark.parametrize("plugin", plugin_names())
def test_plugin_file_holds_the_manifest_and_hook_implementations_only(plugin: str) -> None:
    source = Source(ROOT / "plugins" / plugin / "plugin.py")
    faults = [
        source.at(node, f"{node.name} belongs into another file")
        for node in source.tree.body
        if isinstance(node, ast.ClassDef)
        or (
            isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
            and not any(dotted(_called(mark)).rpartition(".")[2] == "hookimpl" for mark in node.decorator_list)
        )
    ]
    assert not faults, listed(faults)


@pytest.mark.parametrize("plugin", plugin_names())
def test_no_file_only_passes_names_on(plugin: str) -> None:
    files = sorted((ROOT / "plugins" / plugin).rglob("__init__.py"))
    passing = [str(path.relative_to(ROOT)) for path in files if _only_imports(Source(path).tree)]
    assert not passing, "the kernel walks folders: import names from the files that have them"


@pytest.mark.parametrize("plugin", plugin_names())
def test_readme_speaks_to_dealers_and_to_integrators(plugin: str) -> None:
    text = (ROOT / "plugins" / plugin / "README.md").read_text(encoding="utf-8")
    headings = [line.lower() for line in text.splitlines() if line.startswith("#")]
    assert any("dealer" in line for line in headings), "no heading for the dealer"
    assert any("integrator" in line or "extend" in line for line in headings), "no heading for the integrator"


def _called(mark: ast.expr) -> ast.expr:
    return mark.func if isinstance(mark, ast.Call) else mark


def _only_imports(tree: ast.Module) -> bool:
    own = any(isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef) for node in tree.body)
    return not own and any(isinstance(node, ast.ImportFrom) for node in tree.body)
