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


def passes(version: str, path: str, *, short: bool) -> bool:
    """Run the tests on a Python; it says itself what fails."""
    folder = f".venv-{version}"
    python = f"{folder}/bin/python"
    if not run(["requirements/install", "dev"], VENV=folder, PYTHON=path):
        return False
    pytest = [python, "-m", "pytest", "-q"]
    if not short:
        return run([*pytest, "-n", "auto"], FORECOURT_TEST_DATABASE="sqlite")
    with tempfile.TemporaryDirectory() as compiled:
        # What is compiled already warns no more.
        compiling = [python, "-W", "error", "-m", "compileall", "-q", *SOURCES]
        if not run(compiling, PYTHONPYCACHEPREFIX=compiled):
            return False
    return run([*pytest, "--collect-only", "-qq"]) and run([*pytest, "-n", "auto", *SHORT])


def main(*words: str) -> int:
    short = words == ("short",)
    here = installed()
    missing = [version for version in supported() if version not in here]
    used = "{}.{}".format(*sys.version_info)
    failed = []
    for version, path in here.items():
        if short and version == used:
            continue
        sys.stdout.write(f"\nThe suite on Python {version}\n")
        sys.stdout.flush()
        if not passes(version, path, short=short):
            failed.append(version)
    for version in failed:
        sys.stderr.write(f"FAILED on Python {version}, see above\n")
    for version in missing:
        sys.stderr.write(f"LEFT OUT: Python {version} was not found; name it: PYTHONS=/path/to/python{version}\n")
    in_ci = os.environ.get("CI", "").lower() in {"true", "1"}
    return 1 if failed or (missing and in_ci) or not here else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
