"""Where a plugin's tables may be declared, and of what."""

from __future__ import annotations

import inspect
from types import ModuleType

from tortoise.models import Model

from core.errors import PluginError

MODELS = "models"


def check_tables(plugin: str, file: str, module: ModuleType) -> None:
    """Refuse tables outside `models`, which no migration would know, and those without version and audit.

    Args:
        file: Where the plugin's module stands, by the name of the convention.

    Raises:
        PluginError: Names the model, its file and line, and what would be right.
    """
    for value in vars(module).values():
        if not (isinstance(value, type) and issubclass(value, Model)) or value._meta.abstract:
            continue
        inside = value.__module__ == module.__name__ or value.__module__.startswith(f"{module.__name__}.")
        if not inside:
            continue
        where = f"the model {value.__name__} of the plugin {plugin} ({defined_at(value)})"
        if file != MODELS:
            raise PluginError(
                f"{where} is declared in {file}: a table is there whatever else is on, so it belongs into models.py; "
                "keep what is for another module in its types, handlers and hooks",
                plugin,
            )
        if not hasattr(value, "__forecourt_audited__"):
            raise PluginError(
                f"{where} has no version and no audit: derive it from forecourt's Model or GroupModel", plugin
            )


def defined_at(thing: object) -> str:
    """Return file and line of a class or function, as far as its source tells."""
    try:
        target = inspect.unwrap(thing) if callable(thing) else thing
        return f"{inspect.getsourcefile(target)}:{inspect.getsourcelines(target)[1]}"  # type: ignore[arg-type]  # what has no source raises
    except (OSError, TypeError):
        return f"{getattr(thing, '__module__', '')}.{getattr(thing, '__qualname__', thing)}"
