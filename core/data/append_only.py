"""Rows that are written once."""

from __future__ import annotations

from typing import Any, ClassVar, NoReturn

from core.data.model import Model
from core.errors import PreconditionRefusal


class AppendOnlyRefusal(PreconditionRefusal):
    """Rows of this table are kept as they were written."""

    code: ClassVar[str] = "APPEND_ONLY"

    def __init__(self) -> None:
        super().__init__("this is kept as it was written; write another one that corrects it")


class AppendOnlyModel(Model):
    """A row of one store that is written once and never changed or archived; a correction is another row.

    The API has no command that changes or archives one.

    Raises:
        AppendOnlyRefusal: `save` or `save_all` of a row that is there already and differs, `archive` or `change_where`.
    """

    repointed: ClassVar[frozenset[str]] = frozenset()
    """Columns that may still change, such as that of the customer when two records of one are merged."""

    class Meta:
        abstract = True

    def _changed(self) -> tuple[str, ...]:
        changed = super()._changed()
        if set(changed) - self.repointed:
            raise AppendOnlyRefusal
        return changed

    async def change_where(self, *, where: dict[str, Any], **values: Any) -> NoReturn:
        raise AppendOnlyRefusal
