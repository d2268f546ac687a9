"""What environment variables say, written over what the file says."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from core.wording import Location, nearest

CONFIG = "FORECOURT_CONFIG"
SERVER: Mapping[str, Location] = {
    "FORECOURT_HOST": ("server", "host"),
    "PORT": ("server", "port"),
    "FORECOURT_ENVIRONMENT": ("server", "environment"),
    "FORECOURT_CLOCK": ("server", "clock"),
    "FORECOURT_DATA_FOLDER": ("server", "data_folder"),
    "FORECOURT_LOG_LEVEL": ("log", "level"),
}
ENCRYPTION = "FORECOURT_SECRET_ENCRYPTION_KEYS"
DEALER: Mapping[str, Location] = {
    "FORECOURT_DATABASE_URL": ("database_url",),
    ENCRYPTION: ("keys", "encryption"),
    "FORECOURT_SECRET_INDEX_KEY": ("keys", "index"),
    "FORECOURT_SECRET_TOKEN_KEY": ("keys", "token"),
}


def server_values(environ: Mapping[str, str]) -> Iterator[tuple[str, Location, object]]:
    """Yield variable, location and value of what concerns the whole process; an empty variable counts as absent."""
    for variable, location in SERVER.items():
        if text := environ.get(variable, ""):
            number = variable == "PORT" and text.isascii() and text.isdigit()
            yield variable, location, int(text) if number else text


def dealer_values(environ: Mapping[str, str], dealer: str, *, single: bool) -> Iterator[tuple[str, Location, object]]:
    """Yield variable, location within the dealer's table, and value.

    Args:
        single: There is one dealer, so that the variables need no `__<DEALER>` at their end.
    """
    for variable, location in DEALER.items():
        own = f"{variable}__{dealer.upper()}"
        for name in (variable, own) if single else (own,):
            if text := environ.get(name, ""):
                yield name, location, text


def encryption_keys(text: str) -> tuple[dict[str, str], str] | None:
    """Return the keys of `id:key,id:key` and the id of the first; None when it can't be read."""
    pairs = [part.strip().partition(":") for part in text.split(",") if part.strip()]
    if not pairs or any(not key_id.strip() or not key.strip() for key_id, _, key in pairs):
        return None
    keys = {key_id.strip(): key.strip() for key_id, _, key in pairs}
    return (keys, pairs[0][0].strip()) if len(keys) == len(pairs) else None


def stray_variables(environ: Mapping[str, str], dealers: Sequence[str]) -> list[str]:
    """Return one line per variable that would be silently without effect: misspelt, or of no dealer."""
    single = len(dealers) == 1
    used = {CONFIG, *SERVER}
    used |= set(DEALER) if single else set()
    used |= {f"{variable}__{name.upper()}" for variable in DEALER for name in dealers}
    set_names = (name for name in sorted(environ) if environ[name] and name not in used)
    return [line for name in set_names if (line := _stray(name, used, single))]


def _stray(name: str, used: set[str], single: bool) -> str | None:
    if name in DEALER and not single:
        return f"environment variable {name} would be every dealer's: append __<DEALER>, such as {_example(name, used)}"
    base, _, suffix = name.partition("__")
    if suffix and base in DEALER:
        return f"environment variable {name} belongs to no dealer: did you mean {_example(base, used)}?"
    if not name.startswith("FORECOURT_") or name.startswith("FORECOURT_TEST_"):
        return None
    meant = nearest(name, used, cutoff=0.9)
    return f"environment variable {name} is unknown: did you mean {meant}?" if meant else None


def _example(variable: str, used: set[str]) -> str:
    return min((one for one in used if one.startswith(variable)), default=variable)


def put(document: dict[str, Any], location: Location, value: object) -> bool:
    """Write a value into nested tables; False when something on the way is not a table."""
    table: Any = document
    for part in location[:-1]:
        table = table.setdefault(part, {})
        if not isinstance(table, dict):
            return False
    table[location[-1]] = value
    return True
