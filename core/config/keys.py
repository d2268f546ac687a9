"""Where a dealer's secret keys come from: environment, configuration, a key file, or made for development."""

from __future__ import annotations

import base64
import os
import secrets
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from core.config.settings import KEY_BYTES
from core.errors import ConfigurationError

OPEN_TO_OTHERS = 0o077
NEEDED = ("encryption", "index", "token")


def complete(keys: Mapping[str, Any], base: Path, made: Path | None) -> dict[str, Any]:
    """Return the keys together with those of the file that `keys.file` names, or of the development key file.

    Args:
        keys: What the environment and the configuration say.
        base: The folder that `file` is relative to.
        made: The development key file, made when it is needed and absent; None in production.

    Raises:
        ConfigurationError: A key file can't be read or written, or others may read it.
    """
    inline = {name: value for name, value in keys.items() if name != "file"}
    named = keys.get("file", "")
    if not isinstance(named, str):
        raise ConfigurationError("file is not the path of a key file: write text in quotes")
    if named:
        inline = _joined(_read((base / named).expanduser(), checked=made is None), inline)
    if made is not None and any(name not in inline for name in NEEDED):
        inline = _joined(_read_or_make(made), inline)
    encryption = inline.get("encryption")
    if "current" not in inline and isinstance(encryption, dict) and len(encryption) == 1:
        inline["current"] = next(iter(encryption))
    elif not isinstance(encryption, dict):
        # Nobody can name a key before there is one: its absence is the one mistake to tell.
        inline.setdefault("current", "none")
    return inline


def _joined(lower: Mapping[str, Any], upper: Mapping[str, Any]) -> dict[str, Any]:
    # `current` belongs to the `encryption` of the same source: an id from elsewhere would name another key.
    hidden = ("encryption", "current") if "encryption" in upper else ()
    return {name: value for name, value in lower.items() if name not in hidden} | dict(upper)


def _read(path: Path, *, checked: bool) -> dict[str, Any]:
    try:
        if checked and path.stat().st_mode & OPEN_TO_OTHERS:
            raise ConfigurationError(f"{path} holds secret keys and others may read it: run chmod 600 {path}")
        return tomllib.loads(path.read_text("utf-8"))
    except OSError as error:
        raise ConfigurationError(f"the key file {path} can't be read: {error.strerror}") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError):
        # The original error quotes the text around it, which is a secret here.
        raise ConfigurationError(f"the key file {path} is not valid TOML") from None


def _read_or_make(path: Path) -> dict[str, Any]:
    if not path.exists():
        try:
            _make(path)
        except OSError as error:
            raise ConfigurationError(
                f"the keys for development can't be written to {path}: {error.strerror}; "
                "name another server.data_folder, or set the FORECOURT_SECRET_… variables"
            ) from error
    return _read(path, checked=True)


def _make(path: Path) -> None:
    """Write a file of new keys; when another process is faster, its keys stay."""
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(f"{path.name}.{os.getpid()}.{secrets.token_hex(4)}")
    text = (
        "# Made for development. Whoever has these keys can read everything that is encrypted with them.\n"
        f'current = "dev"\nindex = "{_new()}"\ntoken = "{_new()}"\n\n[encryption]\ndev = "{_new()}"\n'
    )
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as file:
        file.write(text)
    try:
        os.link(draft, path)
    except FileExistsError:
        pass
    finally:
        draft.unlink()


def _new() -> str:
    return base64.b64encode(secrets.token_bytes(KEY_BYTES)).decode()
