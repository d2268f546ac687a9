"""Imports run one way; what a manifest doesn't name is not imported, and what is imported is declared."""

from __future__ import annotations

import ast
import re
import sys
import tomllib
from importlib.metadata import packages_distributions

import pytest

from tests.architecture.source import PACKAGES, ROOT, Source, listed, manifest, plugin_names, sources

pytestmark = pytest.mark.once

OPEN_TO_OTHERS = {"api", "events", "types"}


def _foreign(source: Source) -> list[tuple[ast.stmt, str, str]]:
    """Return what a plugin's file imports of other plugins: the statement, the plugin, the module in it."""
    found = []
    for node, name in source.imports():
        parts = name.split(".")
        if parts[0] == "plugins" and len(parts) > 1 and parts[1] != source.plugin:
            found.append((node, parts[1], parts[2] if len(parts) > 2 else ""))
    return found


def test_plugins_import_only_api_events_and_types_of_others() -> None:
    faults = [
        source.at(node, f"imports plugins.{other}.{module}; only {', '.join(sorted(OPEN_TO_OTHERS))} are open")
        for source in sources("plugins")
        for node, other, module in _foreign(source)
        if module not in OPEN_TO_OTHERS
    ]
    assert not faults, listed(faults)


@pytest.mark.parametrize("plugin", plugin_names())
def test_plugins_import_only_modules_that_their_manifest_names(plugin: str) -> None:
    said = manifest(plugin)
    faults = []
    for source in sources(f"plugins/{plugin}"):
        allowed = said.requires | ({source.optional_module} & said.optional)
        faults += [
            source.at(node, f"imports {other}, which the manifest does not require")
            for node, other, _ in _foreign(source)
            if other not in allowed
        ]
    assert not faults, listed(faults)


def test_only_the_kernel_imports_optional_files() -> None:
    faults = [
        source.at(node, f"imports {name}")
        for source in sources("plugins")
        for node, name in source.imports()
        if re.match(r"plugins\.\w+\.optional\b", name)
    ]
    assert not faults, listed(faults)


def test_plugins_do_not_depend_on_each_other_in_a_circle() -> None:
    left = {name: set(manifest(name).requires) for name in plugin_names()}
    while ready := [name for name, needs in left.items() if not needs & set(left)]:
        for name in ready:
            del left[name]
    assert not left, f"these require each other: {sorted(left)}"


def test_plugins_import_nothing_of_the_framework_but_the_sdk() -> None:
    faults = [
        source.at(node, f"imports {name}")
        for source in sources("plugins")
        for node, name in source.imports()
        if name.split(".")[0] == "core"
    ]
    assert not faults, listed(faults)


def test_sdk_is_five_files() -> None:
    assert [source.name for source in sources("forecourt")] == [
        "forecourt/__init__.py",
        "forecourt/catalog.py",
        "forecourt/graphql.py",
        "forecourt/kinds.py",
        "forecourt/testing.py",
    ]


def _statements(source: Source) -> list[ast.stmt]:
    """Return a module's statements; those under `if TYPE_CHECKING:` stand for names that are loaded when asked for."""
    found: list[ast.stmt] = []
    for node in source.tree.body:
        if isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING":
            found += node.body
        elif not (isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "__getattr__"):
            found.append(node)
    return found


def test_sdk_holds_no_logic() -> None:
    faults = []
    for source in sources("forecourt"):
        for node in _statements(source):
            docstring = isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
            names = isinstance(node, ast.Assign) and isinstance(node.value, ast.List | ast.Tuple | ast.Name)
            if not (docstring or names or isinstance(node, ast.Import | ast.ImportFrom)):
                faults.append(source.at(node, "the SDK re-exports; put this into core"))
    assert not faults, listed(faults)


def test_sdk_lists_everything_that_it_imports() -> None:
    for source in sources("forecourt"):
        lists = [
            node.value
            for node in source.tree.body
            if isinstance(node, ast.Assign) and [ast.unparse(target) for target in node.targets] == ["__all__"]
        ]
        assert len(lists) == 1, f"{source.name} has no __all__"
        public = set(ast.literal_eval(lists[0]))
        imported = {
            alias.asname or alias.name
            for node in _statements(source)
            if isinstance(node, ast.ImportFrom) and node.module not in ("__future__", "typing", "core.lazy")
            for alias in node.names
        }
        assert public == imported, f"{source.name}: {sorted(public ^ imported)}"


def test_names_that_the_sdk_loads_when_asked_for_are_the_ones_it_names_to_type_checkers() -> None:
    import forecourt

    (source,) = [source for source in sources("forecourt") if source.name.endswith("__init__.py")]
    (block,) = [node for node in source.tree.body if isinstance(node, ast.If)]
    for node in block.body:
        assert isinstance(node, ast.ImportFrom)
        for alias in node.names:
            assert getattr(forecourt, alias.name).__module__.startswith(str(node.module).rpartition(".")[0])


def test_third_party_imports_are_declared_dependencies() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    declared = {_normal(re.split(r"[^\w.-]", entry, maxsplit=1)[0]) for entry in project["dependencies"]}
    providers = packages_distributions()
    faults = []
    for source in sources():
        for node, name in source.imports():
            top = name.split(".")[0]
            if top in sys.stdlib_module_names or top in PACKAGES:
                continue
            if top == "pytest" and source.name.startswith("core/testing/"):  # only tests import that package
                continue
            if not declared & {_normal(one) for one in providers.get(top, [])}:
                faults.append(source.at(node, f"imports {top}, which pyproject.toml does not name as a dependency"))
    assert not faults, listed(faults)


def _normal(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()
