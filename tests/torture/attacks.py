"""What is done to the house while people write."""

from __future__ import annotations

import asyncio
import os
import random
import signal
from collections import Counter
from collections.abc import Awaitable, Callable
from contextlib import suppress

from tests.torture.house import House, children, frozen

Attack = Callable[[], Awaitable[None]]


class Attacks:
    """Picks one after the other.

    Attributes:
        done: How often each was made.
    """

    def __init__(self, house: House, chance: random.Random) -> None:
        self._house = house
        self._chance = chance
        self.done: Counter[str] = Counter()

    async def run(self, seconds: float) -> None:
        """Attack for a time, with pauses in which writers get on."""
        loop = asyncio.get_running_loop()
        until = loop.time() + seconds
        attacks: list[Attack] = [self.kill_a_server, self.freeze_a_server]
        if self._house.cluster is not None:
            attacks += [self.crash_the_database, self.kill_a_backend, self.freeze_the_database]
        # Each at least once, however short it is.
        waiting = self._chance.sample(attacks, len(attacks))
        while loop.time() < until or waiting:
            await asyncio.sleep(self._chance.uniform(0.5, 2.5))
            attack = waiting.pop() if waiting else self._chance.choice(attacks)
            await attack()
            self.done[attack.__name__] += 1
        for process in self._house.processes:
            await process.answers()

    async def kill_a_server(self) -> None:
        process = self._chance.choice(self._house.processes)
        process.kill()
        await process.answers()

    async def freeze_a_server(self) -> None:
        process = self._chance.choice(self._house.processes)
        process.signal(signal.SIGSTOP)
        await asyncio.sleep(self._chance.uniform(0.5, 3.0))
        process.signal(signal.SIGCONT)

    async def crash_the_database(self) -> None:
        cluster = self._house.cluster
        assert cluster is not None
        await asyncio.to_thread(cluster.stop, crash=True)
        await asyncio.sleep(self._chance.uniform(0.0, 2.0))
        await asyncio.to_thread(cluster.start)

    async def kill_a_backend(self) -> None:
        """Kill one of the database's processes; it ends all the others then, and recovers."""
        assert self._house.cluster is not None
        with suppress(ProcessLookupError, IndexError, FileNotFoundError):
            os.kill(self._chance.choice(children(self._house.cluster.pid)), signal.SIGKILL)

    async def freeze_the_database(self) -> None:
        assert self._house.cluster is not None
        pid = self._house.cluster.pid
        with frozen([pid, *children(pid)]):
            await asyncio.sleep(self._chance.uniform(0.5, 4.0))
