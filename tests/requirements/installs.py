"""How `requirements/install` makes environments, by `make test-locks`: of a small project with packages of its own."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import textwrap
import time
import zipfile
from hashlib import sha256
from pathlib import Path

import pytest

from tests.pythons import ROOT

pytestmark = pytest.mark.once

# Builds the project without a package from the index; waits where a test wants to interrupt.
BACKEND = """
    import os, pathlib, time, zipfile

    def build_editable(folder, config_settings=None, metadata_directory=None):
        if waits := os.environ.get("TEST_WAITS"):
            pathlib.Path(waits).write_text(str(os.getpid()))
            time.sleep(60)
        name = "forecourt-1-py3-none-any.whl"
        with zipfile.ZipFile(pathlib.Path(folder, name), "w") as wheel:
            wheel.writestr("forecourt.pth", os.getcwd())
            wheel.writestr("forecourt-1.dist-info/METADATA", "Metadata-Version: 2.1\\nName: forecourt\\nVersion: 1\\n")
            wheel.writestr("forecourt-1.dist-info/WHEEL", "Wheel-Version: 1.0\\nTag: py3-none-any\\n")
            wheel.writestr("forecourt-1.dist-info/RECORD", "")
        return name
"""
PYPROJECT = """
    [build-system]
    requires = []
    build-backend = "backend"
    backend-path = ["."]
"""


class Project:
    """A folder with the two scripts, and with locks of packages that are made here."""

    def __init__(self, folder: Path, shelf: Path) -> None:
        self.folder = folder
        self.shelf = shelf
        self.venv = folder / ".venv"
        (folder / "requirements").mkdir(parents=True)
        shelf.mkdir()
        for name in ("install", "environment.py"):
            shutil.copy(ROOT / "requirements" / name, folder / "requirements" / name)
        for name in ("core", "forecourt", "plugins"):
            (folder / name).mkdir()
            (folder / name / "__init__.py").touch()
        (folder / "pyproject.toml").write_text(textwrap.dedent(PYPROJECT))
        (folder / "backend.py").write_text(textwrap.dedent(BACKEND))
        self.lock(pip=[], run=[], dev=[])

    def package(self, name: str, needs: str = "") -> str:
        """Put a package on the shelf, and return its line for a lock."""
        path = self.shelf / f"{name}-1-py3-none-any.whl"
        need = f"Requires-Dist: {needs}\n" if needs else ""
        with zipfile.ZipFile(path, "w") as wheel:
            wheel.writestr(f"{name}.py", "")
            wheel.writestr(f"{name}-1.dist-info/METADATA", f"Metadata-Version: 2.1\nName: {name}\nVersion: 1\n{need}")
            wheel.writestr(
                f"{name}-1.dist-info/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
            )
            wheel.writestr(f"{name}-1.dist-info/RECORD", "")
        return f"{name}==1 --hash=sha256:{sha256(path.read_bytes()).hexdigest()}"

    def lock(self, **sets: list[str]) -> None:
        for name, lines in sets.items():
            (self.folder / "requirements" / f"{name}.txt").write_text("".join(f"{line}\n" for line in lines))

    def start(self, set_name: str = "run", **environment: str) -> subprocess.Popen[str]:
        offline = {"PIP_NO_INDEX": "1", "PIP_FIND_LINKS": str(self.shelf), "PYTHON": sys.executable}
        return subprocess.Popen(
            ["requirements/install", set_name],
            cwd=self.folder,
            env={**{k: v for k, v in os.environ.items() if k != "VENV"}, **offline, **environment},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def install(self, set_name: str = "run", **environment: str) -> tuple[int, str, str]:
        """Install to the end, and return the exit code and what was said on both streams."""
        process = self.start(set_name, **environment)
        out, err = process.communicate(timeout=120)
        return process.returncode, out, err

    def holds(self, module: str) -> bool:
        return any(self.venv.glob(f"lib/python*/site-packages/{module}.py"))


@pytest.fixture
def project(tmp_path: Path) -> Project:
    return Project(tmp_path / "project", tmp_path / "shelf")


def test_install_says_in_two_lines_what_it_does_and_does_it_once(project: Project) -> None:
    project.lock(run=[project.package("one")])
    code, out, err = project.install()
    assert (code, err) == (0, "")
    making, installing, *_, installed = out.splitlines()
    assert making.startswith("Making .venv with Python 3.")
    assert installing == "Installing 1 locked packages (run)"
    assert installed.startswith("Installed 1 locked packages (run) in ")
    assert "Successfully installed one-1" in (project.venv / "install.log").read_text()
    assert project.holds("one")
    assert project.install() == (0, "", "")

    # A lock that grew is installed into the same environment; a folder that was moved needs a new one.
    project.lock(run=[project.package("one"), project.package("two")])
    assert "Making" not in project.install()[1]
    assert project.holds("two")
    project.folder = project.folder.rename(project.folder.with_name("moved"))
    project.venv = project.folder / ".venv"
    assert "Making .venv" in project.install()[1]
    assert project.install() == (0, "", "")


def test_install_that_fails_says_why_and_the_next_goes_on_from_there(project: Project) -> None:
    project.lock(run=[project.package("one")])
    needy = project.package("one", needs="two")
    code, _, err = project.install()
    assert code == 1
    assert "DO NOT MATCH THE HASHES" in err
    assert "All that was printed is in .venv/install.log" in err
    assert not project.holds("one")

    project.lock(run=[needy])
    code, out, err = project.install()
    assert (code, "Making" in out) == (1, False)
    assert "one 1 requires two, which is not installed." in err
    assert "run `make lock`" in err

    project.lock(run=[needy, project.package("two")])
    code, out, err = project.install()
    assert (code, "Making" in out, err) == (0, False, "")


def test_interrupted_install_leaves_no_process_and_the_next_makes_it_anew(project: Project, tmp_path: Path) -> None:
    for number in (signal.SIGTERM, signal.SIGINT):
        waits = tmp_path / number.name
        process = project.start(TEST_WAITS=str(waits))
        builder = _builder(waits)
        process.send_signal(number)
        out, err = process.communicate(timeout=30)
        assert process.returncode == 128 + number
        assert "Making .venv" in out
        assert "Stopped; the next run makes .venv anew" in err
        _wait_until_gone(builder)
    code, out, _ = project.install()
    assert (code, "Making .venv" in out) == (0, True)


def test_without_a_fitting_python_nothing_is_made(project: Project) -> None:
    code, _, err = project.install(PYTHON="/bin/false")
    assert code == 1
    assert "Python 3.11 or newer" in err
    assert not project.venv.exists()


def _builder(waits: Path) -> int:
    """Return the id of the process that builds the project, once it waits."""
    until = time.monotonic() + 60
    while not waits.exists() or not waits.read_text():
        assert time.monotonic() < until
        time.sleep(0.05)
    return int(waits.read_text())


def _wait_until_gone(process: int) -> None:
    until = time.monotonic() + 10
    while Path("/proc", str(process)).exists():
        assert time.monotonic() < until, "what the install had started lives on"
        time.sleep(0.05)
