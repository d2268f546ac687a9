"""Rows that are saved at once meet the same rules as rows that are saved one by one."""

from __future__ import annotations

import pytest

from core.testing.harness import SampleDealer
from forecourt import Scope, ValidationRefusal, save_all
from plugins.customers.models.people import SourceChannel


async def test_codes_of_rows_saved_at_once_are_checked(sample: SampleDealer) -> None:
    async def work(scope: Scope) -> None:
        good = SourceChannel(code="a", name="A", kind="ONLINE")
        await save_all([good, SourceChannel(code="b", name="B", kind="NO_SUCH_KIND")])

    with pytest.raises(ValidationRefusal) as caught:
        await sample.run(work)

    assert caught.value.path == ("kind",)
    assert not await sample.read(lambda: SourceChannel.filter(code__in=["a", "b"]).exists())
