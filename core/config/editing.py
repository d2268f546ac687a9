"""Changes of `forecourt.toml` that the command line makes; everything else in the file stays as it was written."""

from __future__ import annotations

import contextlib
import os
import shutil
from collections.abc import MutableMapping, Sequence
from pathlib import Path
from typing import Any

import tomlkit
from tomlkit.exceptions import TOMLKitError
from tomlkit.items import Array

from core.config.reading import DEFAULT_DEALER
from core.errors import ConfigurationError
from core.wording import suggestion

BYTE_ORDER_MARK = "\ufeff"


def set_modules(path: Path, dealer: str, enabled: Sequence[str]) -> None:
    """Write which modules of a dealer are on; comments, order and line ends are kept.

    Args:
        path: The configuration file; it is made when there is none.
        enabled: All modules that shall be on, not only the new ones.

    Raises:
        ConfigurationError: The file is not TOML, has no such dealer, or can't be written.
    """
    target = path.resolve()
    try:
        text = target.read_bytes().decode("utf-8") if target.exists() else ""
        mark = BYTE_ORDER_MARK if text.startswith(BYTE_ORDER_MARK) else ""
        document = tomlkit.parse(text.removeprefix(mark))
    except (OSError, UnicodeDecodeError, TOMLKitError) as error:
        raise ConfigurationError(f"{path} can't be read: {error}") from error
    table = _dealer_table(document, dealer, path)
    modules = table.get("modules")
    if isinstance(modules, Array):
        _update(modules, enabled)
    else:
        table["modules"] = list(enabled)
    _replace(target, mark + tomlkit.dumps(document))


def _dealer_table(document: tomlkit.TOMLDocument, dealer: str, path: Path) -> MutableMapping[str, Any]:
    dealers = document.get("dealers")
    if isinstance(dealers, MutableMapping):
        names = list(dealers)
        table = dealers.get(dealer)
    else:
        names = [DEFAULT_DEALER]
        if dealer == DEFAULT_DEALER and "dealer" not in document:
            document["dealer"] = tomlkit.table()
        table = document.get("dealer") if dealer == DEFAULT_DEALER else None
    if not isinstance(table, MutableMapping):
        raise ConfigurationError(f"{path} has no dealer {dealer}: {suggestion(dealer, names)}")
    return table


def _update(modules: Array, enabled: Sequence[str]) -> None:
    for index in reversed(range(len(modules))):
        if modules[index] not in enabled:
            del modules[index]
    for name in enabled:
        if name not in modules:
            modules.append(name)


def _replace(target: Path, text: str) -> None:
    """Write the whole file or nothing."""
    draft = target.with_name(f".{target.name}.{os.getpid()}")
    try:
        draft.write_bytes(text.encode("utf-8"))
        if target.exists():
            shutil.copymode(target, draft)
        draft.replace(target)
    except OSError as error:
        with contextlib.suppress(OSError):
            draft.unlink()
        raise ConfigurationError(f"{target} can't be written: {error.strerror}") from error
