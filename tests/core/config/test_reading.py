from __future__ import annotations

import base64
import secrets
import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from core.config.reading import check_modules, load_settings
from core.config.settings import Settings
from core.errors import ConfigurationError

pytestmark = pytest.mark.once


def new_key() -> str:
    return base64.b64encode(secrets.token_bytes(32)).decode()


def written(folder: Path, text: str) -> Path:
    file = folder / "forecourt.toml"
    file.write_text(text, encoding="utf-8")
    return file


def mistakes(folder: Path, text: str, **environ: str) -> str:
    with pytest.raises(ConfigurationError) as caught:
        load_settings(written(folder, text), environ)
    return caught.value.message


def production_secrets(suffix: str = "") -> dict[str, str]:
    return {
        f"FORECOURT_SECRET_ENCRYPTION_KEYS{suffix}": f"k2:{new_key()},k1:{new_key()}",
        f"FORECOURT_SECRET_INDEX_KEY{suffix}": new_key(),
        f"FORECOURT_SECRET_TOKEN_KEY{suffix}": new_key(),
    }


def test_without_a_file_one_dealer_works_on_sqlite_below_var(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    settings = load_settings(None, {})
    dealer = settings.dealers["main"]
    assert settings.file is None
    assert settings.dialect == "sqlite"
    assert dealer.database_url == f"sqlite://{tmp_path}/var/forecourt.sqlite3"
    assert (dealer.currency, dealer.time_zone, dealer.law_profile) == ("CNY", "Asia/Shanghai", "cn")


def test_file_is_found_through_its_variable_and_paths_are_relative_to_it(tmp_path: Path) -> None:
    (tmp_path / "addons").mkdir()
    file = written(
        tmp_path,
        """
        [server]
        port = 9000
        data_folder = "state"
        [plugins]
        folders = ["addons"]
        unavailable = "skip"
        [dealer]
        modules = ["customers", "sales"]
        time_zone = "Europe/Berlin"
        [dealer.settings.sales]
        reserve_hours = 48
        """,
    )
    settings = load_settings(None, {"FORECOURT_CONFIG": str(file)})
    dealer = settings.dealers["main"]
    assert settings.file == file
    assert settings.server.port == 9000
    assert settings.plugins.folders == (tmp_path / "addons",)
    assert dealer.modules == ("customers", "sales")
    assert dealer.settings["sales"]["reserve_hours"] == 48
    assert dealer.database_url == f"sqlite://{tmp_path}/state/forecourt.sqlite3"


def test_environment_wins_over_the_file(tmp_path: Path) -> None:
    file = written(tmp_path, '[server]\nport = 9000\n[dealer]\ndatabase_url = "sqlite://a.db"\n')
    url = "postgresql://crm:p%40ss@db.example.com:5433/crm?pool_size=4"
    settings = load_settings(file, {"PORT": "0", "FORECOURT_DATABASE_URL": url, "FORECOURT_LOG_LEVEL": "debug"})
    assert settings.server.port == 0
    assert settings.log.level == "debug"
    assert settings.dealers["main"].database_url == "postgres://crm:p%40ss@db.example.com:5433/crm?pool_size=4"
    assert settings.dealers["main"].dialect == "postgres"


def test_settings_are_frozen_throughout(tmp_path: Path) -> None:
    settings = load_settings(written(tmp_path, "[dealer.settings.sales]\nx = 1\n"), {})
    with pytest.raises(ValueError, match="frozen"):
        settings.server.port = 1
    with pytest.raises(TypeError):
        settings.dealers["other"] = settings.dealers["main"]  # type: ignore[index]  # must fail as well
    with pytest.raises(TypeError):
        settings.dealers["main"].settings["sales"]["x"] = 2  # type: ignore[index]  # must fail as well


def test_secrets_are_in_no_representation(tmp_path: Path) -> None:
    secret = production_secrets() | {"FORECOURT_DATABASE_URL": "postgres://crm:hunter2@db/crm"}
    settings = load_settings(written(tmp_path, ""), secret)
    shown = repr(settings) + settings.model_dump_json() + str(settings.model_dump())
    assert "hunter2" not in shown
    assert repr(settings.dealers["main"].keys.index) not in shown
    assert base64.b64encode(settings.dealers["main"].keys.index).decode() not in shown


def test_development_keys_are_made_once_and_for_the_owner_alone(tmp_path: Path) -> None:
    file = written(tmp_path, "")
    first = load_settings(file, {}).dealers["main"].keys
    made = tmp_path / "var" / "keys.main.toml"
    assert stat.S_IMODE(made.stat().st_mode) == 0o600
    again = load_settings(file, {}).dealers["main"].keys
    assert (again.index, again.token, dict(again.encryption)) == (first.index, first.token, dict(first.encryption))
    assert [path.name for path in made.parent.iterdir()] == ["keys.main.toml"]


def test_parallel_starts_agree_on_the_development_keys(tmp_path: Path) -> None:
    file = written(tmp_path, "")
    with ThreadPoolExecutor(8) as pool:
        every = list(pool.map(lambda _: load_settings(file, {}).dealers["main"].keys.index, range(16)))
    assert len(set(every)) == 1


def test_development_keys_that_others_may_read_are_refused(tmp_path: Path) -> None:
    file = written(tmp_path, "")
    load_settings(file, {})
    made = tmp_path / "var" / "keys.main.toml"
    made.chmod(0o644)
    with pytest.raises(ConfigurationError, match=f"chmod 600 {made}"):
        load_settings(file, {})


def test_first_encryption_key_of_the_environment_is_the_current_one(tmp_path: Path) -> None:
    keys = load_settings(written(tmp_path, ""), production_secrets()).dealers["main"].keys
    assert keys.current == "k2"
    assert set(keys.encryption) == {"k1", "k2"}
    assert not (tmp_path / "var").exists(), "complete keys make no key file"


def test_key_file_of_production_is_read_next_to_the_configuration(tmp_path: Path) -> None:
    secret = tmp_path / "secret.toml"
    secret.write_text(f'index = "{new_key()}"\ntoken = "{new_key()}"\n[encryption]\nonly = "{new_key()}"\n')
    text = '[server]\nenvironment = "production"\n[dealer.keys]\nfile = "secret.toml"\n'
    secret.chmod(0o640)
    assert f"chmod 600 {secret}" in mistakes(tmp_path, text)
    secret.chmod(0o600)
    settings = load_settings(written(tmp_path, text), {})
    assert settings.production
    assert settings.dealers["main"].keys.current == "only"


def test_production_names_every_missing_secret_with_its_variable(tmp_path: Path) -> None:
    message = mistakes(tmp_path, '[server]\nenvironment = "production"\n')
    for key, variable in (("encryption", "ENCRYPTION_KEYS"), ("index", "INDEX_KEY"), ("token", "TOKEN_KEY")):
        assert f"dealer.keys.{key} is missing" in message
        assert f"FORECOURT_SECRET_{variable}" in message
    assert message.startswith("the configuration has 3 mistakes")
    assert not (tmp_path / "var").exists()


def test_bad_secrets_are_refused_without_being_shown(tmp_path: Path) -> None:
    short = base64.b64encode(b"too short but secret").decode()
    message = mistakes(tmp_path, "", **(production_secrets() | {"FORECOURT_SECRET_INDEX_KEY": short}))
    assert message.startswith("environment variable FORECOURT_SECRET_INDEX_KEY is not valid: write 32 bytes in base64")
    assert short not in message
    even = base64.b64encode(b"\0" * 32).decode()
    assert "not random" in mistakes(tmp_path, "", **(production_secrets() | {"FORECOURT_SECRET_TOKEN_KEY": even}))
    broken = {"FORECOURT_SECRET_ENCRYPTION_KEYS": new_key()}
    assert "write <id>:<key>" in mistakes(tmp_path, "", **(production_secrets() | broken))


def test_one_key_for_two_purposes_is_refused(tmp_path: Path) -> None:
    same = new_key()
    message = mistakes(
        tmp_path,
        "",
        **(production_secrets() | {"FORECOURT_SECRET_INDEX_KEY": same, "FORECOURT_SECRET_TOKEN_KEY": same}),
    )
    assert "two keys are equal" in message
    assert same not in message


def test_broken_toml_names_line_and_column(tmp_path: Path) -> None:
    message = mistakes(tmp_path, "[server]\nport 8000\n")
    assert message.startswith(f"{tmp_path / 'forecourt.toml'} is not valid TOML")
    assert "line 2, column 6" in message


def test_file_that_is_not_utf8_names_the_line(tmp_path: Path) -> None:
    file = tmp_path / "forecourt.toml"
    file.write_bytes('[dealer]\n# 车行\nname = "车行"\n'.encode("gb18030"))
    with pytest.raises(ConfigurationError, match="not UTF-8 at line 2: save it as UTF-8"):
        load_settings(file, {})


def test_byte_order_mark_is_accepted(tmp_path: Path) -> None:
    file = tmp_path / "forecourt.toml"
    file.write_bytes(b"\xef\xbb\xbf[server]\r\nport = 8123\r\n")
    assert load_settings(file, {}).server.port == 8123


def test_named_file_that_is_absent_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="there is no configuration file"):
        load_settings(None, {"FORECOURT_CONFIG": str(tmp_path / "nowhere.toml")})


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("[server]\nprot = 1\n", "server.prot is unknown: did you mean port?"),
        ("[sever]\nport = 1\n", "sever is unknown: did you mean server?"),
        ('[dealer]\nmodles = ["a"]\n', "dealer.modles is unknown: did you mean modules?"),
        ("[dealers.north]\nhost = 1\n", "dealers.north.host is unknown: did you mean host_names?"),
        ("[log]\nqqq = 1\n", "log.qqq is unknown: there is level"),
        ('[server]\nport = "80"\n', "server.port is text, '80': write a whole number"),
        ("[server]\nport = true\n", "server.port is a truth value, True: write a whole number"),
        ("[server]\nport = 70000\n", "server.port is 70000: input should be less than or equal to 65535"),
        ("[server]\nhost = 5\n", "server.host is a number, 5: write text in quotes"),
        ('server = "x"\n', "server is text, 'x': write a table"),
        ('dealer = "x"\n', "dealer is text, 'x': write a table"),
        ('[dealer]\nmodules = "sales"\n', "dealer.modules is text, 'sales': write a list"),
        ("[dealer]\nmodules = [1]\n", "dealer.modules[0] is a number, 1: write text in quotes"),
        ('[dealer]\nmodules = ["Sales!"]\n', "dealer.modules[0] is 'Sales!': it must match"),
        ('[server]\nenvironment = "prod"\n', "server.environment is 'prod': write 'production' or 'development'"),
        ('[dealer]\ntime_zone = "Asia/Shangai"\n', "did you mean Asia/Shanghai?"),
        ('[dealer]\ncurrency = "yuan"\n', "dealer.currency is 'yuan'"),
        ('[dealer]\nhost_names = ["https://crm.example.com"]\n', "write a bare host name"),
        ('[dealer]\npath_prefix = "north"\n', "dealer.path_prefix is 'north'"),
        ('[dealer]\nname = "north"\n', "dealer.name is unknown: write [dealers.<name>]"),
        ("[dealers.North]\n", "dealers.North is not a valid name: it must match"),
        ("[dealers]\n", "dealers is {}: write 1 at least"),
        ("dealers = 3\n", "dealers is a number, 3: write a table"),
        ("[dealer.keys]\nfile = 3\n", "dealer.keys: file is not the path of a key file"),
        ("[dealer.keys]\nfile = 'nowhere.toml'\n", "nowhere.toml can't be read: No such file"),
        ("[dealer.keys]\nindex = 3\n", "dealer.keys.index is not valid: write text in quotes"),
        ('file = "x"\n', "file is unknown"),
        ('[plugins]\nfolders = ["nowhere"]\n', "there is no folder"),
    ],
)
def test_wrong_value_is_named_with_its_key_and_what_is_right(tmp_path: Path, text: str, expected: str) -> None:
    message = mistakes(tmp_path, text)
    assert str(tmp_path / "forecourt.toml") in message
    assert expected in message


