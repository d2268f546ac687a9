"""Hands messages over and dies as if by kill -9, before or after the provider has one.

Usage: python -m tests.plugins.sms_marketing.killed CONFIGURATION DATABASE_URL STORE NOW (before | after)
"""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from datetime import datetime
from pathlib import Path
from uuid import UUID

from core.clock import FixedClock
from core.config.reading import load_settings
from core.host import Host
from core.people.callers import system_caller
from forecourt import Scope
from plugins.sms_marketing.services import sending
from plugins.sms_marketing.services.providers import Account, OutgoingSms, SubmitResult
from plugins.sms_marketing.services.simulator import Simulator

submit = Simulator.submit


async def die_before(self: Simulator, scope: Scope, account: Account, message: OutgoingSms) -> SubmitResult:
    os.kill(os.getpid(), signal.SIGKILL)
    return await submit(self, scope, account, message)


async def die_after(self: Simulator, scope: Scope, account: Account, message: OutgoingSms) -> SubmitResult:
    try:
        return await submit(self, scope, account, message)
    finally:
        os.kill(os.getpid(), signal.SIGKILL)


async def main(configuration: str, url: str, store: str, now: str, when: str) -> None:
    Simulator.submit = die_before if when == "before" else die_after  # type: ignore[method-assign]  # the place to die
    clock = FixedClock(datetime.fromisoformat(now))
    host = Host(load_settings(Path(configuration), {"FORECOURT_DATABASE_URL": url}), clock)
    await host.open()
    dealer = next(iter(host))
    dealer.database.activate()
    await dealer.load_stores()
    await sending.send_due(dealer.scope(system_caller("test", UUID(store))))


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
