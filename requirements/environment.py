"""Brings a virtual environment to what the lock files say, and puts this project into it; called by `install`.

Nothing is installed yet when it runs, so it takes the standard library alone.
"""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import time
import venv
from collections.abc import Callable
from pathlib import Path
from types import FrameType
from typing import TextIO

ROOT = Path(__file__).resolve().parents[1]
SECONDS_BETWEEN_LINES = 10.0
SECONDS_TO_END = 5.0
LAST_LINES = 15

# Compiles what Forecourt imports and no more: all that is installed would take longer than the installation.
IMPORT_ALL = """
import importlib, pkgutil
for package in ("core", "forecourt", "plugins"):
    for module in pkgutil.walk_packages([package], package + "."):
        importlib.import_module(module.name)
"""


class StepFailedError(Exception):
    """A program ended with an exit code other than 0, after it printed something."""

    def __init__(self, exit_code: int, printed: str, hint: str) -> None:
        super().__init__("\n".join([*printed.rstrip().splitlines()[-LAST_LINES:], hint]).rstrip())
        self.exit_code = exit_code


class Progress:
    """Says what is done at the moment: a line that is rewritten on a terminal, a line now and then elsewhere."""

    def __init__(self, out: TextIO, title: str) -> None:
        self.out = out
        self.title = title
        self.begun = self.told = time.monotonic()
        self.on_terminal = out.isatty()
        self._write("" if self.on_terminal else f"{title}\n")

    @property
    def seconds(self) -> int:
        return round(time.monotonic() - self.begun)

    def show(self, text: str) -> None:
        if self.on_terminal:
            self._write(f"\r\033[K{self.title}: {text}, {self.seconds} s")
        elif time.monotonic() - self.told >= SECONDS_BETWEEN_LINES:
            self.told = time.monotonic()
            self._write(f"  {text}, after {self.seconds} s\n")

    def end(self, text: str) -> None:
        self._write(f"\r\033[K{text}\n" if self.on_terminal else f"{text}\n")

    def _write(self, text: str) -> None:
        self.out.write(text)
        self.out.flush()


class Installation:
    """One run of the programs that fill an environment; what they print goes to a log."""

    def __init__(self, folder: Path, log: Path, progress: Progress) -> None:
        self.python = str(folder / "bin" / "python")
        self.log = log
        self.progress = progress
        # Variables of Python would lead to packages elsewhere, or keep it from compiling.
        kept = {name: text for name, text in os.environ.items() if not name.startswith("PYTHON")}
        self.environment = kept | {
            "PIP_DISABLE_PIP_VERSION_CHECK": "1",
            "PIP_NO_INPUT": "1",
            "PIP_PROGRESS_BAR": "off",
            "PIP_ROOT_USER_ACTION": "ignore",
            "PIP_USER": "0",
        }

    def step(self, *arguments: str, tell: Callable[[str], str], hint: str = "") -> None:
        """Run the environment's Python and say how far it is.

        Args:
            tell: What to show, out of what this step has printed so far.

        Raises:
            StepFailedError: It ended with an exit code other than 0.
        """
        with self.log.open("a", encoding="utf-8") as log:
            log.write(f"\n$ python {' '.join(arguments)}\n")
            log.flush()
            begin = log.tell()
            # In a session of its own, so that it can be ended together with what it has started.
            process = subprocess.Popen(  # noqa: S603 -- the environment's own Python
                [self.python, *arguments],
                cwd=ROOT, env=self.environment, stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                start_new_session=True,
            )  # fmt: skip
            try:
                while (exit_code := _ended(process, 0.2)) is None:
                    self.progress.show(tell(self._printed(begin)))
            finally:
                _end_session(process)
        if exit_code:
            raise StepFailedError(exit_code, self._printed(begin), hint)

    def _printed(self, begin: int) -> str:
        with self.log.open("rb") as log:
            log.seek(begin)
            return log.read().decode("utf-8", "replace")

    def pip(self, *arguments: str, tell: Callable[[str], str], hint: str = "") -> None:
        self.step("-m", "pip", *arguments, tell=tell, hint=hint)


def _ended(process: subprocess.Popen[bytes], seconds: float) -> int | None:
    try:
        return process.wait(seconds)
    except subprocess.TimeoutExpired:
        return None