def test_all_mistakes_are_told_at_once(tmp_path: Path) -> None:
    message = mistakes(
        tmp_path, '[server]\nprot = 1\nhost = 2\n[dealer]\ncurrency = "x"\n', PORT="http", FORECOURT_DATABSE_URL="x"
    )
    assert message.startswith("the configuration has 5 mistakes:\n  - ")
    assert "environment variable PORT is text, 'http': write a whole number" in message
    assert "environment variable FORECOURT_DATABSE_URL is unknown: did you mean FORECOURT_DATABASE_URL?" in message


@pytest.mark.parametrize(
    "url", ["mysql://root:hunter2@db/crm", "postgres://crm:hunter2/x@db:54x2/crm", "postgres://crm:hunter2@db"]
)
def test_bad_database_url_is_refused_without_showing_its_password(tmp_path: Path, url: str) -> None:
    message = mistakes(tmp_path, f'[dealer]\ndatabase_url = "{url}"\n')
    assert "dealer.database_url is not valid" in message
    assert "postgres://user:password@host:port/name" in message
    assert "hunter2" not in message


TWO = """
[dealers.north]
host_names = ["north.example.com"]
[dealers.south]
path_prefix = "/south"
"""


def test_two_dealers_have_databases_and_keys_of_their_own(tmp_path: Path) -> None:
    north, south = load_settings(written(tmp_path, TWO), {}).dealers.values()
    assert (north.name, south.name) == ("north", "south")
    assert north.database_url != south.database_url
    assert north.keys.index != south.keys.index


