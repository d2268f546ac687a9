"""The Pythons that the project says it runs on, and where this machine has them."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import tomllib
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]


def supported() -> list[str]:
    """Return the versions that `pyproject.toml` classifies, the oldest first: 3.11, 3.12."""
    classifiers = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["classifiers"]
    return [
        found[1] for one in classifiers if (found := re.fullmatch(r"Programming Language :: Python :: (3\.\d+)", one))
    ]


def installed() -> dict[str, str]:
    """Return the supported versions that are here with the path of each.

    `PYTHONS` names them if it is set, as commands or paths with spaces between; otherwise they are looked for as
    `python3.12` on the path and at pyenv.
    """
    found: dict[str, str] = {}
    for candidate in _candidates():
        version, _, path = _version_and_path(candidate).partition(" ")
        if version in supported():
            found.setdefault(version, path)
    return dict(sorted(found.items(), key=lambda item: supported().index(item[0])))


def _candidates() -> Iterator[str]:
    if named := os.environ.get("PYTHONS"):
        yield from named.split()
        return
    for version in supported():
        if on_path := shutil.which(f"python{version}"):
            yield on_path
        yield from map(str, sorted(Path.home().glob(f".pyenv/versions/{version}.*/bin/python")))


def _version_and_path(python: str) -> str:
    """Ask a Python; a shim of a version that is not there fails, and is no Python."""
    code = "import sys; print(*sys.version_info[:2], sep='.', end=' '); print(sys.executable)"
    try:
        asked = subprocess.run([python, "-I", "-c", code], capture_output=True, text=True, check=False)
    except OSError:
        return ""
    return asked.stdout.strip() if asked.returncode == 0 else ""
