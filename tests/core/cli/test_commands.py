"""The commands that need no server."""

from __future__ import annotations

import re
from pathlib import Path
from urllib.parse import quote

import pytest
import tomlkit
from typer.testing import CliRunner, Result

from core.cli import schemas
from core.cli.main import app
from tests.conftest import Dialect

SAMPLES = Path(__file__).parents[2] / "samples"


class Shell:
    """Runs commands on a configuration file in a folder of its own."""

    def __init__(self, folder: Path, database_url: str) -> None:
        self.file = folder / "forecourt.toml"
        self.environment = {"FORECOURT_CONFIG": str(self.file), "FORECOURT_DATABASE_URL": database_url, "PORT": ""}

    def configure(self, *modules: str) -> None:
        text = tomlkit.dumps({"plugins": {"folders": [str(SAMPLES)]}, "dealer": {"modules": list(modules)}})
        self.file.write_text(f"# of the dealer\n{text}")

    def modules(self) -> list[str]:
        found: list[str] = tomlkit.parse(self.file.read_text()).unwrap()["dealer"]["modules"]
        return found

    def run(self, *arguments: str, **environment: str) -> Result:
        return CliRunner().invoke(app, arguments, env=self.environment | environment)

    def must_run(self, *arguments: str) -> str:
        result = self.run(*arguments)
        assert result.exit_code == 0, result.output
        return result.output


@pytest.fixture
def shell(tmp_path: Path, database_url: str) -> Shell:
    made = Shell(tmp_path, database_url)
    made.configure()
    return made


def test_help_names_every_command(shell: Shell) -> None:
    said = shell.must_run("--help")
    for command in ("serve", "migrate", "makemigrations", "schema", "demo", "doctor", "modules", "audit", "version"):
        assert f"\n  {command} " in said


def test_version_is_printed(shell: Shell) -> None:
    assert shell.must_run("version").startswith("forecourt ")


def test_broken_configuration_is_one_message_and_code_2(shell: Shell) -> None:
    shell.file.write_text('[dealer]\nmodules = []\nlocal = "en"\n')
    result = shell.run("migrate")
    assert result.exit_code == 2
    assert "dealer.local is unknown: did you mean locale?" in result.output
    assert "Traceback" not in result.output


def test_missing_configuration_file_is_named(shell: Shell) -> None:
    result = shell.run("migrate", "--config", "nowhere.toml")
    assert result.exit_code == 2
    assert "nowhere.toml" in result.output


