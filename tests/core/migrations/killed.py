"""Migrates a database in a process of its own, which a data migration kills; run by a test."""

from __future__ import annotations

import asyncio
import importlib
import sys
from pathlib import Path

from core.migrations.migrate import migrate
from core.migrations.state import MigratedModule


def main(url: str, folder: str, package: str, version: str) -> None:
    """Migrate all modules of a project."""
    sys.path.insert(0, folder)
    labels = sorted(p.stem for p in (Path(folder) / package / version).glob("[a-z]*.py"))
    modules = [
        MigratedModule(label, [importlib.import_module(f"{package}.{version}.{label}")], f"{package}.now.{label}")
        for label in ("core", "clients", "deals")
        if label in labels
    ]
    asyncio.run(migrate(url, modules))


if __name__ == "__main__":
    main(*sys.argv[1:])