def test_variables_of_one_of_several_dealers_end_with_his_name(tmp_path: Path) -> None:
    environ = {"FORECOURT_DATABASE_URL__SOUTH": f"sqlite://{tmp_path}/s.db", **production_secrets("__NORTH")}
    settings = load_settings(written(tmp_path, TWO), environ)
    assert settings.dealers["south"].database_url == f"sqlite://{tmp_path}/s.db"
    assert settings.dealers["north"].keys.current == "k2"
    assert settings.dealers["south"].keys.current == "dev"


def test_variable_of_all_or_no_dealer_is_refused(tmp_path: Path) -> None:
    message = mistakes(tmp_path, TWO, FORECOURT_DATABASE_URL="sqlite://x.db")
    assert "append __<DEALER>, such as FORECOURT_DATABASE_URL__NORTH" in message
    message = mistakes(tmp_path, TWO, FORECOURT_DATABASE_URL__EAST="sqlite://x.db")
    assert "FORECOURT_DATABASE_URL__EAST belongs to no dealer" in message


@pytest.mark.parametrize(
    ("north", "south", "expected"),
    [
        (
            'database_url = "sqlite://n.db"',
            'database_url = "postgres://db/s"',
            "north uses sqlite, south uses postgres",
        ),
        ('database_url = "sqlite://n.db"', 'database_url = "sqlite://./n.db"', "the same database that dealers.north"),
        ('path_prefix = "/a"', 'path_prefix = "/a"', "dealers.south.path_prefix is /a that dealers.north has"),
        ('host_names = ["a.cn"]', 'host_names = ["A.CN"]', "dealers.south.host_names is a.cn that dealers.north has"),
        ("", "", "dealers north, south have neither host_names nor path_prefix"),
    ],
)
def test_dealers_that_get_in_each_others_way_are_refused(tmp_path: Path, north: str, south: str, expected: str) -> None:
    assert expected in mistakes(tmp_path, f"[dealers.north]\n{north}\n[dealers.south]\n{south}\n")


