"""Rules that several tables share."""

from __future__ import annotations

from typing import Any, NoReturn

from forecourt import Model, PreconditionRefusal


class AppendOnly(Model):
    """Rows that are never changed; a correction is a new row."""

    class Meta:
        abstract = True

    async def prepare(self) -> None:
        changed = {name for name, value in self.loaded_values.items() if getattr(self, name) != value}
        if self._saved_in_db and changed:
            raise _kept()

    async def change_where(self, *, where: dict[str, Any], **values: Any) -> NoReturn:
        raise _kept()


def _kept() -> PreconditionRefusal:
    return PreconditionRefusal("this is kept as it was written; write another one that corrects it", rule="append_only")
