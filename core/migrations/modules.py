"""Which of the loaded modules have tables, and where their migrations are."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from functools import cache, partial
from typing import TYPE_CHECKING

from core.making.build import build_catalog
from core.migrations.list_indexes import ListedKey, listed_keys
from core.migrations.state import MigratedModule

if TYPE_CHECKING:
    from core.plugins.loader import LoadedModule


def migrated(modules: Iterable[LoadedModule]) -> list[MigratedModule]:
    """Return the modules with tables, in their order; a built-in's migrations are in `migrations/<name>/`.

    An outside plugin brings its own, in `<its package>/migrations/`.
    """
    return list(_migrated(tuple(modules)))


def _migrated(modules: Sequence[LoadedModule]) -> Iterator[MigratedModule]:
    catalog = cache(partial(build_catalog, modules))

    def listed(module: str) -> Iterator[ListedKey]:
        return listed_keys(catalog(), module)

    for module in modules:
        models = [file for name, file in module.modules.items() if "models" in name.split(".")]
        if models:
            built_in = module.package == "core" or module.package.startswith("plugins.")
            package = f"migrations.{module.name}" if built_in else f"{module.package}.migrations"
            yield MigratedModule(module.name, models, package, partial(listed, module.name))
