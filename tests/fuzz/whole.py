"""Sends many wrong inputs to the whole API, on each database; the seed is printed and can be given."""

from __future__ import annotations

import os
import random
import subprocess
import sys

DATABASES = ("sqlite", "postgres")
TEST = "tests/fuzz/test_fuzz.py::test_no_input_is_answered_with_a_fault_or_an_echo"
CASES = "20000"


def main() -> int:
    seed = os.environ.get("FORECOURT_SEED") or str(random.randrange(10**6))
    failed = 0
    for database in DATABASES:
        own = {"FORECOURT_SEED": seed, "FORECOURT_TEST_DATABASE": database}
        environment = {"FORECOURT_FUZZ": CASES, **os.environ, **own}
        sys.stdout.write(f"\n{database}, seed {seed}\n")
        sys.stdout.flush()
        # `-s` lets its summary through; what the log says of faults stands beside the cases.
        command = [sys.executable, "-m", "pytest", "-q", "-s", "--tb=no", "--show-capture=no", "-p", "no:cacheprovider"]
        failed |= subprocess.run([*command, TEST], env=environment, check=False).returncode
    return failed


if __name__ == "__main__":
    sys.exit(main())
