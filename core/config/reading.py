"""From `forecourt.toml` and the environment to `Settings`, with all mistakes told at once."""

from __future__ import annotations

import tomllib
from collections.abc import Collection, Iterable, Mapping
from pathlib import Path
from typing import Any, get_args

from pydantic import ValidationError

from core.config import environment
from core.config.checks import across_dealers
from core.config.keys import complete
from core.config.settings import Environment, Settings
from core.errors import ConfigurationError
from core.plugins.discovery import KERNEL, builtin_names
from core.wording import Location, explain, key_path, suggestion

DEFAULT_FILE = Path("forecourt.toml")
DEFAULT_DEALER = "main"
DEFAULT_DATA_FOLDER = "var"


def load_settings(path: Path | None, environ: Mapping[str, str]) -> Settings:
    """Read and check the configuration.

    Args:
        path: The file; without it the one that FORECOURT_CONFIG names, else `./forecourt.toml`, which may be absent.
        environ: Environment variables; they win over the file.

    Raises:
        ConfigurationError: One line per mistake, with file or variable, key, what is wrong and what would be right.
    """
    file = _find_file(path, environ)
    return _Reading(file, read_document(file) if file else {}, environ).settings()


def read_document(file: Path) -> dict[str, Any]:
    """Return the tables of a TOML file.

    Raises:
        ConfigurationError: It can't be read, is not UTF-8, or is not TOML; with line and column.
    """
    try:
        content = file.read_bytes()
    except OSError as error:
        raise ConfigurationError(f"{file} can't be read: {error.strerror}") from error
    try:
        # Windows editors put a byte order mark before the text, which TOML does not know.
        return tomllib.loads(content.decode("utf-8-sig"))
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise ConfigurationError(f"{file} is not UTF-8 at line {line}: save it as UTF-8") from error
    except tomllib.TOMLDecodeError as error:
        raise ConfigurationError(f"{file} is not valid TOML: {error}") from error


def check_modules(settings: Settings, known: Collection[str]) -> None:
    """Compare the modules that the configuration names with those that are installed.

    Raises:
        ConfigurationError: It switches on, or has settings for, a module that is not installed.
    """
    where = settings.file or DEFAULT_FILE
    shorthand = _is_shorthand(settings.dealers)
    lines = []
    for name, dealer in settings.dealers.items():
        table = "dealer" if shorthand else f"dealers.{name}"
        named = [(f"{table}.modules[{index}]", module) for index, module in enumerate(dealer.modules)]
        named += [(f"{table}.settings.{module}", module) for module in dealer.settings]
        lines += [
            f"{where}: {key} names the module {module}, which is not installed: {suggestion(module, known)}"
            for key, module in named
            if module not in known and not (module == KERNEL and ".settings." in key)
        ]
    if lines:
        raise _error(lines)


def _find_file(path: Path | None, environ: Mapping[str, str]) -> Path | None:
    named = path or (Path(environ[environment.CONFIG]) if environ.get(environment.CONFIG) else None)
    if named is None:
        return DEFAULT_FILE.resolve() if DEFAULT_FILE.exists() else None
    if not named.exists():
        raise ConfigurationError(
            f"there is no configuration file {named}: write it, or give another by {environment.CONFIG}"
        )
    return named.resolve()


def _is_shorthand(dealers: Iterable[str]) -> bool:
    return list(dealers) == [DEFAULT_DEALER]


def _error(lines: list[str]) -> ConfigurationError:
    if len(lines) == 1:
        return ConfigurationError(lines[0])
    return ConfigurationError("\n  - ".join([f"the configuration has {len(lines)} mistakes:", *lines]))


