"""What an installation is configured to be; frozen, complete and checked."""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Annotated, Any, ClassVar, Literal, TypeVar
from urllib.parse import quote
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError, available_timezones

from pydantic import (
    AfterValidator,
    AwareDatetime,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    PlainSerializer,
    StrictInt,
    ValidationInfo,
    model_validator,
)

from core.data.address import PostgresSettings, parse
from core.errors import ConfigurationError
from core.wording import suggestion

K = TypeVar("K")
V = TypeVar("V")

Environment = Literal["production", "development"]
Dialect = Literal["sqlite", "postgres"]
UnavailablePolicy = Literal["strict", "skip"]

KEY_BYTES = 32
FEWEST_DIFFERENT_BYTES = 8
"""32 random bytes have fewer different ones once in 10^40 draws."""
NAME = r"^[a-z][a-z0-9_]{0,39}$"


def _freeze(value: Mapping[K, V]) -> Mapping[K, V]:
    return MappingProxyType(dict(value))


Frozen = Annotated[Mapping[K, V], AfterValidator(_freeze), PlainSerializer(dict)]


def _absolute(path: Path, info: ValidationInfo) -> Path:
    """Resolve a path against the folder of the configuration file."""
    base: Path = (info.context or {}).get("base", Path.cwd())
    return (base / path.expanduser()).resolve()


def _existing_folder(path: Path) -> Path:
    if not path.is_dir():
        raise ValueError(f"there is no folder {path}")
    return path


def _key(value: object) -> object:
    if not isinstance(value, str):
        return value
    text = value.strip().rstrip("=").translate(str.maketrans("-_", "+/"))
    try:
        key = base64.b64decode(text + "=" * (-len(text) % 4), validate=True)
    except (binascii.Error, ValueError):
        key = b""
    if len(key) != KEY_BYTES:
        raise ValueError(f"write {KEY_BYTES} bytes in base64, as `openssl rand -base64 {KEY_BYTES}` prints them")
    if len(set(key)) < FEWEST_DIFFERENT_BYTES:
        raise ValueError(f"it is not random; `openssl rand -base64 {KEY_BYTES}` makes a good one")
    return key


def _database_url(value: str, info: ValidationInfo) -> str:
    try:
        address = parse(value)
    except ConfigurationError as error:
        raise ValueError(error.message) from None
    if isinstance(address, PostgresSettings):
        return "postgres" + value[value.index("://") :]
    _, mark, options = value.partition("?")
    return f"sqlite://{quote(str(_absolute(address.path, info)))}{mark}{options}"


def _time_zone(value: str) -> str:
    try:
        ZoneInfo(value)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise ValueError(
            f"write an IANA zone, such as Asia/Shanghai; {suggestion(value, available_timezones())}"
        ) from None
    return value


def _host_name(value: str) -> str:
    name = value.lower().rstrip(".")
    if not re.fullmatch(r"[a-z0-9_]([a-z0-9_.-]*[a-z0-9_])?", name):
        raise ValueError("write a bare host name, such as crm.example.com, without scheme, port or path")
    return name


Key = Annotated[bytes, BeforeValidator(_key)]
KeyId = Annotated[str, Field(pattern=r"^[A-Za-z0-9_-]{1,32}$")]
DealerName = Annotated[str, Field(pattern=NAME)]
ModuleName = Annotated[str, Field(pattern=NAME)]


