"""The servers as processes: started, watched and ended by their ids; and what they and PostgreSQL have used."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from benchmarks.errors import BenchmarkError

TICKS: Final = os.sysconf("SC_CLK_TCK")
STOP_SECONDS: Final = 10.0
START_SECONDS: Final = 60.0


class ServerProcess:
    """One server of ours; what it prints goes to a file."""

    def __init__(self, name: str, command: Sequence[str], environment: Mapping[str, str], port: int, log: Path) -> None:
        self.name = name
        self.port = port
        self.log = log
        check_port(port)
        log.parent.mkdir(parents=True, exist_ok=True)
        with log.open("wb") as file:
            # A session of its own, so that Ctrl-C at the terminal reaches the harness alone, which then ends it.
            self._process = subprocess.Popen(
                command, env=dict(environment), stdout=file, stderr=file, stdin=subprocess.DEVNULL,
                start_new_session=True, cwd=Path(__file__).resolve().parent.parent,
            )  # fmt: skip
        self.pid = self._process.pid

    def wait_until_listening(self) -> None:
        """Wait until it takes connections.

        Raises:
            BenchmarkError: It ended, or takes too long.
        """
        deadline = time.monotonic() + START_SECONDS
        while time.monotonic() < deadline:
            self.check()
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", self.port)) == 0:
                    return
            time.sleep(0.05)
        raise BenchmarkError(f"{self.name} does not listen after {START_SECONDS:g} s; see {self.log}")

    def check(self) -> None:
        """Raise unless it still runs."""
        if (code := self._process.poll()) is not None:
            end = "\n".join(self.log.read_text(errors="replace").splitlines()[-15:])
            raise BenchmarkError(f"{self.name} has ended with {code}:\n{end}")

    def stop(self) -> None:
        """End it, and whatever it has started."""
        if self._process.poll() is None:
            self._process.terminate()
            try:
                self._process.wait(STOP_SECONDS)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()
        # Its session holds nothing but it and what it has started.
        for pid in _session(self.pid):
            os.kill(pid, signal.SIGKILL)

    def cpu_seconds(self) -> float:
        """Return what it and its children have used so far."""
        return sum(_used(pid) for pid in (self.pid, *_descendants(self.pid)))

    def forget_peak(self) -> None:
        """Let `peak_bytes` begin anew."""
        for pid in (self.pid, *_descendants(self.pid)):
            Path(f"/proc/{pid}/clear_refs").write_text("5")

    def peak_bytes(self) -> int:
        """Return the largest resident set since `forget_peak`, children included."""
        return sum(_peak(pid) for pid in (self.pid, *_descendants(self.pid)))


class Postgres:
    """What all processes of the PostgreSQL server use, backends that have ended included.

    Args:
        backend_pid: Any backend's; its parent is the server. 0 if it runs elsewhere.
    """

    def __init__(self, backend_pid: int) -> None:
        self.pid = _parent(backend_pid) if _command(backend_pid) == "postgres" else 0

    def cpu_seconds(self) -> float | None:
        """Return what it has used so far; None if its processes can't be seen from here."""
        if not self.pid:
            return None
        # A parent counts what its ended children have used.
        return sum(_used(pid) for pid in (self.pid, *_descendants(self.pid)))


@contextmanager
def undisturbed() -> Iterator[None]:
    """Let another Ctrl-C not interrupt the cleaning up."""
    before = {number: signal.signal(number, signal.SIG_IGN) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def check_port(port: int) -> None:
    """Refuse a port that somebody else uses."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError as error:
            raise BenchmarkError(
                f"port {port} can't be used ({error.strerror}): stop what uses it, or choose others: "
                f'make bench ARGS="--port 28600"'
            ) from None


def _stat(pid: int) -> list[str]:
    """Return the fields after the name, which may hold spaces: state, parent, …; none if it has ended."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except (FileNotFoundError, ProcessLookupError):
        return []


def _parent(pid: int) -> int:
    fields = _stat(pid)
    return int(fields[1]) if fields else 0


def _command(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/comm").read_text().strip()
    except FileNotFoundError:
        return ""


def _used(pid: int) -> float:
    """Return the CPU seconds of a process and of its children that have ended."""
    fields = _stat(pid)
    if not fields:
        return 0.0
    own, ended = (sum(int(field) for field in fields[start : start + 2]) / TICKS for start in (11, 13))
    return (_exactly_used(pid) or own) + ended


def _exactly_used(pid: int) -> float:
    """Return the same of a process without children, from the scheduler's count, which is finer than a tick."""
    try:
        counts = [path.read_text().split() for path in Path(f"/proc/{pid}/task").glob("*/schedstat")]
    except (FileNotFoundError, ProcessLookupError):
        return 0.0
    return sum(int(count[0]) for count in counts) / 1e9


def _peak(pid: int) -> int:
    try:
        lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    except (FileNotFoundError, ProcessLookupError):
        return 0
    return next((int(line.split()[1]) * 1024 for line in lines if line.startswith("VmHWM:")), 0)


def _descendants(pid: int) -> list[int]:
    parents = {other: int(fields[1]) for other in _pids() if (fields := _stat(other))}
    found = {pid}
    while new := {child for child, parent in parents.items() if parent in found} - found:
        found |= new
    return sorted(found - {pid})


def _session(leader: int) -> list[int]:
    return [pid for pid in _pids() if (fields := _stat(pid)) and int(fields[3]) == leader and fields[0] != "Z"]


def _pids() -> list[int]:
    return [int(entry) for entry in os.listdir("/proc") if entry.isdigit()]
