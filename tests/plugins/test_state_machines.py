"""Every state machine of the built-in modules: what it is declared to be, and who wins when two move a row at once."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from itertools import product
from typing import Any

import pytest

from core.data.model import Record
from core.errors import ConflictRefusal, Refusal, TransitionRefusal
from core.kernel import Kernel, app_modules, kernel_without_database
from core.scope import Scope
from core.state import StateMachine
from core.testing.contract.rows import RowMaker
from core.testing.harness import SampleDealer, sample_dealer
from tests.architecture.source import plugin_names


@pytest.fixture
async def sample(database_url: str) -> AsyncIterator[SampleDealer]:
    async with sample_dealer(plugin_names(), database_url=database_url) as made:
        token = made.dealer.database.activate()
        yield made
        made.dealer.database.deactivate(token)


@pytest.fixture
async def kernel() -> Kernel:
    return await kernel_without_database(plugin_names())


def machines(kernel: Kernel) -> Iterator[tuple[type[Record], str, StateMachine[Any]]]:
    for files in app_modules(kernel.loaded).values():
        classes = dict.fromkeys(value for file in files for value in vars(file).values() if isinstance(value, type))
        for model in classes:
            if issubclass(model, Record) and not model._meta.abstract:
                for column, machine in model.machines.items():
                    yield model, column, machine


async def race(
    sample: SampleDealer, model: type[Record], machine: StateMachine[Any], row_id: Any, wanted: tuple[Any, Any]
) -> list[Any]:
    """Let two who have read the same row move it at once; return what each got: the state before, or the refusal."""
    rows = [await model.get(id=row_id) for _ in wanted]

    async def mover(row: Record, to: Any) -> Any:
        async def work(_: Scope) -> Any:
            try:
                return await machine.move(row, to)
            except Refusal as refusal:
                return refusal

        return await sample.run(work)

    return list(await asyncio.gather(*(mover(row, to) for row, to in zip(rows, wanted, strict=True))))


async def test_of_two_who_move_a_row_at_once_one_wins_and_the_other_is_refused_by_one_rule(
    sample: SampleDealer,
) -> None:
    rows, conflicts, raced = RowMaker(sample), 0, set()
    for model, column, machine in machines(sample.dealer.kernel):
        assert await rows.fill(model, 1), f"{model.__name__} takes no generated row, so nothing can race for one"
        row_id = rows.made[model][0]
        for state in machine.states:
            for wanted in product(machine.allowed(state), repeat=2):
                sql = f'UPDATE "{model._meta.db_table}" SET "{column}" = $1 WHERE "id" = $2'
                await sample.dealer.database.execute(sql, [state, row_id])
                before = (await model.get(id=row_id)).version
                got = await race(sample, model, machine, row_id, wanted)
                where = f"{model.__name__} from {state} to {wanted}: {got}"
                assert got.count(state) == 1, where
                winner = got.index(state)
                now = await model.get(id=row_id)
                assert (machine.state_of(now), now.version) == (wanted[winner], before + 1), where
                possible = machine.may(wanted[winner], wanted[1 - winner])
                assert type(got[1 - winner]) is (ConflictRefusal if possible else TransitionRefusal), where
                conflicts += possible
                raced.add(model)
    assert len(raced) >= 20
    assert conflicts, "no pair of moves showed that the loser could still move"


@pytest.mark.once
async def test_entity_has_the_machines_of_its_table_and_every_move_names_its_commands(kernel: Kernel) -> None:
    catalog = kernel.catalog
    shown = {entity.model for entity in catalog.entities.values()}
    for model, column, machine in machines(kernel):
        assert model in shown, f"{model.__name__}: nobody can look its state machine up, because no entity shows it"
        assert catalog.of_model(model).machines[column] is machine
        for move in (move for moves in machine.moves.values() for move in moves):
            made_by = [command.name for command in catalog.makers(move)]
            assert made_by or move.by_system, f"{model.__name__}: nobody moves it from {move.state} to {move.to}"


@pytest.mark.once
async def test_every_state_can_be_reached(kernel: Kernel) -> None:
    for model, _, machine in machines(kernel):
        reached = set(machine.initial)
        while grown := {to for state in reached for to in machine.allowed(state)} - reached:
            reached |= grown
        assert reached == set(machine.states) == set(machine.enum.__members__.values()), model.__name__
