"""Measure how long `forecourt serve` takes to its first answer, and how much memory it holds.

    python benchmarks/start.py [--rounds 3] [--requests 1000] [--root FOLDER]

A fresh SQLite database with all built-in modules is migrated first. Each round starts a server, sends one signed-in
query until it is answered, then a number of them. Beside the seconds stands the CPU time of the process, which is the
steadier figure on a busy machine, and that of importing Strawberry and graphql-core, to compare machines by.
"""

from __future__ import annotations

import argparse
import http.client
import json
import os
import re
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

QUERY = "{ customers(first: 10) { nodes { id name owner { displayName } } totalCount } }"
IMPORT = "import time, strawberry, graphql; print(time.process_time())"
PATIENCE_SECONDS = 60
UNITS = {"seconds": "s ", "cpu_seconds": "s ", "idle_mb": "MB", "used_mb": "MB"}


@dataclass(frozen=True, slots=True)
class Round:
    """What one start took.

    Attributes:
        cpu_seconds: Of the server's process until the first answer.
        idle_mb: Resident memory after the first answer.
        used_mb: The same after the requests.
    """

    seconds: float
    cpu_seconds: float
    idle_mb: float
    used_mb: float


def forecourt(root: Path, environment: dict[str, str], *arguments: str) -> str:
    """Run a command of Forecourt to its end and return what it printed."""
    command = [sys.executable, "-m", "core.cli.main", *arguments]
    return subprocess.run(command, cwd=root, env=environment, capture_output=True, text=True, check=True).stdout


def ask(port: int, key: str) -> bool:
    """Send the query and say whether it was answered."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=PATIENCE_SECONDS)
    headers = {"content-type": "application/json", "authorization": f"Bearer {key}"}
    try:
        connection.request("POST", "/graphql", json.dumps({"query": QUERY}), headers)
        answer = json.loads(connection.getresponse().read())
    except (ConnectionError, http.client.HTTPException):
        return False
    finally:
        connection.close()
    assert "errors" not in answer, answer
    return True


def resident_mb(pid: int) -> float:
    found = re.search(r"VmRSS:\s+(\d+) kB", Path(f"/proc/{pid}/status").read_text())
    assert found is not None
    return int(found[1]) / 1000


def cpu_seconds(pid: int) -> float:
    user, system = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[11:13]
    return (int(user) + int(system)) / os.sysconf("SC_CLK_TCK")


def start(root: Path, environment: dict[str, str], key: str, requests: int) -> Round:
    """Start a server, measure it, and end it."""
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        port = one.getsockname()[1]
    command = [sys.executable, "-m", "core.cli.main", "serve", "--port", str(port)]
    begun = time.perf_counter()
    with subprocess.Popen(command, cwd=root, env=environment, stdout=subprocess.DEVNULL) as process:
        try:
            while not ask(port, key):
                assert process.poll() is None, "the server ended"
                assert time.perf_counter() - begun < PATIENCE_SECONDS, "the server does not answer"
                time.sleep(0.005)
            seconds, cpu, idle = time.perf_counter() - begun, cpu_seconds(process.pid), resident_mb(process.pid)
            for _ in range(requests):
                assert ask(port, key)
            return Round(seconds, cpu, idle, resident_mb(process.pid))
        finally:
            process.send_signal(signal.SIGTERM)


def main() -> None:
    """Print the median and the best of some rounds."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--requests", type=int, default=1000)
    parser.add_argument("--root", type=Path, default=Path(__file__).parents[1], help="the source tree to measure")
    options = parser.parse_args()
    root: Path = options.root.resolve()
    with tempfile.TemporaryDirectory() as folder:
        database = Path(folder) / "start.sqlite3"
        (Path(folder) / "forecourt.toml").write_text("[dealer]\n")
        left_out = ("FORECOURT_", "PORT", "PYTHONDONTWRITEBYTECODE")
        environment = {name: text for name, text in os.environ.items() if not name.startswith(left_out)}
        environment |= {
            "FORECOURT_CONFIG": str(Path(folder) / "forecourt.toml"),
            "FORECOURT_DATABASE_URL": f"sqlite:///{database}",
            "PYTHONPATH": str(root),
            "PYTHONPYCACHEPREFIX": str(Path(folder) / "compiled"),  # there from the second command on
        }
        forecourt(root, environment, "migrate")
        key = forecourt(root, environment, "keys", "add", "start", "--role", "store_manager").split()[-1]
        rounds = [start(root, environment, key, options.requests) for _ in range(options.rounds)]
        reference = float(subprocess.check_output([sys.executable, "-c", IMPORT], env=environment, text=True))

    print(f"import of strawberry and graphql: {reference:.2f} s CPU")
    for name, unit in UNITS.items():
        values = [getattr(one, name) for one in rounds]
        print(f"{name:12} {statistics.median(values):7.2f} {unit}   best {min(values):7.2f} {unit}")


if __name__ == "__main__":
    main()
