from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from uuid import UUID

from core.clock import FixedClock
from core.ids import uuid7
from core.jobs.housekeeping import forget
from core.scope import Scope
from core.unit import Change
from core.write import idempotency
from core.write.models import AuditChain, AuditEntry, IdempotencyRecord
from core.write.pipeline import CommandCall, Done, run_command, transact
from core.write.seal import Verification, chains, seal, verify
from tests.core.write.dealership import SampleDealer
from tests.core.write.samples import Car


async def write_cars(dealer: SampleDealer, count: int, first: int = 0) -> None:
    async def work(scope: Scope) -> None:
        for number in range(first, first + count):
            await Car(number=str(number), owner_phone="13800138000").save()

    await transact(dealer.user(), "createCars", work)


async def check(dealer: SampleDealer, store_id: UUID | None = None) -> Verification:
    return await verify(dealer.database, store_id)


async def test_entries_show_protected_columns_masked_only(dealer: SampleDealer) -> None:
    await write_cars(dealer, 1)

    entry = await AuditEntry.get()

    assert entry.after["owner_phone_masked"] == "138****8000"
    assert not [name for name in entry.after if name.endswith(("_sealed", "_index", "_last4"))]
    assert "13800138000" not in str(entry.after)


async def test_update_shows_only_what_changed_before_and_after(dealer: SampleDealer) -> None:
    await write_cars(dealer, 1)

    async def work(scope: Scope) -> None:
        car = await Car.get()
        car.state = "HELD"
        await car.save()

    await transact(dealer.user(), "hold", work)

    entry = await AuditEntry.get(action="update")
    assert (entry.before, entry.after, entry.version) == ({"state": "FREE"}, {"state": "HELD"}, 2)


async def test_sealed_chain_verifies_and_unsealed_entries_are_named(dealer: SampleDealer) -> None:
    await write_cars(dealer, 3)
    assert await seal(dealer.database) == 3
    await write_cars(dealer, 2, first=3)

    found = await check(dealer)

    assert found.ok
    assert (found.sealed, len(found.unsealed)) == (3, 2)
    assert await seal(dealer.database) == 2
    assert (await check(dealer)).sealed == 5


async def test_empty_chain_verifies(dealer: SampleDealer) -> None:
    found = await check(dealer)

    assert (found.ok, found.sealed, found.unsealed) == (True, 0, ())


async def test_each_store_has_a_chain_of_its_own(dealer: SampleDealer) -> None:
    stores = [uuid7(), uuid7()]

    async def work(scope: Scope) -> None:
        for number in range(6):
            scope.writing().record(
                Change("reveal", "samples", "Car", uuid7(), stores[number % 2], 1, {}, {"field": "owner_phone"})
            )

    await transact(dealer.user(), "reveal", work, reason="the owner called")
    await seal(dealer.database)

    assert set(await chains(dealer.database)) == set(stores)
    for store_id in stores:
        found = await check(dealer, store_id)
        assert (found.ok, found.sealed) == (True, 3)


async def tampered(dealer: SampleDealer, sql: str) -> Verification:
    await write_cars(dealer, 5)
    await seal(dealer.database)
    await dealer.database.execute(sql)
    return await check(dealer)


async def test_changed_entry_is_found(dealer: SampleDealer) -> None:
    found = await tampered(dealer, "UPDATE core_audit_entry SET actor = 'user:nobody' WHERE seq = 3")

    assert found.broken == ("entry 3 has been changed",)


async def test_changed_values_are_found(dealer: SampleDealer) -> None:
    found = await tampered(dealer, """UPDATE core_audit_entry SET after = '{"number": "9"}' WHERE seq = 2""")

    assert found.broken == ("entry 2 has been changed",)


async def test_removed_entry_is_found(dealer: SampleDealer) -> None:
    found = await tampered(dealer, "DELETE FROM core_audit_entry WHERE seq = 3")

    assert found.broken == ("entries 3 to 3 are missing",)


async def test_cut_off_end_is_found(dealer: SampleDealer) -> None:
    found = await tampered(dealer, "DELETE FROM core_audit_entry WHERE seq >= 4")

    assert found.broken == ("the chain ends at 3, but was sealed to 5",)


async def test_wholly_removed_chain_is_found(dealer: SampleDealer) -> None:
    found = await tampered(dealer, "DELETE FROM core_audit_entry")

    assert found.broken == ("the chain ends at 0, but was sealed to 5",)


async def test_entry_hashed_anew_breaks_the_link_to_the_next(dealer: SampleDealer) -> None:
    await write_cars(dealer, 3)
    await seal(dealer.database)
    from core.write.seal import entry_hash

    entry = await AuditEntry.get(seq=2)
    entry.actor = "user:nobody"
    entry.hash = entry_hash(entry, 2, entry.prev_hash or "")
    await entry.save()

    assert (await check(dealer)).broken == ("entry 3 doesn't follow the one before it",)


async def test_parallel_sealers_and_writers_make_one_whole_chain(dealer: SampleDealer) -> None:
    await asyncio.gather(*(write_cars(dealer, 20, first=100 * number) for number in range(6)))

    async def seal_often() -> None:
        for _ in range(4):
            await seal(dealer.database)

    await asyncio.gather(*(seal_often() for _ in range(4)), write_cars(dealer, 5, first=900))
    await seal(dealer.database)

    found = await check(dealer)
    assert (found.ok, found.sealed, found.unsealed) == (True, 125, ())
    assert (await AuditChain.get()).seq == 125


async def test_more_entries_than_one_batch_are_sealed(dealer: SampleDealer) -> None:
    async def work(scope: Scope) -> None:
        for _ in range(1100):
            scope.writing().record(Change("update", "samples", "Car", uuid7(), None, 2, {"a": 1}, {"a": 2.5}))

    await transact(dealer.user(), "many", work)

    assert await seal(dealer.database) == 1100
    assert (await check(dealer)).sealed == 1100


async def test_outcome_of_a_key_is_kept_for_seven_days(dealer: SampleDealer) -> None:
    async def work(scope: Scope) -> Car:
        car = Car(number=scope.now().isoformat()[:19])
        await car.save()
        return car

    start = datetime(2026, 11, 21, tzinfo=UTC)
    dealer.clock = clock = FixedClock(start)
    call = CommandCall("createCar", {}, "k")
    replayed = []
    for days in (0, 6.9, 7.1, 7.2):
        clock.at = start + timedelta(days=days)
        outcome = await run_command(dealer.user(), call, work)
        assert isinstance(outcome, Done)
        replayed.append(outcome.replayed)

    assert replayed == [False, True, False, True]
    clock.at = start + timedelta(days=15)
    assert await forget(idempotency.expired(dealer.user())) == 1
    assert await IdempotencyRecord.all().count() == 0


async def test_fingerprint_tells_nothing_of_the_input(dealer: SampleDealer) -> None:
    from hashlib import sha256

    from core.write.values import canonical_json

    async def nothing(scope: Scope) -> None: ...

    await run_command(dealer.user(), CommandCall("find", {"phone": "13800138000"}, "k"), nothing)

    record = await IdempotencyRecord.get()
    assert record.fingerprint != sha256(canonical_json({"phone": "13800138000"})).hexdigest()