def test_shorthand_beside_named_dealers_is_refused(tmp_path: Path) -> None:
    assert "keep [dealer] or [dealers.<name>]" in mistakes(tmp_path, '[dealer]\nlocale = "en"\n' + TWO)


def with_modules(folder: Path, text: str) -> Settings:
    return load_settings(written(folder, text), {})


def test_unknown_module_is_named_with_the_nearest(tmp_path: Path) -> None:
    settings = with_modules(tmp_path, '[dealer]\nmodules = ["customers", "slaes"]\n[dealer.settings.invetory]\na = 1\n')
    with pytest.raises(ConfigurationError) as caught:
        check_modules(settings, {"customers", "sales", "inventory"})
    assert "dealer.modules[1] names the module slaes, which is not installed: did you mean sales?" in str(caught.value)
    assert "dealer.settings.invetory names the module invetory" in str(caught.value)


def test_settings_of_the_kernel_and_of_modules_that_are_off_are_accepted(tmp_path: Path) -> None:
    text = '[dealer]\nmodules = []\n[dealer.settings.core]\ncountry = "CN"\n[dealer.settings.sales]\na = 1\n'
    check_modules(with_modules(tmp_path, text), {"sales"})


KEY_FILE = 'current = "a"\nindex = "{index}"\ntoken = "{token}"\n[encryption]\na = "{a}"\n'
NAMES_IT = '[server]\nenvironment = "production"\n[dealer]\nkeys.file = "keys.toml"\n'


