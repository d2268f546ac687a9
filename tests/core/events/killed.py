"""Commits a change with its event and dies as if by kill -9, before anybody is told.

Usage: python -m tests.core.events.killed DATABASE_URL (commit | handle)
"""

from __future__ import annotations

import asyncio
import os
import signal
import sys

from core.events.dispatcher import Dispatcher
from core.scope import Scope
from core.write.pipeline import transact
from tests.core.write.dealership import open_dealer
from tests.core.write.samples import Car, CarSold


async def sell(scope: Scope) -> None:
    car = Car(number="1")
    await car.save()
    scope.publish(CarSold(car_id=car.id))


async def die_half_way(event: CarSold) -> None:
    await Car(number="2").save()
    os.kill(os.getpid(), signal.SIGKILL)


async def main(url: str, when: str) -> None:
    dealer = await open_dealer(url)
    dealer.handle(("samples.half", CarSold, die_half_way))
    dealer.database.activate()
    await transact(dealer.user(), "sell", sell)
    if when == "handle":
        await Dispatcher(dealer.dealer).drain()
    os.kill(os.getpid(), signal.SIGKILL)


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
