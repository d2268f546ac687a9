"""A dealer as far as the write path needs one: a real database and vault, the kernel's tables and the samples."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any, cast
from uuid import UUID

import core.jobs.models
import core.people.models
import core.write.models
import tests.core.write.samples
from core.caller import Caller
from core.clock import Clock, SystemClock
from core.data.database import Database
from core.event import Event
from core.events.handler import HandlerSpec, by_event_type
from core.jobs.job import Job, JobRegistry, Schedule
from core.people.sessions import Sessions
from core.scope import Scope
from core.security.keys import KeyRing
from core.security.vault import Vault
from core.testing.prepared import prepared_states
from core.write.bell import Bell
from core.write.integrity import RefusalFactory

if TYPE_CHECKING:
    from core.dealer import Dealer
    from core.unit import Change

APPS = {
    "core": [core.people.models, core.write.models, core.jobs.models],
    "samples": [tests.core.write.samples],
}
KEY = bytes(range(32))


@dataclass
class SampleKernel:
    """What the write path asks of a kernel."""

    handlers: Mapping[str, tuple[HandlerSpec, ...]] = field(default_factory=dict)
    jobs: JobRegistry = field(default_factory=lambda: JobRegistry({}, ()))
    constraint_refusals: Mapping[str, RefusalFactory] = field(default_factory=dict)


@dataclass
class SampleDealer:
    """What the write path asks of a dealer."""

    database: Database
    kernel: SampleKernel = field(default_factory=SampleKernel)
    clock: Clock = field(default_factory=SystemClock)
    name: str = "sample"
    served_since: datetime | None = None
    zones: dict[UUID | None, str] = field(default_factory=lambda: {None: "Asia/Shanghai"})
    bell: Bell = field(default_factory=Bell)
    sessions: Sessions = field(default_factory=lambda: Sessions("sample", KEY, SystemClock()))
    vault: Vault = field(default_factory=lambda: Vault(KeyRing({"k1": KEY}, "k1", KEY[::-1])))

    def zone(self, store_id: UUID | None) -> str:
        return self.zones[store_id]

    def scope(self, caller: Caller) -> Scope:
        return Scope(self.dealer, caller, clock=self.clock)

    def invalidate(self, changes: Sequence[Change]) -> None:
        """Do nothing: it keeps nothing that a change could make old."""

    @property
    def dealer(self) -> Dealer:
        return cast("Dealer", self)

    def handle(self, *handlers: tuple[str, type[Event], Callable[[Any], Awaitable[None]]]) -> None:
        self.kernel.handlers = by_event_type(HandlerSpec(*handler) for handler in handlers)

    def schedule(self, *schedules: Schedule, jobs: Iterable[Job] = ()) -> None:
        self.kernel.jobs = JobRegistry.build([("samples", jobs, schedules)])

    def user(self, actor: str = "user:li") -> Scope:
        return self.scope(Caller(actor=actor, system=True))


@asynccontextmanager
async def sample_dealer(url: str) -> AsyncIterator[SampleDealer]:
    """Open a dealer whose tables are empty, and activate his database."""
    opened = await open_dealer(url)
    async with prepared_states().of(opened.database, "write samples", opened.database.create_tables):
        token = opened.database.activate()
        try:
            yield opened
        finally:
            opened.database.deactivate(token)
            await opened.database.close()


async def open_dealer(url: str) -> SampleDealer:
    database = Database(url)
    await database.open(APPS)
    return SampleDealer(database)
