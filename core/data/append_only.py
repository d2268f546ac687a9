"""Rows that are written once."""

from __future__ import annotations

from typing import Any, ClassVar, Literal, NoReturn

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
        AppendOnlyRefusal: `save` of a row that is there already and differs, `archive` or `change_where`.
    """

    repointed: ClassVar[frozenset[str]] = frozenset()
    """Columns that may still change, such as that of the customer when two records of one are merged."""

    class Meta:
        abstract = True

    async def _save_changes(self, action: Literal["update", "archive"]) -> None:
        before = self.loaded_values
        changed = {name for name in before if getattr(self, name) != before[name]}
        if changed - self.repointed:
            raise AppendOnlyRefusal
        await super()._save_changes(action)

    async def change_where(self, *, where: dict[str, Any], **values: Any) -> NoReturn:
        raise AppendOnlyRefusal