class _Table(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", validate_default=True)

    not_written: ClassVar[frozenset[str]] = frozenset()
    """Fields that are no keys of the file."""


class ServerSettings(_Table):
    """Where the process listens and writes."""

    host: str = "127.0.0.1"
    port: StrictInt = Field(default=8000, ge=0, le=65535)
    environment: Environment = "development"
    clock: AwareDatetime | None = Field(
        default=None,
        description="for trying things out in development: the moment at which the process takes itself to start, such "
        "as 2026-11-21T13:10:00Z",
    )
    data_folder: Annotated[Path, AfterValidator(_absolute)] = Path("var")
    """Everything that the installation writes: SQLite files, uploads, the keys made for development."""
    cors_origins: tuple[Annotated[str, Field(pattern=r"^(\*|https?://[^/\s]+)$")], ...] = ()
    """Origins of web pages elsewhere that may use the API, such as https://app.example.com; none without it."""

    @model_validator(mode="after")
    def _true_time_in_production(self) -> ServerSettings:
        if self.clock is not None and self.environment == "production":
            raise ValueError("clock is for development: remove it, production goes by the machine's clock")
        return self


class LogSettings(_Table):
    """What is written to the log."""

    level: Literal["debug", "info", "warning", "error"] = "info"


class PluginSettings(_Table):
    """Where plugins are looked for, and what happens when one can't be loaded."""

    folders: tuple[Annotated[Path, AfterValidator(_absolute), AfterValidator(_existing_folder)], ...] = ()
    unavailable: UnavailablePolicy = "strict"


class DealerKeys(_Table):
    """The secret keys of one dealer; never shown, logged or dumped."""

    encryption: Frozen[KeyId, Key] = Field(
        repr=False,
        exclude=True,
        min_length=1,
        description="keys by id, from FORECOURT_SECRET_ENCRYPTION_KEYS (id:key,id:key; the first one encrypts) or from "
        "the file that keys.file names; `openssl rand -base64 32` makes a key",
    )
    current: KeyId = Field(description="the id of the key that encrypts; the others only decrypt")
    index: Key = Field(
        repr=False,
        exclude=True,
        description="a key of its own, from FORECOURT_SECRET_INDEX_KEY or from the file that keys.file names; "
        "`openssl rand -base64 32` makes one",
    )
    token: Key = Field(
        repr=False,
        exclude=True,
        description="a key of its own, from FORECOURT_SECRET_TOKEN_KEY or from the file that keys.file names; "
        "`openssl rand -base64 32` makes one",
    )

    @model_validator(mode="after")
    def _consistent(self) -> DealerKeys:
        if self.current not in self.encryption:
            raise ValueError(f"current names no key of encryption: {suggestion(self.current, self.encryption)}")
        every = [*self.encryption.values(), self.index, self.token]
        if len(set(every)) < len(every):
            raise ValueError("two keys are equal; the encryption keys, index and token each need a key of their own")
        return self


class DealerSettings(_Table):
    """One dealer: his database, modules, keys and habits.

    Attributes:
        database_url: `sqlite://` and an absolute path, or a `postgres://` address with its password.
        modules: Names of the modules that are on, in the order of the file.
        settings: Per module the table that its settings model validates; modules that are off keep theirs.
        path_prefix: Empty, or such as `/north`.
    """

    not_written = frozenset({"name"})

    name: str
    database_url: Annotated[str, AfterValidator(_database_url)] = Field(repr=False, exclude=True)
    modules: tuple[ModuleName, ...]
    settings: Frozen[ModuleName, Frozen[str, Any]] = Field(default_factory=dict)
    host_names: tuple[Annotated[str, AfterValidator(_host_name)], ...] = ()
    path_prefix: str = Field(default="", pattern=r"^(/[A-Za-z0-9_-]+)*$")
    keys: DealerKeys
    locale: Literal["zh-CN", "en"] = "zh-CN"
    currency: str = Field(default="CNY", pattern=r"^[A-Z]{3}$")
    time_zone: Annotated[str, AfterValidator(_time_zone)] = "Asia/Shanghai"
    law_profile: Literal["cn"] = "cn"

    @property
    def dialect(self) -> Dialect:
        """Which kind of database `database_url` names."""
        return "sqlite" if self.database_url.startswith("sqlite://") else "postgres"


class Settings(_Table):
    """The whole installation.

    Attributes:
        file: The configuration file that was read; None when there was none.
        dealers: By name, in the order of the file; at least one.
    """

    not_written = frozenset({"file"})

    server: ServerSettings
    log: LogSettings
    plugins: PluginSettings
    dealers: Frozen[DealerName, DealerSettings] = Field(min_length=1)
    file: Path | None = None

    @property
    def production(self) -> bool:
        """Whether the stricter rules for installations with real data hold."""
        return self.server.environment == "production"

    @property
    def dialect(self) -> Dialect:
        """The kind of database that all dealers of this process use."""
        return next(iter(self.dealers.values())).dialect
