"""Nobody is told more than his roles allow, whichever way he asks; and the walk finds whoever is."""

from __future__ import annotations

import os
import random
import sys
from collections.abc import AsyncIterator, Callable

import pytest

from core.api.documents import Documents
from core.caller import Caller
from core.read.access import Access
from core.read.conditions import Conditions
from core.testing.harness import SampleDealer, sample_dealer
from tests.core.library import SAMPLES
from tests.rights.walk import Walk, prepare

SEED = int(os.environ.get("FORECOURT_SEED", "1"))
WHOLE = bool(os.environ.get("FORECOURT_WHOLE"))
BUILT_IN = ("aftersales", "customers", "inventory", "organisation", "sales", "sms_marketing")
SAMPLE = ("library", "bookclub")
NO_END = {"core": {"look_ups_per_day": 1_000_000}}
KINDS = {"list", "fields", "filter", "relation", "order", "aggregate", "search", "by id", "guess", "several guesses"}


@pytest.fixture
async def everything(database_url: str) -> AsyncIterator[SampleDealer]:
    async with sample_dealer(BUILT_IN, database_url=database_url, settings=NO_END) as sample:
        yield sample


@pytest.fixture
async def small(kept_database_url: str) -> AsyncIterator[SampleDealer]:
    async with sample_dealer(SAMPLE, database_url=kept_database_url, folders=[SAMPLES], settings=NO_END) as sample:
        yield sample


async def test_nobody_is_told_more_than_his_roles_allow(everything: SampleDealer) -> None:
    people = await prepare(everything, rows=15 if WHOLE else 8, seed=SEED)
    drawn = people if WHOLE else random.Random(SEED).sample(people, 6)
    report = await Walk(everything, drawn, SEED, 1 if WHOLE else 0.08).run()
    sys.stdout.write(f"\nseed {SEED}: {report}\n")
    assert not report.leaks, str(report)
    assert set(report.asked) >= KINDS


def nothing(*_: object, **__: object) -> None:
    """Stand for a rule that is gone."""


async def counts_nothing(*_: object) -> None:
    """Stand for a count that is gone."""


BROKEN: dict[str, tuple[object, str, Callable[..., object]]] = {
    "own rows are not told from others": (Access, "_owned", lambda *_: "1=1"),
    "rows below one out of sight are shown": (Access, "_through", lambda *_: []),
    "guarded fields are shown": (Access, "sees", lambda *_: True),
    "guarded fields can be asked for": (Access, "require_field", nothing),
    "kinds that may not be read can be asked for": (Access, "require_read", nothing),
    "rights of one store hold in another": (Caller, "reach_in", lambda self, name, _: self.reach(name)),
    "relations out of sight are told of": (Conditions, "_seen", nothing),
}
BY_NAME: dict[str, tuple[str, object]] = {
    "seats that have ended still count": ("core.people.callers.is_valid", lambda *_: True),
    "several values are looked up at once": ("core.api.lookups.MOST_VALUES", 1000),
    "look-ups are not counted": ("core.api.execute.count", counts_nothing),
    "aggregates count all rows": ("core.read.stats.conditions_of", lambda *_: []),
}


ENOUGH = (
    "all_own in S1",
    "all_own in S1 and all_store in S2",
    "no_guarded_fields in S1",
    "chance_0 in S1",
)
"""People of whom one at least meets each of these."""


async def test_walk_finds_whatever_is_broken_and_nothing_else(
    small: SampleDealer, monkeypatch: pytest.MonkeyPatch
) -> None:
    invited = {one.name: one for one in await prepare(small, rows=18, seed=1, declared=False)}
    people = [invited[name] for name in ENOUGH]
    whole = await Walk(small, people, 1, modules=SAMPLE).run()
    assert not whole.leaks, str(whole)
    found = {}
    for broken in (*BROKEN, *BY_NAME):
        # No statement is kept that was right.
        object.__setattr__(small.dealer.kernel, "documents", Documents())
        with monkeypatch.context() as patch:
            if broken in BROKEN:
                patch.setattr(*BROKEN[broken])
            else:
                patch.setattr(*BY_NAME[broken])
            found[broken] = bool((await Walk(small, people, 1, modules=SAMPLE).run(until_leak=True)).leaks)
    assert found == dict.fromkeys(found, True)
