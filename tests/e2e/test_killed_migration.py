"""`kill -9` of `forecourt migrate`, as the memory killer of the system does it, and what the next commands find."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
KILL = """
import os, signal
from tortoise.migrations import Migration as TortoiseMigration
from tortoise.migrations import operations as ops


async def work(apps, editor):
    if os.environ.get("KILLED"):
        os.kill(os.getpid(), signal.SIGKILL)


class Migration(TortoiseMigration):
    operations = [ops.RunPython(work)]
"""
PLUGIN = """
from forecourt import Manifest

plugin = Manifest(name="late", version="1.0", api=">=1,<2", title={"en": "Late"})
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """An installation with a plugin whose migration kills the process that applies it."""
    place = tmp_path / "plugins" / "late"
    (place / "migrations").mkdir(parents=True)
    for name, text in (("__init__", ""), ("plugin", PLUGIN), ("models", ""), ("migrations/__init__", "")):
        (place / f"{name}.py").write_text(text)
    (place / "migrations" / "0001_initial.py").write_text(KILL)
    configure(tmp_path, [])
    return tmp_path


def configure(folder: Path, modules: list[str]) -> None:
    (folder / "forecourt.toml").write_text(f'[dealer]\nmodules = {modules}\n[plugins]\nfolders = ["plugins"]\n')


def forecourt(folder: Path, *words: str, killed: bool = False) -> tuple[int, str]:
    kept = {name: text for name, text in os.environ.items() if not name.startswith(("FORECOURT_", "PORT"))}
    environment = {**kept, "PYTHONPATH": str(ROOT), "KILLED": "yes" if killed else ""}
    command = [sys.executable, "-m", "core.cli.main", *words]
    done = subprocess.run(
        command, env=environment, cwd=folder, capture_output=True, text=True, timeout=120, check=False
    )
    return done.returncode, done.stdout + done.stderr


@pytest.mark.sqlite
def test_copies_of_killed_migrations_are_removed_by_whoever_comes_next(folder: Path) -> None:
    assert forecourt(folder, "migrate")[0] == 0
    configure(folder, ["late"])
    for _ in range(2):
        assert forecourt(folder, "migrate", killed=True)[0] == -signal.SIGKILL
        assert len(list(folder.glob("var/*.before-migration-*"))) == 1

    code, said = forecourt(folder, "doctor")
    assert "removed 1 copies (" in said
    assert "the database is whole" in said
    assert (code, "raised" in said) == (1, False)  # a migration is still to be applied
    assert not list(folder.glob("var/*.before-migration-*"))
    code, said = forecourt(folder, "migrate")
    assert (code, "late.0001_initial" in said) == (0, True)
    assert not list(folder.glob("var/*.before-migration-*"))
