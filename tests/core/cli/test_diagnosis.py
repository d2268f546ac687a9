from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from tortoise.migrations.migration import Migration

from core.cli import diagnosis
from core.cli.diagnosis import clock, keys
from core.jobs.health import HealthState, examine
from core.migrations.history import Recorder
from core.money import Money
from core.scope import Scope
from core.security.keys import KeyRing, new_key
from core.security.vault import Vault
from core.testing.harness import SampleDealer, sample_dealer

SAMPLES = Path(__file__).parents[2] / "samples"


@pytest.fixture
async def sample(database_url: str) -> AsyncIterator[SampleDealer]:
    async with sample_dealer(["library"], database_url=database_url, folders=[SAMPLES]) as made:
        yield made


async def test_other_keys_than_those_of_the_data_are_found(sample: SampleDealer) -> None:
    from library.models import Author, Book

    async def work(_: Scope) -> None:
        author = Author(name="Lu Xun")
        await author.save()
        await Book(
            store_id=sample.store_id,
            title="Call to Arms",
            isbn="1",
            author_id=author.id,
            price=Money(1000, "CNY"),
            lent_to="13800138000",
        ).save()

    assert (await sample.read(lambda: examine([keys(sample.dealer)]))).state is HealthState.OK
    await sample.run(work)
    assert (await sample.read(lambda: examine([keys(sample.dealer)]))).state is HealthState.OK
    sample.dealer.vault = Vault(KeyRing({"a": new_key()}, "a", new_key()))
    health = await sample.read(lambda: examine([keys(sample.dealer)]))
    assert health.state is HealthState.FAILED
    assert "Book.lent_to" in health.findings[0].problem
    assert "13800138000" not in health.findings[0].problem


async def test_clock_that_is_not_set_is_found(sample: SampleDealer, monkeypatch: pytest.MonkeyPatch) -> None:
    assert (await sample.read(lambda: examine([clock(sample.dealer)]))).state is HealthState.OK
    monkeypatch.setattr(diagnosis, "_EARLIEST", datetime(9999, 1, 1, tzinfo=UTC))
    assert "set it" in (await sample.read(lambda: examine([clock(sample.dealer)]))).findings[0].problem


async def test_newer_database_is_told_by_module_and_migration(
    database_url: str, capsys: pytest.CaptureFixture[str]
) -> None:
    async with sample_dealer([], database_url=database_url) as sample:
        await sample.read(lambda: of_newer_version(sample))
        assert not await diagnosis._dealer(sample.dealer, sample.host.settings)
    said = capsys.readouterr().out
    assert "the database is newer than this version: core has 9999_next, which this version does not know" in said
    assert "Upgrade Forecourt" in said
    assert "raised" not in said


async def of_newer_version(sample: SampleDealer) -> None:
    recorder = Recorder(sample.dealer.database)
    await recorder.prepare()
    await recorder.record(Migration("9999_next", "core"))
