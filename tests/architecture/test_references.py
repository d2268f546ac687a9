"""What one module says about another in a string, where no import shows it."""

from __future__ import annotations

import ast
from collections.abc import Iterator

import pytest

from tests.architecture.source import ROOT, Source, dotted, listed, manifest, plugin_names, sources

pytestmark = pytest.mark.once

RELATION_FIELDS = {"ForeignKeyField", "OneToOneField", "ManyToManyField"}
MAKER = ROOT / "core" / "data" / "fields.py"
"""Makes the key of whoever calls it."""
LAZY = {"lazy", "LazyType"}


def _calls(source: Source, names: set[str]) -> Iterator[tuple[ast.Call, list[str]]]:
    """Yield the calls of functions of these names with their literal text arguments."""
    for node in ast.walk(source.tree):
        if isinstance(node, ast.Call) and dotted(node.func).rpartition(".")[2] in names:
            arguments = [*node.args, *(word.value for word in node.keywords)]
            yield node, [one.value for one in arguments if isinstance(one, ast.Constant) and isinstance(one.value, str)]


def _relations(source: Source) -> Iterator[tuple[ast.Call, str]]:
    """Yield each relation with the app that it points to."""
    for call, _ in _calls(source, RELATION_FIELDS):
        named = [word.value for word in call.keywords if word.arg in ("to", "model_name")]
        target = next(iter([*call.args[:1], *named]), None)
        text = target.value if isinstance(target, ast.Constant) else None
        yield call, text.partition(".")[0] if isinstance(text, str) else ""


@pytest.mark.parametrize("plugin", plugin_names())
def test_foreign_keys_point_to_required_modules_only(plugin: str) -> None:
    allowed = {plugin, "core"} | manifest(plugin).requires
    faults = [
        source.at(call, f"a relation to {app or 'something that is no literal'}; allowed: {', '.join(sorted(allowed))}")
        for source in sources(f"plugins/{plugin}")
        for call, app in _relations(source)
        if app not in allowed
    ]
    assert not faults, listed(faults)


def test_foreign_keys_of_the_kernel_stay_in_the_kernel() -> None:
    faults = [
        source.at(call, f"a relation to {app or 'something that is no literal'}")
        for source in sources("core")
        if source.name != "core/data/fields.py"  # where such a field is made
        for call, app in _relations(source)
        if app != "core" and source.path != MAKER
    ]
    assert not faults, listed(faults)


@pytest.mark.parametrize("plugin", plugin_names())
def test_lazy_types_point_to_required_modules_only(plugin: str) -> None:
    said = manifest(plugin)
    faults = []
    for source in sources(f"plugins/{plugin}"):
        allowed = said.requires | ({source.optional_module} & said.optional) | {plugin}
        for call, texts in _calls(source, LAZY):
            for text in texts:
                parts = text.split(".")
                if parts[0] == "core" or (parts[0] == "plugins" and parts[1] not in allowed):
                    faults.append(source.at(call, f"a lazy type of {text}"))
    assert not faults, listed(faults)


@pytest.mark.parametrize("plugin", plugin_names())
def test_modules_are_not_named_in_strings_to_be_imported(plugin: str) -> None:
    faults = [
        source.at(call, f"imports {' '.join(texts) or 'a computed name'} past the manifest")
        for source in sources(f"plugins/{plugin}")
        for call, texts in _calls(source, {"import_module", "__import__", "import_string"})
    ]
    assert not faults, listed(faults)
