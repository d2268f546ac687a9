import asyncio
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from core.data.database import Database
from core.data.errors import DatabaseUnavailableError
from core.dealer import Dealer
from core.errors import StorageFullError
from core.ids import uuid7
from core.jobs.health import Check, Health, HealthState, check, disk_space, examine, lag, modules_served
from core.jobs.models import JobState, ScheduledJob
from core.jobs.worker import Pace, Worker
from core.kernel import app_modules
from core.write.models import EventStream
from tests.core.services.dealership import Dealership


async def well() -> str | None:
    return None


async def ill() -> str | None:
    return "the provider refuses our key; enter a new one"


async def broken() -> str | None:
    raise RuntimeError("postgres://user:secret@host")


async def silent() -> str | None:
    await asyncio.sleep(60)
    return None


async def test_all_well_is_ok() -> None:
    assert (await examine([Check("a", well), Check("b", well, required=True)])).state is HealthState.OK
    assert (await examine([])).state is HealthState.OK


async def test_required_check_fails_and_another_degrades() -> None:
    assert (await examine([Check("a", well), Check("b", ill)])).state is HealthState.DEGRADED
    assert (await examine([Check("a", ill), Check("b", ill, required=True)])).state is HealthState.FAILED


async def test_raising_check_is_wrong_without_showing_its_text() -> None:
    health = await examine([Check("a", broken)])
    assert health.state is HealthState.DEGRADED
    assert health.findings[0].problem == "the check failed (RuntimeError); `forecourt doctor` says more"
    told = (await examine([Check("a", broken)], in_full=True)).findings[0].problem
    assert told.startswith("the check failed (RuntimeError at services/test_health.py:")
    assert "secret" not in told


async def test_error_of_forecourt_is_told_in_its_own_words_to_the_operator_alone(tmp_path: Path) -> None:
    async def away() -> str | None:
        raise DatabaseUnavailableError("postgres at 10.0.0.7 does not let user li in")

    async def closed() -> str | None:
        raise PermissionError(13, "Permission denied", "/srv/files")

    async def full() -> str | None:
        raise StorageFullError("there is no room for /srv/x.sqlite3")

    checks = [Check("a", away, required=True), Check("b", closed), Check("c", full)]
    told = [finding.problem for finding in (await examine(checks, in_full=True)).findings]
    assert told == [
        "postgres at 10.0.0.7 does not let user li in",
        "/srv/files can't be used: Permission denied",
        "there is no room for /srv/x.sqlite3",
    ]
    public = await examine(checks)
    assert "10.0.0.7" not in str(public.as_json())
    assert "/srv" not in str(public.as_json())
    assert [finding.state for finding in public.findings] == [
        HealthState.FAILED,
        HealthState.DEGRADED,
        HealthState.STORAGE_FULL,
    ]
    assert (await examine([checks[1], checks[2]])).state is HealthState.STORAGE_FULL


async def test_silent_check_does_not_hold_up_the_answer() -> None:
    health = await examine([Check("a", silent), Check("b", well)], timeout_s=0.05)
    assert [finding.state for finding in health.findings] == [HealthState.DEGRADED, HealthState.OK]


@pytest.mark.parametrize(
    ("age", "state"), [(None, HealthState.OK), (60.0, HealthState.OK), (61.0, HealthState.DEGRADED)]
)
async def test_old_entry_in_a_queue_degrades(age: float | None, state: HealthState) -> None:
    async def oldest() -> float | None:
        return age

    assert (await examine([lag("outbox", oldest, most_s=60, advice="look at the worker")])).state is state


async def test_full_disk_degrades(tmp_path: Path) -> None:
    assert (await examine([disk_space(tmp_path, least_bytes=0)])).state is HealthState.OK
    assert (await examine([disk_space(tmp_path, least_bytes=2**70)])).state is HealthState.DEGRADED


@pytest.mark.once
async def test_disk_of_a_folder_that_is_not_made_yet_is_asked(tmp_path: Path) -> None:
    assert (await examine([disk_space(tmp_path / "later" / "files", least_bytes=0)])).state is HealthState.OK


