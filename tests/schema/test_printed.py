"""The API contract in `schema/` is what the code says."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest
import typer

from core.cli import schemas
from core.plugins.discovery import builtin_names

pytestmark = pytest.mark.once


@pytest.fixture
def printed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of printed schemas, of a code that says `type Query`."""
    folder = tmp_path / "schema"
    texts = {folder / "schema.graphql": "type Query\n", folder / "modules" / "sales.graphql": "type Query\n"}

    async def expected() -> Mapping[Path, str]:
        return texts

    monkeypatch.setattr(schemas, "ROOT", tmp_path)
    monkeypatch.setattr(schemas, "FOLDER", folder)
    monkeypatch.setattr(schemas, "_expected", expected)
    return folder


@pytest.mark.no_cover  # it walks through what other tests cover, six times
def test_printed_schemas_are_those_of_the_code(capsys: pytest.CaptureFixture[str]) -> None:
    try:
        schemas.check_files()
    except typer.Exit:
        pytest.fail(capsys.readouterr().out[:4000] + "\nrun `make schema`", pytrace=False)
    files = {path.relative_to(schemas.FOLDER).as_posix() for path in schemas.FOLDER.rglob("*.graphql")}
    assert files == {"schema.graphql", *(f"modules/{name}.graphql" for name in ("core", *builtin_names()))}


def test_written_schemas_pass_the_check(printed: Path, capsys: pytest.CaptureFixture[str]) -> None:
    schemas.write_files()
    schemas.check_files()
    assert capsys.readouterr().out.splitlines()[-1] == "2 printed files agree with the code"


@pytest.mark.parametrize(
    ("file", "text", "said"),
    [
        ("schema.graphql", "type Query\ntype Car\n", "-type Car"),
        ("schema.graphql", "", "+type Query"),
        ("modules/loans.graphql", "type Query\n", "schema/modules/loans.graphql is of a module that is gone"),
    ],
)
def test_difference_is_shown_and_fails(
    printed: Path, capsys: pytest.CaptureFixture[str], file: str, text: str, said: str
) -> None:
    schemas.write_files()
    (printed / file).write_text(text, encoding="utf-8")
    with pytest.raises(typer.Exit):
        schemas.check_files()
    told = capsys.readouterr()
    assert said in told.out
    assert "forecourt schema --write" in told.err
