"""Runs the suite once per database, each in a process of its own, and checks the coverage of both together."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys

import asyncpg

POSTGRES_URL = os.environ.get("FORECOURT_TEST_POSTGRES_URL") or "postgres://postgres@127.0.0.1:5432/postgres"


async def why_no_postgres() -> str | None:
    """Return why the tests can't use PostgreSQL; None when they can."""
    try:
        connection = await asyncpg.connect(POSTGRES_URL, timeout=10)
        try:
            if not await connection.fetchval(
                "SELECT rolcreatedb OR rolsuper FROM pg_roles WHERE rolname = current_user"
            ):
                return "its user may not create databases"
        finally:
            await connection.close(timeout=10)
    except (OSError, TimeoutError, ValueError, asyncpg.PostgresError, asyncpg.InterfaceError) as error:
        # An address that is asked for may hold a password, so it is not shown.
        return f"{type(error).__name__}: {error}".strip(": ")
    return None


def run(database: str, note: str, *coverage: str) -> int:
    sys.stdout.write(f"\nThe suite on {database}\n")
    sys.stdout.flush()
    command = [sys.executable, "-m", "pytest", "-n", "auto", "--cov", *coverage]
    environment = {**os.environ, "FORECOURT_TEST_DATABASE": database, "FORECOURT_TEST_NOTE": note}
    return subprocess.run(command, env=environment, check=False).returncode


def main() -> int:
    fault = asyncio.run(why_no_postgres())
    if fault is None:
        # The second run adds to the first one's coverage, and reports and checks the sum; its last line is pytest's.
        first = run("sqlite", "", "--cov-report=", "--cov-fail-under=0")
        note = f"the run on sqlite FAILED (exit code {first}), see above" if first else ""
        second = run("postgres", note, "--cov-append")
        return first or second
    where = "FORECOURT_TEST_POSTGRES_URL" if os.environ.get("FORECOURT_TEST_POSTGRES_URL") else POSTGRES_URL
    if os.environ.get("CI", "").lower() in {"true", "1"}:
        sys.stderr.write(f"CI needs PostgreSQL, and there is none at {where} ({fault})\n")
        return 1
    note = f"LEFT OUT: the suite on PostgreSQL and the coverage floor; there is none at {where} ({fault})"
    return run("sqlite", note, "--cov-report=", "--cov-fail-under=0")


if __name__ == "__main__":
    sys.exit(main())
