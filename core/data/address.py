"""Database URLs, read into settings."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import SplitResult, parse_qsl, unquote, urlsplit

from core.errors import ConfigurationError

FORMS = "sqlite:///absolute/path, sqlite://relative/path or postgres://user:password@host:port/name"


@dataclass(frozen=True, slots=True, kw_only=True)
class SqliteSettings:
    """A database file and how it is used.

    Attributes:
        readers: Connections that read in threads; one more reads in the event loop.
        synchronous: FULL survives a power cut; NORMAL may lose the last commits then, never the file.
        busy_timeout_seconds: How long a write waits for another process.
        lock_timeout_seconds: How long a write waits for other tasks of this process, a read for a free connection.
        command_timeout_seconds: How long a statement that only reads may take.
        read_timeout_seconds: How long one may take that a client of the API has put together.
        statements_per_caller: How many of these may be under way for one person, key or address.
        turn_timeout_seconds: How long a further one waits for its turn.
        idle_seconds: After how long without use the connections are closed.
        foreign_keys: Off only for migrations that rebuild tables.
    """

    path: Path
    readers: int = 4
    synchronous: str = "FULL"
    busy_timeout_seconds: float = 5.0
    lock_timeout_seconds: float = 30.0
    command_timeout_seconds: float = 30.0
    read_timeout_seconds: float = 10.0
    statements_per_caller: int = 2
    turn_timeout_seconds: float = 10.0
    idle_seconds: float = 300.0
    foreign_keys: bool = True

    def __str__(self) -> str:
        return f"SQLite database {self.path}"


@dataclass(frozen=True, slots=True, kw_only=True)
class PostgresSettings:
    """A database of a server and how it is used.

    Attributes:
        host: A name, an address, or the folder of a Unix socket.
        read_timeout_seconds: How long a statement may take that a client of the API has put together; the database is
            told to stop then.
        statements_per_caller: How many of these may be under way for one person, key or address.
        turn_timeout_seconds: How long a further one waits for its turn.
        statement_cache_size: 0 behind a pgbouncer that pools transactions.
        ssl: As libpq's sslmode.
    """

    host: str | None
    port: int | None
    user: str | None
    password: str | None = field(repr=False)
    database: str
    pool_size: int = 10
    connect_timeout_seconds: float = 5.0
    acquire_timeout_seconds: float = 10.0
    command_timeout_seconds: float = 30.0
    read_timeout_seconds: float = 10.0
    statements_per_caller: int = 4
    turn_timeout_seconds: float = 10.0
    idle_seconds: float = 300.0
    statement_cache_size: int = 512
    ssl: str | None = None
    application_name: str = "forecourt"

    def __str__(self) -> str:
        host, port = self.host or "localhost", self.port or 5432
        place = f"{host}/.s.PGSQL.{port}" if host.startswith("/") else f"{host}:{port}"
        return f"PostgreSQL database {self.database} at {place}"


S = TypeVar("S", SqliteSettings, PostgresSettings)


def parse(url: str, options: Mapping[str, Any] | None = None) -> SqliteSettings | PostgresSettings:
    """Read a URL; its query and `options` (which win) may set any attribute of the settings.

    Raises:
        ConfigurationError: Another scheme, no name, or an option that does not exist or has no such value.
    """
    scheme, separator, rest = url.partition("://")
    if not separator or scheme not in ("sqlite", "postgres", "postgresql"):
        shown = f"{scheme}://" if separator else "no scheme"
        raise ConfigurationError(f"a database URL can't have {shown}; write {FORMS}")
    if scheme == "sqlite":
        return _sqlite(rest, options or {})
    return _postgres(url, options or {})


def _sqlite(rest: str, options: Mapping[str, Any]) -> SqliteSettings:
    path, _, query = rest.partition("?")
    if not path or path.endswith("/"):
        raise ConfigurationError(f"the database URL names no file; write {FORMS}")
    if path.lstrip("/") == ":memory:":
        raise ConfigurationError("a database in memory has no readers beside its writer; name a file")
    settings = _with_options(SqliteSettings(path=Path(unquote(path))), query, options)
    if settings.synchronous not in ("FULL", "NORMAL", "EXTRA"):
        raise ConfigurationError(f"synchronous is {settings.synchronous!r}; it can be FULL, NORMAL or EXTRA")
    return settings


def _postgres(url: str, options: Mapping[str, Any]) -> PostgresSettings:
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        # The reason would quote the URL, and with it the password.
        raise ConfigurationError(
            "the database URL can't be read; percent-encode special characters of user, password, name, and a "
            f"socket's folder: {FORMS}"
        ) from None
    database = unquote(parts.path[1:])
    if not database:
        raise ConfigurationError(f"the database URL names no database; write {FORMS}")
    settings = PostgresSettings(
        host=_host(parts),
        port=port,
        user=unquote(parts.username) if parts.username else None,
        password=unquote(parts.password) if parts.password else None,
        database=database,
    )
    return _with_options(settings, parts.query.replace("sslmode=", "ssl="), options)


def _host(parts: SplitResult) -> str | None:
    """Return a host name or address, or the folder of a socket, as in `%2Frun%2Fpostgresql`."""
    place = unquote(parts.netloc.rpartition("@")[2].partition(":")[0])
    # `hostname` is in small letters, which are other folders.
    return place if place.startswith("/") else parts.hostname


def _with_options(settings: S, query: str, options: Mapping[str, Any]) -> S:
    kinds = {f.name: type(getattr(settings, f.name)) for f in fields(settings) if f.name not in ("path", "database")}
    if "port" in kinds:
        kinds["port"] = int  # not there in most URLs of a socket
    values: dict[str, Any] = {}
    for name, value in [*parse_qsl(query), *options.items()]:
        kind = kinds.get(name)
        if kind is None:
            raise ConfigurationError(f"a database has no option {name!r}; there are {', '.join(sorted(kinds))}")
        try:
            values[name] = _read(kind, value)
        except ValueError:
            raise ConfigurationError(f"the database option {name} can't be read as {kind.__name__}") from None
    return replace(settings, **values)


def _read(kind: type, value: Any) -> Any:
    if kind is bool:
        if value not in (True, False, "true", "false"):
            raise ValueError(value)
        return value in (True, "true")
    return kind(value) if kind in (int, float) else str(value)