def test_fault_of_ours_is_shown_with_its_traceback(shell: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(schemas, "builtin_names", lambda: 1 / 0)
    assert isinstance(shell.run("schema").exception, ZeroDivisionError)


def test_schema_of_a_set_needs_no_database(shell: Shell) -> None:
    with_notes = shell.run("schema", "--modules", "notes", FORECOURT_DATABASE_URL="postgres://nobody@127.0.0.1:1/x")
    assert with_notes.exit_code == 0, with_notes.output
    assert "type Note implements Node" in with_notes.stdout
    assert "type Note implements Node" not in shell.must_run("schema", "--modules", "probe")


def test_schema_takes_required_modules_along(shell: Shell) -> None:
    assert "type Book implements Node" in shell.must_run("schema", "--modules", "bookclub")


def test_schema_of_an_unknown_module_is_refused(shell: Shell) -> None:
    result = shell.run("schema", "--modules", "note")
    assert result.exit_code == 2
    assert "did you mean notes?" in result.output


def test_written_schemas_are_compared_with_the_code(
    shell: Shell, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "schema"
    monkeypatch.setattr(schemas, "ROOT", tmp_path)
    monkeypatch.setattr(schemas, "FOLDER", folder)
    monkeypatch.setattr(schemas, "builtin_names", lambda: ())
    missing = shell.run("schema", "--check")
    assert missing.exit_code == 1
    assert "forecourt schema --write" in missing.output
    (folder / "modules").mkdir(parents=True)
    (folder / "modules" / "gone.graphql").write_text("type Query")
    assert "removed schema/modules/gone.graphql" in shell.must_run("schema", "--write")
    assert "agree" in shell.must_run("schema", "--check")
    (folder / "schema.graphql").write_text((folder / "schema.graphql").read_text().replace("regionCode", "region"))
    assert "+  regionCode" in shell.run("schema", "--check").output


def test_modules_are_listed_with_what_is_on(shell: Shell) -> None:
    shell.configure("library")
    said = shell.must_run("modules", "list")
    assert "on   library 1.0.0" in said
    assert "off  bookclub 1.0.0" in said
    assert "requires library" in said


def test_module_is_switched_on_with_what_it_requires(shell: Shell) -> None:
    said = shell.must_run("modules", "enable", "bookclub")
    assert "on now library, bookclub" in said
    assert shell.modules() == ["library", "bookclub"]
    assert shell.file.read_text().startswith("# of the dealer")
    assert "is on already" in shell.must_run("modules", "enable", "bookclub")


def test_unknown_module_is_not_switched_on(shell: Shell) -> None:
    before = shell.file.read_text()
    assert shell.run("modules", "enable", "libary").exit_code == 2
    assert shell.file.read_text() == before


def test_module_that_another_one_requires_stays_on(shell: Shell) -> None:
    shell.configure("library", "bookclub")
    result = shell.run("modules", "disable", "library")
    assert result.exit_code == 2
    assert "bookclub requires library" in result.output
    assert shell.modules() == ["library", "bookclub"]


def test_module_is_switched_off(shell: Shell) -> None:
    shell.configure("library", "bookclub")
    shell.must_run("modules", "disable", "bookclub")
    assert shell.modules() == ["library"]
    assert "is off already" in shell.must_run("modules", "disable", "bookclub")
    assert "did you mean library?" in shell.run("modules", "disable", "librari").output


def test_dry_run_says_what_would_be_gone_and_changes_nothing(shell: Shell) -> None:
    shell.configure("notes", "probe")
    said = shell.must_run("modules", "disable", "notes", "--dry-run")
    assert "type Note" in said
    assert "Query.notes" in said
    assert shell.modules() == ["notes", "probe"]


def test_several_dealers_need_a_name(shell: Shell, dialect: Dialect) -> None:
    urls = {
        "sqlite": ("sqlite:///tmp/north.db", "sqlite:///tmp/south.db"),
        "postgres": ("postgres://u@h/north", "postgres://u@h/south"),
    }
    for name, url in zip(("north", "south"), urls[dialect], strict=True):
        shell.environment[f"FORECOURT_DATABASE_URL__{name.upper()}"] = url
    shell.environment["FORECOURT_DATABASE_URL"] = ""
    shell.file.write_text('[dealers.north]\nmodules = []\npath_prefix = "/n"\n[dealers.south]\nmodules = []\n')
    result = shell.run("modules", "enable", "customers")
    assert result.exit_code == 2
    assert "--dealer" in result.output
    assert "there is no dealer west" in shell.run("modules", "enable", "x", "--dealer", "west").output


def test_migrate_twice_changes_nothing(shell: Shell) -> None:
    assert "core.0001_initial" in shell.must_run("migrate")
    assert "is up to date" in shell.must_run("migrate")


def test_doctor_says_what_to_do(shell: Shell) -> None:
    before = shell.run("doctor")
    assert before.exit_code == 1
    assert "forecourt migrate" in before.output
    shell.must_run("migrate")
    after = shell.must_run("doctor")
    assert "WRONG" not in after
    for asked in ("configuration", "database", "migrations", "keys", "disk", "clock", "plugin probe"):
        assert f"ok    main: {asked}" in after or f"ok    {asked}" in after
    shell.configure("nope")
    broken = shell.run("doctor")
    assert broken.exit_code == 1
    assert "nope" in broken.output
    shell.file.write_text("[dealer")
    assert shell.run("doctor").exit_code == 1


@pytest.mark.postgres
def test_doctor_names_the_socket_that_is_not_there(shell: Shell, tmp_path: Path) -> None:
    address = f"postgres://user:secret@{quote(str(tmp_path), safe='')}/name"
    said = shell.run("doctor", FORECOURT_DATABASE_URL=address)
    assert said.exit_code == 1
    assert f"{tmp_path}/.s.PGSQL.5432" in said.output
    assert "secret" not in said.output


def test_demo_is_for_an_empty_dealer_and_keeps_its_data(shell: Shell) -> None:
    first = shell.must_run("demo")
    assert "demo-sys-admin" in first
    again = shell.must_run("demo")
    assert "stores and staff" not in again
    assert "demo-sys-admin" in again
    assert "unchanged" in shell.must_run("audit", "verify")


def test_first_user_of_a_dealer_gets_a_password(shell: Shell) -> None:
    shell.must_run("migrate")
    said = shell.must_run("users", "add", "Li", "--name", "Li Lei")
    assert re.search(r"Li can sign in with the password \S{12,}", said)
    twice = shell.run("users", "add", "li")
    assert twice.exit_code == 1
    assert "taken" in twice.output
    assert "there is no role boss" in shell.run("users", "add", "han", "--role", "boss").output
    assert "there is no store X9" in shell.run("users", "add", "han", "--store", "X9").output


def test_machine_gets_a_key_that_is_shown_once(shell: Shell) -> None:
    shell.must_run("migrate")
    assert re.search(r"fck_\S{20,}", shell.must_run("keys", "add", "portal", "--role", "sys_admin"))
    assert "there is no role boss" in shell.run("keys", "add", "portal", "--role", "boss").output


PAGE = "query Page($n: Int) { noteCategories: roles(first: $n) { totalCount nodes { code title } } viewer { userId } }"


def test_explain_shows_statements_cost_and_what_runs_in_python(shell: Shell, tmp_path: Path) -> None:
    shell.must_run("migrate")
    (tmp_path / "page.graphql").write_text(PAGE)
    said = shell.must_run("explain", str(tmp_path / "page.graphql"), "--variables", '{"n": 5}')
    assert "cost 17 of 5000" in said
    assert "resolver in Python: Query.viewer" in said
    assert "computed in Python: Role.title" in said
    assert 'FROM "core_role"' in said
    as_role = shell.must_run("explain", str(tmp_path / "page.graphql"), "--role", "sys_admin")
    assert "cost 62 of 5000" in as_role


@pytest.mark.parametrize(
    ("operation", "options", "message"),
    [
        ("{ nothing }", [], "Cannot query field 'nothing'"),
        (PAGE, ["--variables", '{"n": "x"}'], "right is a whole number"),
        (PAGE, ["--variables", "{"], "--variables is not JSON"),
        (PAGE, ["--variables", "[]"], "--variables is an object"),
        (PAGE, ["--role", "nobody"], "there is no role nobody"),
        (PAGE, ["--operation", "Other"], "there is no operation of that name"),
    ],
)
def test_explain_says_what_is_wrong(
    shell: Shell, tmp_path: Path, operation: str, options: list[str], message: str
) -> None:
    shell.must_run("migrate")
    (tmp_path / "page.graphql").write_text(operation)
    result = shell.run("explain", str(tmp_path / "page.graphql"), *options)
    assert result.exit_code == 2
    assert message in result.output
    assert "Traceback" not in result.output


def test_explain_names_a_file_that_is_not_there(shell: Shell) -> None:
    result = shell.run("explain", "nowhere.graphql")
    assert result.exit_code == 2
    assert "nowhere.graphql can't be read" in result.output


def test_roles_limits_are_set_and_said(shell: Shell) -> None:
    shell.must_run("migrate")
    assert "sys_admin: cost 5000, page 100" in shell.must_run("roles", "limits", "sys_admin")
    assert "page 1000" in shell.must_run("roles", "limits", "sys_admin", "--page", "1000")
    assert "cost 9000, page 1000" in shell.must_run("roles", "limits", "sys_admin", "--cost", "9000")
    wrong = shell.run("roles", "limits", "sysadmin")
    assert wrong.exit_code == 2
    assert "did you mean sys_admin" in wrong.output
