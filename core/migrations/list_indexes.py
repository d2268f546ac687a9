"""Indexes for the foreign keys that lists of the API run over; models declare none of these themselves.

A nested list reads the rows of one key in the order of their ids, so the index is over both. It holds archived rows
as well: lists that ask for them read it, and services that look for all rows of a key.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import NamedTuple

from tortoise.indexes import Index
from tortoise.migrations.schema_generator.state import ModelState

from core.catalog.catalog import Catalog, ToManyField
from core.migrations.table import DIALECTS, column_name, table_of


class ListedKey(NamedTuple):
    """A foreign key that a list runs over, by the names of its model and its field."""

    model: str
    key: str


def listed_keys(catalog: Catalog, module: str) -> Iterator[ListedKey]:
    """Yield the foreign keys of a module that need an index.

    Lists that another module adds over a key don't count: what a table is like may not depend on who else is on.
    """
    for entity in catalog.entities.values():
        for field in entity.fields.values():
            if isinstance(field, ToManyField) and field.module == module == field.target.module:
                model, key = field.target.model, field.column.attribute.removesuffix("_id")
                if key not in model.unindexed_keys:
                    yield ListedKey(model.__name__, key)


def add_list_indexes(models: Mapping[tuple[str, str], ModelState], label: str, keys: Iterable[ListedKey]) -> None:
    """Give the models of a module an index for each of the keys that no declared one serves."""
    for name, key in sorted(set(keys)):
        model = models[label, name]
        if not _is_served(model, column_name(key, model.fields[key]), models):
            index = Index(fields=(key, model.pk_field_name))
            model.options["indexes"] = (*model.options.get("indexes", ()), index)


def _is_served(model: ModelState, column: str, models: Mapping[tuple[str, str], ModelState]) -> bool:
    """Tell whether an index or unique rule begins with the column and holds every row that a list shows."""
    of_lists = {"", '"archived_at" IS NULL', f'"{column}" IS NOT NULL'}
    return any(
        index.columns[0] == column and of_lists.issuperset((index.where or "").split(" AND "))
        for index in table_of(model, models, DIALECTS[0]).indexes
    )
