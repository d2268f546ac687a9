"""No input, however wrong, is answered with a fault, an echo of itself, or silence."""

from __future__ import annotations

import os
import sys

from core.testing.harness import sample_dealer
from tests.fuzz.running import fuzz_of

BUILT_IN = ("aftersales", "customers", "inventory", "sales", "sms_marketing")
CASES = int(os.environ.get("FORECOURT_FUZZ", "1500"))
SEED = int(os.environ.get("FORECOURT_SEED", "0"))


async def test_no_input_is_answered_with_a_fault_or_an_echo(database_url: str) -> None:
    async with sample_dealer(BUILT_IN, database_url=database_url) as sample:
        fuzz = await fuzz_of(sample, SEED)
        with fuzz.asker:
            if CASES:
                await fuzz.some(CASES, SEED)
            else:
                await fuzz.all(SEED)
            await fuzz.still_answers("the end")
    sys.stdout.write(f"\n{fuzz.coverage()}\n{fuzz.findings}\n")
    assert not fuzz.findings.by_kind
