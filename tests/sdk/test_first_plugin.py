"""The page of the first plugin, as it is printed: types, a round trip, and the commands that switch it on."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from forecourt.testing import Client, sample_dealer
from tests.sdk.page import DOCS, ROOT, blocks, write_files

PAGE = DOCS / "first-plugin.md"
CHINESE = DOCS / "zh-CN" / "first-plugin.md"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """The folder `my-plugins` with the plugin; afterwards Python does not find it any more."""
    made = tmp_path_factory.mktemp("first") / "my-plugins"
    write_files(PAGE, made)
    before = list(sys.path)
    yield made
    sys.path[:] = before


def _run(command: list[str], cwd: Path, **environment: str) -> str:
    """Run a program, which must succeed, and return what it says."""
    done = subprocess.run(
        command, cwd=cwd, env={**os.environ, **environment}, capture_output=True, text=True, timeout=300, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout + done.stderr


@pytest.mark.once
def test_page_prints_about_sixty_lines_over_the_sdk_alone(folder: Path) -> None:
    lines = [line for path in folder.rglob("*.py") for line in path.read_text(encoding="utf-8").splitlines()]
    assert 50 <= len([line for line in lines if line.strip()]) <= 70
    imported = {line.split()[1] for line in lines if line.startswith(("from ", "import "))}
    assert imported <= {
        "datetime", "uuid", "forecourt", "forecourt.graphql", "plugins.customers.api", "plugins.customers.events",
        "plugins.customers.types.people", "vouchers", "vouchers.models", "vouchers.types",
    }  # fmt: skip


@pytest.mark.once
def test_mypy_strict_accepts_the_page(folder: Path) -> None:
    cache = ROOT / ".mypy_cache" / "first-plugin"
    mypy = [sys.executable, "-m", "mypy", "--strict", "--config-file=", "--follow-imports=silent", "-p", "vouchers"]
    # None of our plugins for mypy, and no configuration: what an author has who knows nothing of this repository.
    path = os.pathsep.join([str(folder), str(ROOT)])
    assert "Success" in _run([*mypy, f"--cache-dir={cache}"], folder, MYPYPATH=path)


@pytest.mark.once
def test_pyright_accepts_the_page(folder: Path) -> None:
    settings = {"include": [str(folder)], "extraPaths": [str(ROOT)], "pythonVersion": "3.11"}
    file = folder.parent / "pyrightconfig.json"
    file.write_text(json.dumps(settings), encoding="utf-8")
    pyright = [sys.executable, "-m", "pyright", "--project", str(file), "--pythonpath", sys.executable]
    assert "0 errors" in _run(pyright, folder, PYRIGHT_PYTHON_IGNORE_WARNINGS="1")


async def test_round_trip_answers_what_the_page_says(folder: Path, database_url: str) -> None:
    async with sample_dealer(
        ["organisation", "customers", "vouchers"], database_url=database_url, folders=[folder]
    ) as sample:
        client = sample.client()
        printed = [block for block in blocks(PAGE) if block.language in ("graphql", "json")]
        exchanges = list(zip(printed[::2], printed[1::2], strict=True))
        assert len(exchanges) == 5
        for operation, answer in exchanges:
            assert (operation.language, answer.language) == ("graphql", "json")
            assert (await client(operation.code, **await _ids(client))).data == json.loads(answer.code)
            await sample.settle()


async def _ids(client: Client) -> dict[str, Any]:
    """Return the ids that the page's variables stand for: the customer, and his newest voucher."""
    newest = "vouchers(last: 1, orderBy: [{createdAt: ASC}]) { nodes { id } }"
    data = (await client(f"{{ customers {{ nodes {{ id }} }} {newest} }}")).data
    found = {"customer": data["customers"]["nodes"], "voucher": data["vouchers"]["nodes"]}
    return {name: nodes[0]["id"] for name, nodes in found.items() if nodes}


@pytest.mark.sqlite
def test_commands_of_the_page_switch_it_on(folder: Path) -> None:
    (toml,) = [block.code for block in blocks(PAGE) if block.language == "toml"]
    (shell,) = [block.code for block in blocks(PAGE) if block.language == "sh"]
    (folder.parent / "forecourt.toml").write_text(toml, encoding="utf-8")
    said = ""
    for line in shell.splitlines():
        program, *words = line.split()
        assert program == "forecourt"
        said += _run([sys.executable, "-m", "core.cli.main", *words], folder.parent, PYTHONPATH=str(ROOT))
    assert "vouchers.0001_initial" in said
    assert "on now vouchers" in said
    assert (folder / "vouchers" / "migrations" / "0001_initial.py").is_file()


@pytest.mark.once
def test_chinese_page_has_the_same_settings_and_commands() -> None:
    assert blocks(CHINESE) == [b for b in blocks(PAGE) if b.language in ("toml", "sh")]
