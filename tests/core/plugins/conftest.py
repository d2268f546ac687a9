from __future__ import annotations

import sys
import textwrap
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from core.plugins.loader import LoadedModules, load


class Garage:
    """A folder of plugins, real files, for one test."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.folder.mkdir()

    def plugin(self, name: str, *, wiring: str = "", files: dict[str, str] | None = None, **manifest: Any) -> Path:
        """Write a plugin; `wiring` follows the manifest in its `plugin.py`."""
        said = {"version": "1.0", "api": ">=1,<2", "title": {"en": name}} | manifest
        words = ", ".join(f"{key}={value if key == 'settings' else repr(value)}" for key, value in said.items())
        place = self.folder / name
        self.write(name, "__init__.py", "")
        head = "from forecourt import Manifest, hookimpl, hookspec, required_hook\n"
        settings = f"from {name}.settings import {said['settings']}\n" if "settings" in said else ""
        body = f"plugin = Manifest(name={name!r}, {words})\n"
        self.write(name, "plugin.py", head + settings + body + textwrap.dedent(wiring))
        for file, text in (files or {}).items():
            self.write(name, file, textwrap.dedent(text))
        return place

    def write(self, name: str, file: str, text: str) -> Path:
        path = self.folder / name / file
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
        return path

    def load(self, *names: str, **options: Any) -> LoadedModules:
        return load(names, folders=[self.folder], **options)


@pytest.fixture
def garage(tmp_path: Path) -> Iterator[Garage]:
    """Plugins of this test; afterwards Python knows nothing of them."""
    before, modules = list(sys.path), set(sys.modules)
    yield Garage(tmp_path / "garage")
    sys.path[:] = before
    for name in set(sys.modules) - modules:
        if str(tmp_path) in str(getattr(sys.modules[name], "__file__", "")):
            del sys.modules[name]
