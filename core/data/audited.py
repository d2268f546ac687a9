"""tortoise's writing verbs that pass version, audit and events; each is refused, with what does it right."""

from __future__ import annotations

from collections.abc import Generator
from typing import Any, Final, NoReturn

from tortoise.manager import Manager
from tortoise.queryset import QuerySet

from core.data import equality
from core.data.errors import UnauditedWriteError
from core.data.locking import take_turns

_BATCH: Final = "would skip version, audit and events; give the rows to save_all"
_FIND_FIRST: Final = (
    "is no guard against two who do it at once, and changes rows that nobody has read; look for the row, and save it "
    "or a new one: a unique index decides between two"
)
_RAW: Final = "runs any statement, past rights, version and audit; read with filter and annotate, write with save"


def refused(model: type[Any], verb: str, why: str) -> UnauditedWriteError:
    """Return the error for a verb that is called on a model or its query sets."""
    return UnauditedWriteError(f"{model.__name__}.{verb}(…) {why}")


class AuditedQuerySet(QuerySet[Any]):
    """Reads as tortoise's does; writes go through `save`, `save_all` or `change_where`."""

    def __await__(self) -> Generator[Any, None, Any]:
        written = equality.select(self)
        if written is not None:
            return equality.fetch(self, *written).__await__()
        if self._select_for_update:
            return self._after_turns()
        return super().__await__()

    def _after_turns(self) -> Generator[Any, None, Any]:
        yield from take_turns(self).__await__()
        # Keys never change, so that new rows that refer to one needn't wait for it.
        self._select_for_update_no_key = True
        return (yield from super().__await__())

    def update(self, **kwargs: Any) -> NoReturn:
        raise refused(
            self.model,
            "filter(…).update",
            "would skip version and audit; change the rows and give them to save_all, or use change_where for a "
            "guarded move",
        )

    def delete(self) -> NoReturn:
        raise UnauditedWriteError(f"rows of {self.model.__name__} are archived, never deleted")

    def bulk_create(self, *args: Any, **kwargs: Any) -> NoReturn:
        raise refused(self.model, "bulk_create", _BATCH)

    def bulk_update(self, *args: Any, **kwargs: Any) -> NoReturn:
        raise refused(self.model, "bulk_update", _BATCH)

    def raw(self, sql: str) -> NoReturn:
        raise refused(self.model, "raw", _RAW)


class AuditedManager(Manager):
    """Hands out audited query sets."""

    def get_queryset(self) -> QuerySet[Any]:
        return AuditedQuerySet(self._model)


class AuditedVerbs:
    """A model's own verbs that would write past the audit."""

    __forecourt_audited__ = True  # the registry keeps the tables of such models, for the guard of all statements

    @classmethod
    def bulk_create(cls, *args: Any, **kwargs: Any) -> NoReturn:
        raise refused(cls, "bulk_create", _BATCH)

    @classmethod
    def bulk_update(cls, *args: Any, **kwargs: Any) -> NoReturn:
        raise refused(cls, "bulk_update", _BATCH)

    @classmethod
    async def get_or_create(cls, *args: Any, **kwargs: Any) -> NoReturn:
        raise refused(cls, "get_or_create", _FIND_FIRST)

    @classmethod
    async def update_or_create(cls, *args: Any, **kwargs: Any) -> NoReturn:
        raise refused(cls, "update_or_create", _FIND_FIRST)

    @classmethod
    def raw(cls, *args: Any, **kwargs: Any) -> NoReturn:
        raise refused(cls, "raw", _RAW)

    def clone(self, pk: Any = None) -> NoReturn:
        raise refused(
            type(self), "clone", "would share what the row was loaded with; make a new row of its values, and save it"
        )

    async def delete(self, using_db: Any = None) -> NoReturn:
        raise UnauditedWriteError(f"a {type(self).__name__} is archived, never deleted")
