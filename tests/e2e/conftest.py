"""Forecourt as its users run it: the command line in a folder of its own, and a server process."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from queue import Empty, Queue
from threading import Thread
from typing import Any

import httpx
import pytest
import tomlkit

from tests.e2e.server import WITHOUT_TLS

ROOT = Path(__file__).parents[2]
START_SECONDS = 60
END_SECONDS = 20


@dataclass(frozen=True, slots=True)
class Server:
    """A server process that answers.

    Attributes:
        url: Where it listens, without a path.
    """

    process: subprocess.Popen[str]
    url: str

    def ask(self, query: str, token: str = "", **variables: Any) -> Any:
        """Send one operation over HTTP and return the response."""
        headers = {"authorization": f"Bearer {token}"} if token else {}
        content = {"query": query, "variables": variables}
        return httpx.post(f"{self.url}/graphql", json=content, headers=headers, timeout=30, verify=WITHOUT_TLS).json()

    def sign_in(self, login: str, password: str) -> str:
        """Return an access token."""
        query = "mutation($l: String!, $p: String!) { signIn(login: $l, password: $p) { session { accessToken } } }"
        token: str = self.ask(query, l=login, p=password)["data"]["signIn"]["session"]["accessToken"]
        return token

    def kill(self) -> None:
        """End the process as a power cut does."""
        self.process.kill()
        self.process.wait()


class Installation:
    """A configuration file, a data folder, and the command line on them."""

    def __init__(self, folder: Path, database_url: str) -> None:
        self.folder = folder
        self.file = folder / "forecourt.toml"
        self.environment = {
            **{name: value for name, value in os.environ.items() if not name.startswith("FORECOURT_")},
            "FORECOURT_CONFIG": str(self.file),
            "FORECOURT_DATABASE_URL": database_url,
        }

    def configure(self, modules: Sequence[str] | None = None, *, folders: Sequence[Path] = ()) -> None:
        """Write the configuration file; without modules all built-in ones are on."""
        document: dict[str, Any] = {"plugins": {"folders": [str(folder) for folder in folders]}, "dealer": {}}
        if modules is not None:
            document["dealer"]["modules"] = list(modules)
        self.file.write_text(tomlkit.dumps(document), encoding="utf-8")

    def run(self, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
        """Run a command to its end."""
        return subprocess.run(
            _command(*arguments),
            cwd=ROOT,
            env=self.environment | environment,
            capture_output=True,
            text=True,
            check=False,
            timeout=120,
        )

    def must_run(self, *arguments: str) -> str:
        """Run a command that has to succeed, and return what it printed."""
        done = self.run(*arguments)
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    @contextmanager
    def serving(self, *arguments: str) -> Iterator[Server]:
        """Start a server on a free port, and end it gracefully."""
        process = subprocess.Popen(
            _command("serve", "--port", "0", *arguments),
            cwd=ROOT,
            env=self.environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        try:
            yield Server(process, _address(process))
        finally:
            if process.poll() is None:
                process.send_signal(signal.SIGINT)
            try:
                process.wait(END_SECONDS)
            except subprocess.TimeoutExpired:
                process.kill()
                raise


def _command(*arguments: str) -> list[str]:
    return [sys.executable, "-m", "core.cli.main", *arguments]


def _address(process: subprocess.Popen[str]) -> str:
    """Wait for the line that names the address; the output is read to its end, or the process would stop for it."""
    lines: Queue[str | None] = Queue()
    assert process.stdout is not None
    stream = process.stdout

    def read() -> None:
        with stream:
            for line in stream:
                lines.put(line)
        lines.put(None)

    Thread(target=read, daemon=True).start()
    said: list[str] = []
    while True:
        try:
            line = lines.get(timeout=START_SECONDS)
        except Empty:
            line = None
        assert line is not None, f"the server did not start:\n{''.join(said)}"
        said.append(line)
        if found := re.search(r"(http://\S+)/graphql\b", line):
            return found[1]


@pytest.fixture
def installation(tmp_path: Path, database_url: str) -> Installation:
    """A fresh installation with an empty database and the built-in modules."""
    made = Installation(tmp_path, database_url)
    made.configure()
    return made


@pytest.fixture
def server(installation: Installation) -> Iterator[Server]:
    """A server process with the demo dealership."""
    installation.must_run("demo")
    with installation.serving() as running:
        yield running
