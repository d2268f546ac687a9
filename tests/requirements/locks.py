"""Each lock file in empty environments, by `make test-locks`: it takes the index, and longer than a test may."""

from __future__ import annotations

import json
import os
import re
import subprocess
from pathlib import Path

import pytest
from packaging.utils import canonicalize_name

from tests.pythons import ROOT, installed, supported

# Pythons bring others: 3.11.7 and 3.12.1 have 23.2.1, 3.13.0 has 24.2. This is the one of Debian 12.
OLDEST_PIP = "23.0.1"

ASKED = """
import sys
from packaging.requirements import Requirement
for pin in map(Requirement, sys.argv[1:]):
    if not pin.marker or pin.marker.evaluate():
        print(f"{pin.name}{pin.specifier}")
"""


def _ran(*command: str | Path, **environment: str) -> str:
    done = subprocess.run(command, cwd=ROOT, env=os.environ | environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def _locked(python: Path, *names: str) -> set[str]:
    """Return what lock files ask of a Python, as `name==version`."""
    lines = [line for name in names for line in (ROOT / "requirements" / f"{name}.txt").read_text().splitlines()]
    pins = [line.removesuffix(" \\") for line in lines if re.match(r"[\w.-]+==", line)]
    return set(_ran(python, "-c", ASKED, *pins).split())


def _assert_holds_the_lock_and_nothing_else(venv: Path, set_name: str) -> None:
    python = venv / "bin" / "python"
    held = json.loads(_ran(python, "-m", "pip", "list", "--format=json"))
    pins = {f"{canonicalize_name(one['name'])}=={one['version']}" for one in held if one["name"] != "forecourt"}
    assert pins == _locked(python, "pip", set_name)
    assert len(held) == len(pins) + 1
    assert "No broken requirements" in _ran(python, "-m", "pip", "check")
    assert "serve" in _ran(venv / "bin" / "forecourt", "--help")


@pytest.mark.parametrize("version", installed())
def test_runtime_lock_is_what_an_empty_environment_gets(version: str, tmp_path: Path) -> None:
    venv, python = tmp_path / "venv", installed()[version]
    assert _ran("requirements/install", "run", VENV=str(venv), PYTHON=python).startswith("Making ")
    _assert_holds_the_lock_and_nothing_else(venv, "run")
    if version == supported()[0]:  # the development lock of the others is what `make test-pythons-short` installs
        assert _ran("requirements/install", "dev", VENV=str(venv)).startswith("Installing ")
        _assert_holds_the_lock_and_nothing_else(venv, "dev")


def test_oldest_pip_installs_the_development_lock(tmp_path: Path) -> None:
    venv = tmp_path / "venv"
    _ran(installed()[supported()[0]], "-m", "venv", venv)
    _ran(venv / "bin" / "python", "-m", "pip", "install", f"pip=={OLDEST_PIP}")
    _ran("requirements/install", "dev", VENV=str(venv))
    _assert_holds_the_lock_and_nothing_else(venv, "dev")
