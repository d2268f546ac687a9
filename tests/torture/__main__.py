"""Tortures a house with two server processes, and checks afterwards that nothing was lost and nothing done twice.

Usage: python -m tests.torture [--seconds 100] [--seed N] [--database sqlite | postgres]

The seed decides what is written and what is done to the house; when it happens, the machine decides.
"""

from __future__ import annotations

import argparse
import asyncio
import random
import re
import shutil
import sys
import tempfile
import time
from collections import Counter
from contextlib import ExitStack
from pathlib import Path
from typing import Final

from tests.own_postgres import own_server, programs
from tests.torture.attacks import Attacks
from tests.torture.checking import broken
from tests.torture.history import Call
from tests.torture.house import House
from tests.torture.reading import at_rest
from tests.torture.writers import Writers

LOST_SHARE: Final = 0.05
LAST_CALLS_SECONDS: Final = 120.0
_UNEXPECTED: Final = re.compile(r"^.*(?:Traceback|IntegrityError|TransactionManagementError).*$", re.MULTILINE)


async def torture(house: House, seed: int, seconds: float) -> tuple[list[str], list[Call], Counter[str]]:
    """Return what was found to be wrong, the calls, and what was done to the house."""
    await house.open()
    try:
        writers, attacks = Writers(house, random.Random(seed)), Attacks(house, random.Random(seed + 1))
        writing = asyncio.create_task(writers.run())
        await attacks.run(seconds)
        writers.stopping = True
        for line in house.lines:
            attacks.done["lose_an_answer"] += line.lost
            line.share = 0.0
        async with asyncio.timeout(LAST_CALLS_SECONDS):
            await writing
        state = await at_rest(house)
    finally:
        await house.close()
    found = broken(writers.calls, state)
    return [*found, *_UNEXPECTED.findall(house.said())], writers.calls, attacks.done


def tortured(database: str, seed: int, seconds: float) -> bool:
    """Torture one house, say how it went, and return whether it stood it; otherwise its logs are kept."""
    folder = Path(tempfile.mkdtemp(prefix="forecourt-torture-", dir="/dev/shm" if Path("/dev/shm").is_dir() else None))
    folder.chmod(0o711)
    begun = time.monotonic()
    with ExitStack() as stack:
        cluster = None
        if database == "postgres":
            found = programs()
            if found is None:
                sys.stderr.write("There is no PostgreSQL here to be tortured.\n")
                return False
            cluster = stack.enter_context(own_server(found, folder))
        house = House(folder, cluster, random.Random(seed + 2), LOST_SHARE)
        wrong, calls, done = asyncio.run(torture(house, seed, seconds))
    sent, acknowledged = sum(call.sent for call in calls), sum(call.acknowledged for call in calls)
    attacks = ", ".join(f"{number} × {name.replace('_', ' ')}" for name, number in sorted(done.items()))
    sys.stdout.write(
        f"{database}, seed {seed}, {time.monotonic() - begun:.0f} s: {len(calls)} calls, sent {sent} times, "
        f"{acknowledged} acknowledged; {attacks}\n"
    )
    for line in wrong[:50]:
        sys.stdout.write(f"  WRONG: {line}\n")
    if wrong:
        sys.stdout.write(f"  {len(wrong)} in all; the servers' logs are in {folder}\n")
    else:
        shutil.rmtree(folder, ignore_errors=True)
    sys.stdout.flush()
    return not wrong


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.torture", description="Torture a house.")
    parser.add_argument("--seconds", type=float, default=100.0, help="how long each house is attacked")
    parser.add_argument("--seed", type=int, default=None, help="as an earlier run printed it")
    parser.add_argument("--database", choices=("sqlite", "postgres"), default=None, help="both without it")
    given = parser.parse_args()
    seed = given.seed if given.seed is not None else random.SystemRandom().randrange(10**6)
    names = (given.database,) if given.database else ("postgres", "sqlite")
    stood = [tortured(name, seed, given.seconds) for name in names]
    return 0 if all(stood) else 1


if __name__ == "__main__":
    sys.exit(main())
