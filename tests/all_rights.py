"""Walks over the whole schema as everybody, on each database, and prints what was covered and each leak."""

from __future__ import annotations

import os
import subprocess
import sys

DATABASES = ("sqlite", "postgres")
TEST = "tests/rights/test_walk.py::test_nobody_is_told_more_than_his_roles_allow"


def main() -> int:
    command = [sys.executable, "-m", "pytest", "-q", "-s", "--tb=short", "-p", "no:cacheprovider", TEST]
    failed = 0
    for database in DATABASES:
        sys.stdout.write(f"\n{database}\n")
        sys.stdout.flush()
        environment = {"FORECOURT_WHOLE": "yes", **os.environ, "FORECOURT_TEST_DATABASE": database}
        failed |= subprocess.run(command, env=environment, check=False).returncode
    return failed


if __name__ == "__main__":
    sys.exit(main())
