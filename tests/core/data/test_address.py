from __future__ import annotations

from pathlib import Path

import pytest

from core.data.address import PostgresSettings, SqliteSettings, parse
from core.errors import ConfigurationError

pytestmark = pytest.mark.once


@pytest.mark.parametrize(
    ("url", "path"),
    [
        ("sqlite:///abs/path.db", "/abs/path.db"),
        ("sqlite://relative/path.db", "relative/path.db"),
        ("sqlite://dealer.db", "dealer.db"),
        ("sqlite:///a%20b/c%23.db", "/a b/c#.db"),
    ],
)
def test_sqlite_url_names_a_file(url: str, path: str) -> None:
    settings = parse(url)
    assert isinstance(settings, SqliteSettings)
    assert settings.path == Path(path)
    assert settings.synchronous == "FULL"


def test_postgres_url_is_read_with_its_options() -> None:
    settings = parse("postgresql://us%40er:p%2Fw@[::1]:5433/my%20db?pool_size=3&sslmode=require", {"pool_size": 4})
    assert isinstance(settings, PostgresSettings)
    assert (settings.user, settings.password, settings.host, settings.port) == ("us@er", "p/w", "::1", 5433)
    assert (settings.database, settings.pool_size, settings.ssl) == ("my db", 4, "require")


@pytest.mark.parametrize(
    ("url", "user", "port"),
    [
        ("postgres:///name?host=/run/My%20Server", None, None),
        ("postgres://us%40er@/name?host=/run/My%20Server&port=5433", "us@er", 5433),
        ("postgres://%2Frun%2FMy%20Server/name", None, None),
        ("postgres://us%40er:p%2Fw@%2Frun%2FMy%20Server:5433/name", "us@er", 5433),
        ("postgres://us%40er@%2frun%2fMy%20Server/name", "us@er", None),
    ],
)
def test_socket_folder_is_the_host(url: str, user: str | None, port: int | None) -> None:
    settings = parse(url)
    assert isinstance(settings, PostgresSettings)
    assert (settings.host, settings.user, settings.port) == ("/run/My Server", user, port)
    assert str(settings) == f"PostgreSQL database name at /run/My Server/.s.PGSQL.{port or 5432}"


@pytest.mark.parametrize(
    ("url", "wrong"),
    [
        ("mysql://user:secret@host/name", "mysql://"),
        ("secret", "no scheme"),
        ("sqlite://", "names no file"),
        ("sqlite:///folder/", "names no file"),
        ("sqlite://:memory:", "memory"),
        ("sqlite:///:memory:", "memory"),
        ("postgres://user:secret@host", "names no database"),
        ("postgres://user:secret@host:port/name", "can't be read"),
        ("postgres://user:secret@%2Frun", "names no database"),
        ("postgres://user:secret@/name?host=/run&port=many", "port can't be read as int"),
        ("postgres://user:sec[ret@host/name", "can't be read"),
        ("postgres://user:secret@host/name?pool=3", "no option 'pool'"),
        ("postgres://user:secret@host/name?pool_size=many", "pool_size"),
        ("sqlite:///a.db?synchronous=OFF", "synchronous"),
        ("sqlite:///a.db?foreign_keys=perhaps", "foreign_keys"),
    ],
)
def test_url_that_cannot_be_used_is_refused_without_its_password(url: str, wrong: str) -> None:
    with pytest.raises(ConfigurationError, match=wrong) as caught:
        parse(url)
    assert "secret" not in str(caught.value)


def test_settings_show_no_password() -> None:
    settings = parse("postgres://user:secret@host/name")
    assert "secret" not in repr(settings) + str(settings)