def the_only_mistake(folder: Path, text: str, **environ: str) -> str:
    message = mistakes(folder, text, **environ)
    assert "\n" not in message, message
    return message


def key_file(tmp_path: Path, text: str = KEY_FILE, mode: int = 0o600) -> None:
    (tmp_path / "keys.toml").write_text(text.format(index=new_key(), token=new_key(), a=new_key()))
    (tmp_path / "keys.toml").chmod(mode)


@pytest.mark.parametrize(
    ("text", "mode", "expected"),
    [
        (KEY_FILE, 0o644, "holds secret keys and others may read it: run chmod 600"),
        ("current = ", 0o600, "keys.toml is not valid TOML"),
        ("x = 1\n" + KEY_FILE, 0o600, "keys.toml: x is unknown"),
        (KEY_FILE.replace('current = "a"', 'current = "b"'), 0o600, "current names no key of encryption: there is a"),
    ],
)
def test_key_file_that_can_not_be_used_is_one_mistake(tmp_path: Path, text: str, mode: int, expected: str) -> None:
    key_file(tmp_path, text, mode)
    assert expected in the_only_mistake(tmp_path, NAMES_IT)


def test_key_file_that_is_absent_is_one_mistake(tmp_path: Path) -> None:
    told = the_only_mistake(tmp_path, NAMES_IT)
    assert "keys.toml can't be read: No such file or directory" in told


@pytest.mark.parametrize(
    ("configuration", "environ", "expected"),
    [
        ('[server]\nenvironment = "prod"\n', {}, "write 'production' or 'development'"),
        ('[server]\ndata_folder = "forecourt.toml"\n', {}, "name another server.data_folder"),
        ("[dealer]\nkeys.file = 5\n", {}, "file is not the path of a key file"),
        ("", {"FORECOURT_SECRET_ENCRYPTION_KEYS": "abc"}, "FORECOURT_SECRET_ENCRYPTION_KEYS can't be read"),
    ],
)
def test_mistake_is_not_followed_by_untrue_ones(
    tmp_path: Path, configuration: str, environ: dict[str, str], expected: str
) -> None:
    assert expected in the_only_mistake(tmp_path, configuration, **environ)


def test_rule_over_several_keys_shows_none_of_them(tmp_path: Path) -> None:
    same = new_key()
    key_file(tmp_path, KEY_FILE.replace("{index}", same).replace("{token}", same))
    told = the_only_mistake(tmp_path, NAMES_IT)
    assert "two keys are equal" in told
    assert same[:8] not in told
    assert "{" not in told
