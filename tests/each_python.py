"""Runs the suite on each supported Python that is here, each in an environment of its own: .venv-3.12.

With `short` it runs what a new Python breaks first, on those that `make test` does not use.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from collections.abc import Sequence

from tests.pythons import ROOT, installed, supported

SOURCES = ("benchmarks", "core", "forecourt", "migrations", "plugins", "requirements", "tests")
SHORT = ("tests/architecture", "tests/schema/test_printed.py", "tests/sdk")


def run(command: Sequence[str], **environment: str) -> bool:
    return subprocess.run(command, cwd=ROOT, env=os.environ | environment, check=False).returncode == 0


def collects(python: str) -> bool:
    """Import every test, with warnings as errors; what is there is of interest only when it fails."""
    command = [python, "-m", "pytest", "--collect-only", "-q"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    if done.returncode:
        sys.stdout.write(done.stdout[-10_000:] + done.stderr)
    return done.returncode == 0


def passes(version: str, path: str, *, short: bool) -> bool:
    """Run the tests on a Python; it says itself what fails."""
    folder = f".venv-{version}"
    python = f"{folder}/bin/python"
    if not run(["requirements/install", "dev"], VENV=folder, PYTHON=path):
        return False
    pytest = [python, "-m", "pytest", "-q", "-n", "auto"]
    if not short:
        return run(pytest, FORECOURT_TEST_DATABASE="sqlite")
    with tempfile.TemporaryDirectory() as compiled:
        # What is compiled already warns no more.
        compiling = [python, "-W", "error", "-m", "compileall", "-q", *SOURCES]
        if not run(compiling, PYTHONPYCACHEPREFIX=compiled):
            return False
    return collects(python) and run([*pytest, *SHORT], FORECOURT_TEST_DATABASE="sqlite")


def main(*words: str) -> int:
    short = words == ("short",)
    here = installed()
    # `make test` runs on the Python of .venv.
    tested = {"{}.{}".format(*sys.version_info)} if short else set()
    missing = [version for version in supported() if version not in here.keys() | tested]
    failed = []
    for version in [version for version in here if version not in tested]:
        sys.stdout.write(f"\n{'A part of the' if short else 'The'} suite on Python {version}\n")
        sys.stdout.flush()
        if not passes(version, here[version], short=short):
            failed.append(version)
    for version in failed:
        sys.stderr.write(f"FAILED on Python {version}, see above\n")
    for version in missing:
        sys.stderr.write(f"LEFT OUT: Python {version} was not found; name it: PYTHONS=/path/to/python{version}\n")
    in_ci = os.environ.get("CI", "").lower() in {"true", "1"}
    return 1 if failed or (missing and in_ci) or not here else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
