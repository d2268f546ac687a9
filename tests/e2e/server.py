"""A real server in a process of its own, and the people who use it over HTTP."""

from __future__ import annotations

import json
import os
import signal
import socket
import ssl
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx

ROOT = Path(__file__).parents[2]
START_SECONDS = 90
WITHOUT_TLS = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
"""For httpx, which reads all certificates of the machine for each request otherwise; none of ours goes over TLS."""


def free_port() -> int:
    """Return a port that nobody listens on at the moment."""
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        port: int = one.getsockname()[1]
        return port


@dataclass
class Installation:
    """A folder with a configuration and a database, as a dealer has them."""

    folder: Path
    database_url: str

    def environment(self, clock: str) -> dict[str, str]:
        kept = {name: text for name, text in os.environ.items() if not name.startswith(("FORECOURT_", "PORT"))}
        return kept | {
            "FORECOURT_CONFIG": str(self.folder / "forecourt.toml"),
            "FORECOURT_DATABASE_URL": self.database_url,
            "FORECOURT_CLOCK": clock,
            "PYTHONPATH": str(ROOT),
        }

    def command(self, *words: str, clock: str, timeout: float = 240) -> str:
        """Run `forecourt` to its end and return what it printed."""
        done = subprocess.run(
            [sys.executable, "-m", "core.cli.main", *words],
            env=self.environment(clock),
            cwd=self.folder,
            capture_output=True,
            text=True,
            timeout=timeout,
            check=False,
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    @contextmanager
    def serving(self, clock: str) -> Iterator[str]:
        """Serve from a moment on and yield the address; ended by Ctrl-C, which must end well."""
        port = free_port()
        process = subprocess.Popen(
            [sys.executable, "-m", "core.cli.main", "serve", "--port", str(port)],
            env=self.environment(clock),
            cwd=self.folder,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        address = f"http://127.0.0.1:{port}"
        try:
            _wait(process, address)
            yield address
        finally:
            process.send_signal(signal.SIGINT)
            try:
                output, _ = process.communicate(timeout=20)
            except subprocess.TimeoutExpired:
                process.kill()
                output, _ = process.communicate()
                raise AssertionError(f"Ctrl-C did not end the server:\n{output}") from None
        assert process.returncode in (0, 130), output
        assert "Traceback" not in output, output


def is_ready(address: str) -> bool:
    """Return whether `/readyz` finds nothing wrong, and nothing that waits for too long."""
    state: str = httpx.get(f"{address}/readyz", timeout=30, verify=WITHOUT_TLS).json()["status"]
    return state == "ok"


def _wait(process: subprocess.Popen[str], address: str) -> None:
    until = time.monotonic() + START_SECONDS
    while time.monotonic() < until:
        if process.poll() is not None:
            raise AssertionError(f"the server ended:\n{process.communicate()[0]}")
        try:
            if httpx.get(f"{address}/healthz", timeout=2, verify=WITHOUT_TLS).status_code == 200:
                return
        except httpx.TransportError:
            time.sleep(0.1)
    raise AssertionError("the server did not start")


class Person:
    """Somebody who has signed in and speaks GraphQL over HTTP."""

    def __init__(self, address: str, login: str) -> None:
        self.kinds: dict[str, str] = {}
        self.address = address
        self.headers = {"accept-language": "en"}
        text = """mutation($l: String!, $p: String!) { signIn(login: $l, password: $p) {
          session { accessToken } problems { message } } }"""
        payload = self.ask(text, l=login, p=f"demo-{login.replace('_', '-')}")["signIn"]
        assert payload["session"], payload["problems"]
        self.headers["authorization"] = f"Bearer {payload['session']['accessToken']}"

    def post(self, path: str, content: bytes, content_type: str) -> httpx.Response:
        """Send something to the server."""
        headers = {**self.headers, "content-type": content_type}
        return httpx.post(f"{self.address}{path}", content=content, headers=headers, timeout=30, verify=WITHOUT_TLS)

    def ask(self, operation: str, **variables: Any) -> Any:
        """Run an operation that must succeed and return its data."""
        content = json.dumps({"query": operation, "variables": variables}).encode()
        answer = self.post("/graphql", content, "application/json")
        assert answer.status_code == 200, answer.text
        told = answer.json()
        assert "errors" not in told, told["errors"]
        return told["data"]

    def _input_kinds(self) -> dict[str, str]:
        """Return the names of the commands' inputs, as a client's tools learn them."""
        if not self.kinds:
            text = "{ __schema { mutationType { fields { name args { name type { ofType { name } } } } } } }"
            for field in self.ask(text)["__schema"]["mutationType"]["fields"]:
                inputs = [a["type"]["ofType"]["name"] for a in field["args"] if a["name"] == "input"]
                self.kinds[field["name"]] = inputs[0] if inputs else ""
        return self.kinds

    def payload(self, name: str, selection: str, /, **values: Any) -> Any:
        """Run a command and return its payload, problems and all."""
        kind = self._input_kinds()[name]
        text = f"mutation($i: {kind}!) {{ {name}(input: $i) {{ {selection} problems {{ code message path }} }} }}"
        return self.ask(text, i=values)[name]

    def do(self, name: str, selection: str, /, **values: Any) -> Any:
        """Run a command that must succeed and return the one object that it gives."""
        payload = self.payload(name, selection, **values)
        problems = payload.pop("problems")
        assert not problems, (name, problems)
        (found,) = payload.values()
        return found

    def one(self, field: str, kind: str, selection: str, filter_: Mapping[str, Any]) -> Any:
        """Return the first row of a list of a type."""
        text = f"query($f: {kind}Filter) {{ {field}(first: 1, filter: $f) {{ nodes {{ {selection} }} }} }}"
        return self.ask(text, f=filter_)[field]["nodes"][0]
