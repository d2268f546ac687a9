"""Loads rows by their ids with statements that are written once, which saves most of what loading one costs."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import TYPE_CHECKING, Any, TypeVar
from uuid import UUID

from tortoise.context import _current_context

from core.data.registry import CONNECTION, registry
from core.data.transaction import OpenTransaction
from core.kinds.kind import Convert, Dialect, kind_of

if TYPE_CHECKING:
    from tortoise.models import Model

    from core.data.model import Record

M = TypeVar("M", bound="Model")
R = TypeVar("R", bound="Record")


def columns_of(model: type[Model]) -> tuple[str, ...]:
    """Return the names of a model's columns in the database, in the order in which `made` takes their values."""
    return tuple(model._meta.fields_db_projection.values())


def made(model: type[M], values: Sequence[Any]) -> M:
    """Return the row of a model that was fetched, as tortoise makes it for three times the cost."""
    loaded = {
        name: value if read is None or value is None else read(value)
        for (name, read), value in zip(_readers(model, registry.dialect or "sqlite"), values, strict=True)
    }
    row = model.__new__(model)
    attributes = vars(row)
    attributes.update(loaded)
    attributes.update(_partial=False, _saved_in_db=True, _custom_generated_pk=True, _await_when_save={})
    if "loaded_values" in attributes:  # a record's
        attributes["loaded_values"] = loaded
    return row


@lru_cache(maxsize=1024)
def _readers(model: type[Model], dialect: Dialect) -> tuple[tuple[str, Convert | None], ...]:
    fields = model._meta.fields_map
    return tuple((name, kind_of(fields[name]).read.get(dialect)) for name in model._meta.fields_db_projection)


@lru_cache(maxsize=1024)
def _by_id(table: str, columns: tuple[str, ...], dialect: str) -> str:
    listed = ", ".join(f'"{column}"' for column in columns)
    return f'SELECT {listed} FROM "{table}" WHERE "id" = {"?" if dialect == "sqlite" else "$1"}'


async def find(model: type[R], row_id: UUID) -> R | None:
    """Load a row by its id, archived or not, in the running task's transaction."""
    known = recalled(model, row_id)
    if known is not None:
        return known
    sql = _by_id(model._meta.db_table, columns_of(model), registry.dialect or "sqlite")
    rows = await active_client().fetch(sql, (row_id,), bounded=True)
    return remembered(made(model, rows[0])) if rows else None


def recalled(model: type[R], row_id: UUID, *how: object) -> R | None:
    """Return the row that the running task's transaction has loaded already, in the same way."""
    client = active_client()
    return client.rows.get((model, row_id, *how)) if isinstance(client, OpenTransaction) else None  # type: ignore[return-value]  # it was put there under its own class


def remembered(row: R, *how: object) -> R:
    """Note in the running task's transaction that a row has been loaded; return it.

    Args:
        how: For those who ask for it in the same way, beside all who ask by its id alone.
    """
    client = active_client()
    if isinstance(client, OpenTransaction):
        client.rows[type(row), row.id] = client.rows[type(row), row.id, *how] = row
    return row


def active_client() -> Any:
    """Return the running task's transaction, or the client of its database."""
    # Not tortoise's way, which looks for another event loop each time; a client has its connections per loop.
    context = _current_context.get()
    assert context is not None  # whoever loads rows has activated a database
    return context.connections._get_storage()[CONNECTION]
