"""Compares many random operations on both ways to an answer: on each database, one process for each schema."""

from __future__ import annotations

import os
import subprocess
import sys

DATABASES = ("sqlite", "postgres")
SCHEMAS = ("samples", "built_in")
TEST = "tests/core/api/test_same_answers.py::test_plan_and_executor_give_the_same_answers"


def start(database: str, schema: str) -> subprocess.Popen[str]:
    """Start the comparison; `-s` lets its summary through."""
    command = [sys.executable, "-m", "pytest", "-q", "-s", "--tb=short", "-p", "no:cacheprovider", f"{TEST}[{schema}]"]
    environment = {"FORECOURT_SECONDS": "1500", **os.environ, "FORECOURT_TEST_DATABASE": database}
    return subprocess.Popen(
        command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, encoding="utf-8"
    )


def main() -> int:
    failed = 0
    for database in DATABASES:
        for schema, process in [(schema, start(database, schema)) for schema in SCHEMAS]:
            said, _ = process.communicate()
            sys.stdout.write(f"\n{database}, {schema}\n{said}")
            sys.stdout.flush()
            failed |= process.returncode
    return failed


if __name__ == "__main__":
    sys.exit(main())
