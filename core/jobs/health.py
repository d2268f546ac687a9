"""What /readyz and the doctor ask: is the dealer able to work, and if not, what is to be done."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from core.access_log import counting
from core.data.address import SqliteSettings
from core.data.room import WANTED_BYTES, Room
from core.errors import ForecourtError, StorageFullError
from core.events import inspection
from core.events.retry import describe
from core.jobs.models import ScheduledJob
from core.people.callers import system_caller
from core.services.files.storage import LocalFolder

if TYPE_CHECKING:
    from core.dealer import Dealer

MOST_OUTBOX_LAG_S = 60
MOST_JOB_LAG_S = 300


class HealthState(StrEnum):
    """How well a part does; the worst of a list counts for the whole. Where storage is full, only reads are served."""

    OK = "OK"
    DEGRADED = "DEGRADED"
    STORAGE_FULL = "STORAGE_FULL"
    FAILED = "FAILED"


_FULL = "a disk is full, so only reads are served; `forecourt doctor` says which"
_WORST_FIRST = (HealthState.FAILED, HealthState.STORAGE_FULL, HealthState.DEGRADED)


@dataclass(frozen=True, slots=True)
class Check:
    """One question about the surroundings.

    Attributes:
        ask: Returns what is wrong and what to do, or nothing when all is well; an exception counts as wrong, and
            `StorageFullError` is a state of its own.
        required: Whether the dealer can't work while it fails; without it he is merely degraded.
    """

    name: str
    ask: Callable[[], Awaitable[str | None]]
    required: bool = False


@dataclass(frozen=True, slots=True)
class Finding:
    """The answer of one check; `problem` is empty when all is well."""

    name: str
    state: HealthState
    problem: str = ""


@dataclass(frozen=True, slots=True)
class Health:
    """The answers of all checks, in their order."""

    findings: tuple[Finding, ...]

    @property
    def state(self) -> HealthState:
        """The worst state among the findings; OK when there are none."""
        found = {finding.state for finding in self.findings}
        return next((state for state in _WORST_FIRST if state in found), HealthState.OK)

    @property
    def ready(self) -> bool:
        """Whether the dealer can be served; a degraded one can, and one whose storage is full can read."""
        return self.state is not HealthState.FAILED

    def as_json(self) -> dict[str, Any]:
        """Return what `/readyz` answers."""
        return {
            "status": self.state.value.lower(),
            "checks": {
                finding.name: {"status": finding.state.value.lower(), "problem": finding.problem or None}
                for finding in self.findings
            },
        }


async def examine(checks: Iterable[Check], *, timeout_s: float = 2.0, in_full: bool = False) -> Health:
    """Ask all checks at once; one that doesn't answer in time counts as wrong.

    Args:
        in_full: Tell errors in their own words, which may name addresses and files of the server: for its operator.
    """
    return Health(tuple(await asyncio.gather(*(_ask(check, timeout_s, in_full) for check in checks))))


async def _ask(check: Check, timeout_s: float, in_full: bool) -> Finding:
    try:
        async with asyncio.timeout(timeout_s):
            problem = await check.ask()
    except TimeoutError:
        problem = f"gave no answer within {timeout_s:g} s"
    except StorageFullError as error:
        return Finding(check.name, HealthState.STORAGE_FULL, error.message if in_full else _FULL)
    except Exception as error:  # noqa: BLE001 - a plugin's check may raise anything, and health must still answer
        problem = _told(error) if in_full else f"{_kind(error)}; `forecourt doctor` says more"
    if not problem:
        return Finding(check.name, HealthState.OK)
    return Finding(check.name, HealthState.FAILED if check.required else HealthState.DEGRADED, problem)


def _kind(error: Exception) -> str:
    return error.code if isinstance(error, ForecourtError) else f"the check failed ({type(error).__name__})"


def _told(error: Exception) -> str:
    if isinstance(error, ForecourtError):
        return error.message
    if isinstance(error, OSError) and error.filename:
        return f"{error.filename} can't be used: {error.strerror}"
    # The text of a foreign error may hold personal data or a password, so only its kind and place are shown.
    return f"the check failed ({describe(error)}): its module's authors must mend it"


def disk_space(*folders: Path, least_bytes: int = 512 * 1024 * 1024, room: Room | None = None) -> Check:
    """Return a check that there is room left where folders lie, or will lie once they are made, and in a database.

    Args:
        room: The database's.
    """

    async def ask() -> str | None:
        if room is not None and not await room.is_there():
            raise StorageFullError(room.problem)
        free = min([await asyncio.to_thread(_free_bytes, folder) for folder in folders], default=least_bytes)
        if free < WANTED_BYTES:
            raise StorageFullError("the disk of the data folder is full: make room on it")
        if free >= least_bytes:
            return None
        return f"{free // 2**20} MB are free, fewer than {least_bytes // 2**20}; make room on the data folder's disk"

    return Check("disk", ask)


def _free_bytes(folder: Path) -> int:
    there = next(place for place in (folder, *folder.parents) if place.exists())
    return shutil.disk_usage(there).free


def _disk(dealer: Dealer) -> Check:
    folders = [dealer.files.folder] if isinstance(dealer.files, LocalFolder) else []
    if isinstance(dealer.database.settings, SqliteSettings):
        folders.append(dealer.database.settings.path.absolute().parent)
    return disk_space(*folders, room=dealer.database.room)


def lag(name: str, oldest_s: Callable[[], Awaitable[float | None]], *, most_s: float, advice: str) -> Check:
    """Return a check that the oldest waiting entry of a queue, such as the outbox, is not too old.

    Args:
        oldest_s: Age of the oldest entry that waits, in seconds; None when none waits.
        most_s: The age up to which all is well.
        advice: What to do when it is older.
    """

    async def ask() -> str | None:
        age = await oldest_s()
        if age is None or age <= most_s:
            return None
        return f"the oldest entry waits for {age:.0f} s, longer than {most_s:g} s; {advice}"

    return Check(name, ask)


def modules_served(unavailable: Mapping[str, str]) -> Check:
    """Return a check that no module was left out.

    Args:
        unavailable: Modules that could not be loaded, with the reason.
    """

    async def ask() -> str | None:
        return "; ".join(f"{name}: {reason}" for name, reason in unavailable.items()) or None

    return Check("modules", ask)


def checks_of(dealer: Dealer) -> list[Check]:
    """Return the kernel's checks of a dealer, whose database is active, and those that his modules bring."""
    checks = [
        Check("database", dealer.database.ping, required=True),
        lag("outbox", partial(_outbox_lag, dealer), most_s=MOST_OUTBOX_LAG_S, advice=_ADVICE),
        lag("jobs", partial(_job_lag, dealer), most_s=MOST_JOB_LAG_S, advice=_ADVICE),
        modules_served(dealer.kernel.loaded.unavailable),
        _disk(dealer),
    ]
    scope = dealer.scope(system_caller("health"))
    checks.append(Check("look_ups", partial(counting.exceeded, scope)))
    checks += [Check(one.name, partial(one.check, scope), one.required) for one in dealer.kernel.health_checks]
    return checks


_ADVICE = "see whether a worker runs, and what its log says"


async def check(dealer: Dealer) -> Health:
    """Ask everything about a dealer, whose database is active."""
    return await examine(checks_of(dealer))


async def _outbox_lag(dealer: Dealer) -> float | None:
    return await inspection.lag(dealer.database, dealer.clock, dealer.served_since)


async def _job_lag(dealer: Dealer) -> float | None:
    # Jobs of modules that are off wait for them.
    rows = ScheduledJob.filter(wake_at__isnull=False, name__in=list(dealer.kernel.jobs.jobs))
    row = await rows.order_by("wake_at").first()
    wake_at: datetime | None = None if row is None else row.wake_at
    if wake_at is None:
        return None
    begin = wake_at if dealer.served_since is None else max(wake_at, dealer.served_since)
    return (dealer.clock.now() - begin).total_seconds()