class _Reading:
    """One pass over a configuration; collects mistakes, and where each value came from."""

    def __init__(self, file: Path | None, document: dict[str, Any], environ: Mapping[str, str]) -> None:
        self.file = file
        self.base = file.parent if file else Path.cwd()
        self.document = document
        self.environ = environ
        self.origins: dict[Location, str] = {}
        self.mistakes: list[str] = []
        self.unread: list[Location] = []
        self.shorthand = "dealers" not in document

    def settings(self) -> Settings:
        for table in ("server", "log", "plugins"):
            self.document.setdefault(table, {})
        for variable, location, value in environment.server_values(self.environ):
            self._put(variable, location, value)
        dealers = self._dealers()
        for name, dealer in dealers.items():
            if isinstance(dealer, dict):
                self._fill(name, dealer, single=len(dealers) == 1)
        self.mistakes += environment.stray_variables(self.environ, list(dealers))
        # The file's own place is no key of the file.
        if "file" in self.document:
            self.mistakes.append(f"{self._shown(('file',))} is unknown")
        settings = self._validated(self.document | {"file": self.file})
        if settings is not None:
            self.mistakes += [f"{self._where()}: {line}" for line in across_dealers(settings)]
        if settings is None or self.mistakes:
            raise _error(self.mistakes)
        return settings

    def _validated(self, document: dict[str, Any]) -> Settings | None:
        try:
            return Settings.model_validate(document, context={"base": self.base})
        except ValidationError as error:
            self.mistakes += explain(error, Settings, self._shown, self.unread)
            return None

    def _dealers(self) -> dict[str, Any]:
        single = self.document.pop("dealer", None)
        if self.shorthand:
            self.document["dealers"] = {DEFAULT_DEALER: {} if single is None else single}
        elif single is not None:
            self.mistakes.append(f"{self._where()}: dealer stands beside dealers: keep [dealer] or [dealers.<name>]")
        dealers = self.document["dealers"]
        return dealers if isinstance(dealers, dict) else {}

    def _fill(self, name: str, dealer: dict[str, Any], *, single: bool) -> None:
        """Complete a dealer's table with the environment, his keys and the defaults that depend on other values."""
        if "name" in dealer:
            self.mistakes.append(f"{self._shown(('dealers', name, 'name'))} is unknown: write [dealers.<name>] instead")
        dealer["name"] = name
        for variable, location, value in environment.dealer_values(self.environ, name, single=single):
            self._put(variable, ("dealers", name, *location), value, dealer, location)
        dealer.setdefault("modules", builtin_names())
        folder = self._table("server").get("data_folder", DEFAULT_DATA_FOLDER)
        stem = "forecourt" if name == DEFAULT_DEALER else name
        dealer.setdefault("database_url", f"sqlite://{folder}/{stem}.sqlite3")
        keys = dealer.setdefault("keys", {})
        if isinstance(keys, dict):
            place = ("dealers", name, "keys")
            dealer["keys"] = self._keys(place, self._listed(place, keys), f"{folder}/keys.{name}.toml")

    def _listed(self, place: Location, keys: dict[str, Any]) -> dict[str, Any]:
        """Return keys with those that the environment lists taken apart."""
        listed = keys.get("encryption")
        variable = self.origins.get((*place, "encryption"))
        if not variable or not isinstance(listed, str):
            return keys
        found = environment.encryption_keys(listed)
        if found is not None:
            return keys | dict(zip(PAIR, found, strict=True))
        self.mistakes.append(f"{variable} can't be read: write <id>:<key>,<id>:<key>, the first one encrypts")
        self.unread.append((*place, "encryption"))
        return {name: value for name, value in keys.items() if name not in PAIR}

    def _keys(self, place: Location, keys: dict[str, Any], made: str) -> dict[str, Any]:
        chosen = self._table("server").get("environment", "development")
        develops = chosen == "development"
        if chosen not in get_args(Environment):
            self.unread.append(place)  # nobody knows whether keys would be made
        try:
            found = complete(keys, self.base, self.base / made if develops else None)
        except ConfigurationError as error:
            self.mistakes.append(f"{self._shown(place)}: {error.message}")
            self.unread.append(place)
            return {name: value for name, value in keys.items() if name != "file"}
        if isinstance(keys.get("file"), str):
            for name in found.keys() - keys.keys():
                self.origins[(*place, name)] = f"{self.base / keys['file']}: {name}"
        return found

    def _put(
        self,
        variable: str,
        location: Location,
        value: object,
        document: dict[str, Any] | None = None,
        within: Location | None = None,
    ) -> None:
        if environment.put(self.document if document is None else document, within or location, value):
            self.origins[location] = f"environment variable {variable}"

    def _table(self, name: str) -> Mapping[str, Any]:
        table = self.document.get(name)
        return table if isinstance(table, dict) else {}

    def _where(self) -> str:
        return str(self.file) if self.file else f"{DEFAULT_FILE} (absent)"

    def _shown(self, location: Location) -> str:
        for end in range(len(location), 0, -1):
            if variable := self.origins.get(location[:end]):
                return variable
        if self.shorthand and location[:2] == ("dealers", DEFAULT_DEALER):
            location = ("dealer", *location[2:])
        return f"{self._where()}: {key_path(location)}"


PAIR = ("encryption", "current")
