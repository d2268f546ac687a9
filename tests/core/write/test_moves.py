"""The one way to move a row between states, and rows that are written once."""

from __future__ import annotations

from typing import Any

import pytest

from core.data.append_only import AppendOnlyRefusal
from core.errors import ConflictRefusal, TransitionRefusal
from core.money import Money
from core.people.models import Group, Store
from core.scope import Scope
from core.write.models import AuditEntry, OutboxEvent
from core.write.pipeline import transact
from tests.core.write.dealership import SampleDealer
from tests.core.write.samples import LOAN, Loan, LoanReturned, LoanState, Mileage


async def make_loan(dealer: SampleDealer, **values: Any) -> Loan:
    async def work(scope: Scope) -> Loan:
        loan = Loan(borrower_phone="13900000000", **values)
        await loan.save()
        return loan

    return await transact(dealer.user(), "lendCar", work)


async def moved(dealer: SampleDealer, loan: Loan, to: LoanState, action: str = "move", **options: Any) -> LoanState:
    async def work(scope: Scope) -> LoanState:
        return await LOAN.move(loan, to, **options)

    return await transact(dealer.user(), action, work)


async def test_move_changes_state_and_values_with_version_audit_and_event(dealer: SampleDealer) -> None:
    loan = await make_loan(dealer)
    values = {"fee": Money(500), "borrower_phone": "13911112222"}
    told = LoanReturned(loan_id=loan.id)
    assert await moved(dealer, loan, LoanState.RETURNED, "returnCar", values=values, event=told) is LoanState.OUT

    kept = await Loan.get(id=loan.id)
    assert (kept.state, kept.fee, kept.version) == (LoanState.RETURNED, Money(500), 2)
    assert (loan.state, loan.fee, loan.version) == (kept.state, kept.fee, kept.version)
    assert (await OutboxEvent.get()).data == {"loan_id": str(loan.id)}
    entry = await AuditEntry.filter(command="returnCar").get()
    assert (entry.action, entry.before["state"], entry.after["state"]) == ("update", "OUT", "RETURNED")
    assert (entry.before["fee_minor"], entry.after["fee_minor"]) == (None, 500)
    assert "13911112222" not in str(entry.after)
    assert entry.after["borrower_phone_masked"] == kept.borrower_phone

    async def work(scope: Scope) -> str | None:
        return await kept.reveal("borrower_phone")

    assert await transact(dealer.user(), "look", work) == "+8613911112222"


async def test_move_outside_the_table_changes_nothing(dealer: SampleDealer) -> None:
    loan = await make_loan(dealer)
    with pytest.raises(TransitionRefusal):
        await moved(dealer, loan, LoanState.SETTLED, event=LoanReturned(loan_id=loan.id))
    assert (await Loan.get(id=loan.id)).version == 1
    assert await OutboxEvent.all().count() == 0


async def test_loser_is_told_by_what_the_table_allows_now(dealer: SampleDealer) -> None:
    loan = await make_loan(dealer)
    returned, lost = await Loan.get(id=loan.id), await Loan.get(id=loan.id)
    late = await Loan.get(id=loan.id)
    await moved(dealer, loan, LoanState.LOST)

    async def work(scope: Scope) -> tuple[bool, Any]:
        tried = await LOAN.try_move(late, LoanState.LOST)
        try:
            await LOAN.move(returned, LoanState.RETURNED)
        except ConflictRefusal as conflict:
            return tried, conflict
        return tried, None

    tried, conflict = await transact(dealer.user(), "late", work)
    assert not tried
    assert (conflict.row, conflict.details["rule"]) == ((Loan, loan.id), "faster")
    with pytest.raises(TransitionRefusal, match="the loan is LOST and can't become LOST"):
        await moved(dealer, lost, LoanState.LOST)


async def test_further_condition_guards_a_move(dealer: SampleDealer) -> None:
    loan = await make_loan(dealer, fee=Money(1))
    with pytest.raises(ConflictRefusal):
        await moved(dealer, loan, LoanState.RETURNED, where={"fee": Money(2)})
    await moved(dealer, loan, LoanState.RETURNED, where={"fee": Money(1)})


async def test_command_makes_no_move_that_another_one_makes(dealer: SampleDealer) -> None:
    loan = await make_loan(dealer)
    await moved(dealer, loan, LoanState.LOST)
    with pytest.raises(TransitionRefusal):
        await moved(dealer, loan, LoanState.RETURNED, "settleLoan")
    await moved(dealer, loan, LoanState.RETURNED, "findCar")
    await moved(dealer, loan, LoanState.SETTLED, "a job")


async def test_state_changes_along_its_table_past_the_machine_too(dealer: SampleDealer) -> None:
    loan = await make_loan(dealer)

    async def save(scope: Scope) -> None:
        row = await Loan.get(id=loan.id)
        row.state = LoanState.SETTLED
        await row.save()

    async def change(scope: Scope) -> None:
        await (await Loan.get(id=loan.id)).change_where(where={}, state=LoanState.SETTLED)

    for work in (save, change):
        with pytest.raises(TransitionRefusal):
            await transact(dealer.user(), "settle", work)
    assert (await Loan.get(id=loan.id)).state is LoanState.OUT


async def test_row_that_is_written_once_never_changes(dealer: SampleDealer) -> None:
    async def write(scope: Scope) -> Mileage:
        group = Group(name="A group")
        await group.save()
        store = Store(group_id=group.id, code="S1", name="A store", zone="Asia/Shanghai")
        await store.save()
        row = Mileage(store_id=store.id, km=5)
        await row.save()
        await row.save()  # there is nothing to write
        return row

    row = await transact(dealer.user(), "write", write)

    async def correct(scope: Scope) -> None:
        row.km = 6
        await row.save()

    async def take_away(scope: Scope) -> None:
        await (await Mileage.get(id=row.id)).archive()

    async def change(scope: Scope) -> None:
        await (await Mileage.get(id=row.id)).change_where(where={}, km=6)

    async def give(scope: Scope) -> None:
        kept = await Mileage.get(id=row.id)
        kept.note = "given to another car"
        await kept.save()

    for work in (correct, take_away, change):
        with pytest.raises(AppendOnlyRefusal):
            await transact(dealer.user(), "change", work)
    await transact(dealer.user(), "give", give)
    kept = await Mileage.get(id=row.id)
    assert (kept.km, kept.note, kept.archived_at, kept.version) == (5, "given to another car", None, 2)