@pytest.mark.once
async def test_module_that_was_left_out_degrades_and_is_named() -> None:
    health = await examine([modules_served({"insurance": "it needs customers"})])
    assert health.ready
    assert health.as_json() == {
        "status": "degraded",
        "checks": {"modules": {"status": "degraded", "problem": "insurance: it needs customers"}},
    }


async def test_dealer_at_rest_is_well(dealership: Dealership) -> None:
    health = await check(dealership.dealer)
    assert {finding.name: finding.state for finding in health.findings} == dict.fromkeys(
        ("database", "outbox", "jobs", "modules", "look_ups", "disk"), HealthState.OK
    )


async def waiting_job(due: datetime) -> None:
    await ScheduledJob.create(
        name="core.forget_finished_jobs",
        arguments={},
        run_at=due,
        wake_at=due,
        state=JobState.PENDING,
        attempts=0,
        dedupe_key="x",
        correlation_id="x",
        last_error="",
        created_at=due,
    )


def problems(health: Health) -> set[str]:
    return {finding.name for finding in health.findings if finding.state is not HealthState.OK}


async def test_job_that_nobody_runs_degrades(dealership: Dealership) -> None:
    await waiting_job(dealership.clock.now())
    assert (await check(dealership.dealer)).state is HealthState.OK
    dealership.clock.at += timedelta(minutes=6)
    health = await check(dealership.dealer)
    assert health.ready
    assert health.as_json()["checks"]["jobs"]["status"] == "degraded"


async def test_delivery_that_nobody_makes_degrades(dealership: Dealership) -> None:
    await EventStream.create(id=uuid7(), last_sequence=1, done_sequence=0, due_at=dealership.clock.now())
    dealership.clock.at += timedelta(seconds=61)
    assert (await check(dealership.dealer)).as_json()["checks"]["outbox"]["status"] == "degraded"


async def test_what_waited_for_a_worker_is_late_only_if_the_worker_leaves_it(dealership: Dealership) -> None:
    dealer, clock = dealership.dealer, dealership.clock
    await EventStream.create(id=uuid7(), last_sequence=1, done_sequence=0, due_at=clock.now())
    await waiting_job(clock.now())
    clock.at += timedelta(hours=8)
    assert problems(await check(dealer)) == {"outbox", "jobs"}

    worker = Worker(pace=Pace())
    worker.add(dealer)  # its loops begin when this task waits, which it doesn't
    await worker.stop(deadline_seconds=0)
    assert problems(await check(dealer)) == set()
    clock.at += timedelta(seconds=61)
    assert problems(await check(dealer)) == {"outbox"}
    clock.at += timedelta(minutes=5)
    assert problems(await check(dealer)) == {"outbox", "jobs"}


async def test_worker_of_changed_settings_does_not_begin_to_wait_anew(dealership: Dealership) -> None:
    dealer, clock = dealership.dealer, dealership.clock
    worker = Worker()
    worker.add(dealer)
    await worker.remove(dealer.name, deadline_seconds=0)
    await EventStream.create(id=uuid7(), last_sequence=1, done_sequence=0, due_at=clock.now())
    clock.at += timedelta(seconds=61)
    successor = dealer.successor(dealer.config, dealer.kernel)
    worker.add(successor)
    await worker.stop(deadline_seconds=0)
    assert problems(await check(successor)) == {"outbox"}


async def test_database_that_is_gone_means_not_ready(dealership: Dealership) -> None:
    nowhere = {"sqlite": "sqlite:///no/such/folder/x.db", "postgres": "postgres://nobody@127.0.0.1:1/nowhere"}
    gone = Database(nowhere[dealership.dealer.database.dialect])
    await gone.open(app_modules(dealership.dealer.kernel.loaded))
    dealer = Dealer(dealership.dealer.config, dealership.dealer.kernel, gone, dealership.dealer.files, dealership.clock)
    token = gone.activate()
    try:
        health = await check(dealer)
    finally:
        gone.deactivate(token)
        await gone.close()
    assert not health.ready
    assert health.as_json()["checks"]["database"]["status"] == "failed"