def _end_session(process: subprocess.Popen[bytes]) -> None:
    """End a program and whatever it has started; an interrupt lets pip remove its temporary folders."""
    if process.returncode is not None:
        return
    for number in (signal.SIGINT, signal.SIGKILL):
        try:
            os.killpg(process.pid, number)
        except ProcessLookupError:
            return
        _ended(process, SECONDS_TO_END)


def locked(*names: str) -> set[str]:
    """Return the packages that lock files hold together."""
    texts = [(ROOT / "requirements" / f"{name}.txt").read_text(encoding="utf-8") for name in names]
    return {package for text in texts for package in re.findall(r"^([\w.-]+)==", text, re.MULTILINE)}


def install(installation: Installation, set_name: str, count: int) -> None:
    """Install pip, by it the locked packages and this project, and prove that all of it fits together."""

    def tell(printed: str) -> str:
        if "Installing collected packages" in printed:
            return "unpacking"
        done = len(re.findall(r"^(?:Collecting|Processing|Requirement already satisfied)", printed, re.MULTILINE))
        return f"{done} of {count} fetched"

    # Nothing is looked up: a lock is complete, and older versions of pip ask for pins of extras.
    exact = ["install", "--no-deps", "--no-compile", "--require-hashes", "--no-build-isolation"]
    # With the locked pip first: those that Pythons bring differ, and take twice as long.
    installation.pip(*exact, "-r", "requirements/pip.txt", tell=lambda _: "preparing pip")
    installation.pip(*exact, "-r", f"requirements/{set_name}.txt", tell=tell)
    project = ["--no-index", "--no-deps", "--no-build-isolation", "--editable", "."]
    installation.pip("install", *project, tell=lambda _: "Forecourt itself")
    unfit = f"requirements/{set_name}.txt lacks what is named above, or has an unfit version of it: run `make lock`."
    installation.pip("check", tell=lambda _: "checking", hint=unfit)
    installation.step("-c", IMPORT_ALL, tell=lambda _: "compiling")


def fill(folder: Path, set_name: str, log: Path) -> int:
    """Return an exit code; what failed has been told by then."""
    count = len(locked("pip", set_name))
    progress = Progress(sys.stdout, f"Installing {count} locked packages ({set_name})")
    installation = Installation(folder, log, progress)
    try:
        if not any(folder.glob("lib/python*/site-packages/pip-*.dist-info")):
            hint = "This Python can't install pip; on Debian and Ubuntu: apt install python3-venv"
            installation.step("-m", "ensurepip", "--default-pip", tell=lambda _: "preparing pip", hint=hint)
        install(installation, set_name, count)
    except StepFailedError as failure:
        progress.end(f"{progress.title} failed (exit code {failure.exit_code})")
        sys.stderr.write(f"{failure}\nAll that was printed is in {log}\n")
        return failure.exit_code
    progress.end(f"Installed {count} locked packages ({set_name}) in {progress.seconds} s")
    return 0


ENDING = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


def _stop(number: int, frame: FrameType | None) -> None:
    for one in ENDING:
        signal.signal(one, signal.SIG_IGN)
    raise SystemExit(128 + number)


def main(set_name: str, folder: Path, finished: str) -> int:
    for number in ENDING:
        if signal.getsignal(number) != signal.SIG_IGN:
            signal.signal(number, _stop)
    state, log = folder / ".forecourt", folder / "install.log"
    try:
        if Path(sys.prefix).resolve() != folder.resolve():
            sys.stdout.write(f"Making {folder} with Python {'.'.join(map(str, sys.version_info[:3]))}\n")
            venv.create(folder, clear=True, symlinks=True)
        state.write_text("begun\n", encoding="utf-8")
        log.write_text("", encoding="utf-8")
        exit_code = fill(folder, set_name, log)
    except SystemExit:
        sys.stderr.write(f"\nStopped; the next run makes {folder} anew\n")
        raise
    # pip takes back what it could not finish, so a failure leaves nothing half done.
    state.write_text("" if exit_code else f"{finished}\n", encoding="utf-8")
    return exit_code


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], Path(sys.argv[2]), sys.argv[3]))
