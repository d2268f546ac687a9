"""The plugin's commands tried out: whatever comes of a dry run, nothing is left of it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from decimal import Decimal
from enum import Enum
from typing import Annotated, Any, get_args, get_origin
from uuid import UUID

from pydantic.fields import FieldInfo

from core.caller import Reach
from core.catalog.catalog import Catalog
from core.catalog.declare import ID, Input
from core.catalog.fields import without_none
from core.ids import global_id, uuid7
from core.money import Money
from core.testing.contract.rows import RowMaker
from core.testing.contract.run import sample_of
from core.testing.contract.subject import Fault, Subject


async def dry_run(subject: Subject) -> list[Fault]:
    """Check that a dry run of each command leaves no row and no file behind, whether it would be done or refused.

    Inputs hold generated values and the ids of generated rows.
    """
    faults, done, commands = [], 0, 0
    async with sample_of(subject) as sample:
        catalog = sample.dealer.kernel.catalog
        values, client = Values(RowMaker(sample), catalog), sample.client(reach=Reach.GROUP)
        for entity in catalog.entities.values():
            await values.rows.fill(entity.model, 1)
        before = await sample.contents()
        for command in catalog.commands.values():
            if command.module != subject.name or command.input_type is None:
                continue
            commands += 1
            kind = command.input_type
            asked = f"{command.name}(input: $i, dryRun: true) {{ problems {{ code }} }}"
            answer = await client(f"mutation($i: {kind.__name__}!) {{ {asked} }}", i=values.of(kind))
            done += answer.get("data", {}).get(command.name) == {"problems": []}
            after = await sample.contents()
            if left := [table for table in after if after[table] != before[table]]:
                mend = "write rows by the command's own transaction, and nothing outside of it"
                faults.append(Fault(command.name, f"its dry run leaves something in {', '.join(left)}", mend))
                before = after
    if commands and not done:
        faults.append(Fault("the commands", "none can be done with generated values", "take plain values in one"))
    return faults


class Values:
    """Makes inputs of commands: what must be given, in plain values."""

    def __init__(self, rows: RowMaker, catalog: Catalog) -> None:
        self.rows = rows
        self.catalog = catalog
        self.made = 0

    def of(self, kind: type[Input]) -> Mapping[str, Any]:
        """Return an input as a client sends it."""
        fields = kind.model_fields.items()
        return {info.alias or name: self._value(info.annotation, info) for name, info in fields if info.is_required()}

    def _value(self, annotation: Any, info: FieldInfo | None = None) -> Any:
        kind, _ = without_none(annotation)
        origin, arguments = get_origin(kind), get_args(kind)
        if origin is Annotated:
            return self._value(arguments[0], FieldInfo.from_annotation(kind))
        if origin is ID:
            return self._id(arguments[0])
        if origin in (list, tuple):
            return [self._value(arguments[0])]
        if isinstance(kind, type) and issubclass(kind, Input):
            return self.of(kind)
        if isinstance(kind, type) and issubclass(kind, Enum):
            return next(iter(kind)).name
        return self._plain(kind, {type(one).__name__: one for one in info.metadata} if info else {})

    def _plain(self, kind: Any, limits: Mapping[str, Any]) -> Any:
        self.made += 1
        now = self.rows.sample.clock.at + timedelta(days=self.made)  # what ends, ends after it began
        least = getattr(limits.get("Ge"), "ge", getattr(limits.get("Gt"), "gt", 0))
        text = "sample".ljust(getattr(limits.get("MinLen"), "min_length", 0), "x")
        plain: Mapping[Any, Any] = {
            str: text[: getattr(limits.get("MaxLen"), "max_length", None)],
            int: int(least) + 1,
            float: float(least) + 1,
            Decimal: str(least + 1),
            bool: False,
            date: now.date().isoformat(),
            datetime: now.isoformat(),
            UUID: str(uuid7()),
            Money: {"amountMinor": "100", "currency": "CNY"},
        }
        return plain.get(kind, {})

    def _id(self, cls: type) -> str:
        entity = self.catalog.by_type.get(cls)
        made = self.rows.made.get(entity.model, ()) if entity is not None else ()
        return global_id(cls.__name__, made[0] if made else uuid7())
