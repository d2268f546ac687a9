"""No input, however wrong, is answered with a fault, an echo of itself, or silence.

`make fuzz` sends many, the suite a few; `FORECOURT_FUZZ=all` sends every value to every place, for an hour.
"""

from __future__ import annotations

import os
import sys

import pytest

from core import collector
from core.testing.harness import sample_dealer
from tests.core.library import SAMPLES
from tests.fuzz import asking
from tests.fuzz.running import fuzz_of

BUILT_IN = ("aftersales", "customers", "inventory", "organisation", "sales", "sms_marketing")
SHORT = 150
CASES = os.environ.get("FORECOURT_FUZZ", str(SHORT))
SEED = int(os.environ.get("FORECOURT_SEED", "0"))


async def test_no_input_is_answered_with_a_fault_or_an_echo(database_url: str) -> None:
    count = None if CASES == "all" else int(CASES)
    whole = count is None or count > SHORT
    async with sample_dealer(BUILT_IN, database_url=database_url) as sample:
        fuzz = await fuzz_of(sample, SEED)
        with collector.settled(), fuzz.asker:
            await fuzz.raw(SEED, 1.0 if whole else 0.15)
            await fuzz.spoilt((count or 20_000) // 5, SEED)
            await fuzz.each(count, SEED)
            await fuzz.still_answers("the end")
    sys.stdout.write(f"\nseed {SEED}: met {fuzz.coverage()}\n{fuzz.findings}\n")
    assert not fuzz.findings.by_kind, fuzz.findings
    assert not fuzz.missed() or (count or 0) < len(fuzz.places)


@pytest.mark.once
async def test_fuzz_finds_what_is_wrong(database_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """The probe has a field that fails, one that quotes what it refuses, and one that takes long."""
    monkeypatch.setattr(asking, "READINGS", 0.4)
    async with sample_dealer(["probe"], database_url=database_url, folders=[SAMPLES]) as sample:
        fuzz = await fuzz_of(sample, SEED, with_demo=False)
        fuzz.places = [place for place in fuzz.places if place.root in ("probeRefuse", "probeBusy")]
        with fuzz.asker:
            await fuzz.each(150, SEED)
            fuzz.findings.judge("a fault", await fuzz.asker.graphql("{ probeFault }"))
    found = " ".join(fuzz.findings.by_kind)
    assert "slow" in found
    assert 'echo: {"message": "there is no …' in found
    assert "INTERNAL RuntimeError" in found
    assert not fuzz.missed()
