"""The folded form of a text is written with it, whichever way the row is written."""

from __future__ import annotations

from typing import Any

from core.data.batch import save_all
from core.scope import Scope
from core.testing.harness import SampleDealer
from core.write.models import AuditEntry

GIVEN = "A\u0308nderung Ｘ"
KEPT = ("Änderung Ｘ", "änderung x")


async def test_each_way_of_writing_keeps_the_folded_form(sample: SampleDealer) -> None:
    model: Any = sample.dealer.kernel.catalog.entities["Specimen"].model

    def new(number: int, name: str | None = None) -> Any:
        return model(number=number, name=name, store_id=sample.store_id)

    async def write(_: Scope) -> None:
        await new(1, GIVEN).save()
        changed = new(2)
        await changed.save()
        changed.name = GIVEN
        await changed.save()
        guarded = new(3)
        await guarded.save()
        assert await guarded.change_where(where={"name": None}, name=GIVEN)
        batch = new(4)
        await batch.save()
        batch.name = GIVEN
        await save_all([batch, new(5, GIVEN)])
        emptied = new(6, GIVEN)
        await emptied.save()
        emptied.name = None
        await emptied.save()

    await sample.run(write)
    rows = await sample.read(lambda: model.all().order_by("number"))
    assert [(row.name, row.name_search) for row in rows] == [KEPT] * 5 + [(None, None)]
    found = await sample.read(lambda: model.filter(name=GIVEN).order_by("number"))
    assert [row.number for row in found] == [1, 2, 3, 4, 5]


async def test_the_audit_tells_of_the_text_alone(sample: SampleDealer) -> None:
    model: Any = sample.dealer.kernel.catalog.entities["Specimen"].model

    async def write(_: Scope) -> None:
        await model(number=1, name=GIVEN, store_id=sample.store_id).save()

    await sample.run(write)
    entry = await sample.read(lambda: AuditEntry.filter(entity="Specimen").first())
    assert entry is not None
    assert entry.after["name"] == KEPT[0]
    assert "name_search" not in entry.after
