"""Fills the columns that keep the folded form of a text, when a migration adds one to a table with rows."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any, Final

from core.data.plain_fields import MOST_INDEXED
from core.kinds.folding import FOLDED_FORM, composed, folded
from core.migrations.table import Table, TableColumn

if TYPE_CHECKING:
    from core.migrations.editor import SchemaEditor

_MEANING: Final = re.compile(rf"\w+ \({FOLDED_FORM}(\w+)\)")
_ROWS_AT_A_TIME: Final = 5000


def added_folds(before: Table, after: Table) -> Iterator[tuple[str, str]]:
    """Yield the columns that are new and keep a folded form, each with the text's."""
    for column in after.columns:
        meaning = _MEANING.fullmatch(column.kind)
        if meaning and before.column(column.name) is None:
            yield column.name, meaning[1]


async def fill(editor: SchemaEditor, table: Table, column: str, source: str) -> None:
    """Fill a folded column, and bring the text itself into the form in which it is kept from now on."""
    key = next(column for column in table.columns if column.primary)
    last: tuple[Any, ...] = ()
    while True:
        beyond = f' AND "{key.name}" > {"?" if editor.dialect == "sqlite" else "$1"}' if last else ""
        rows = await editor.fetch(
            f'SELECT "{key.name}", "{source}" FROM "{table.name}" WHERE "{source}" IS NOT NULL{beyond}'
            f' ORDER BY "{key.name}" LIMIT {_ROWS_AT_A_TIME}',
            last,
        )
        if not rows:
            return
        await _update(editor, table.name, key, column, source, rows)
        last = (rows[-1][0],)


async def _update(
    editor: SchemaEditor, table: str, key: TableColumn, column: str, source: str, rows: Sequence[Sequence[Any]]
) -> None:
    values = [(row_id, composed(text), folded(text)[:MOST_INDEXED]) for row_id, text in rows]
    if editor.dialect == "sqlite":
        given = "(SELECT json_extract(value, '$[0]') a, json_extract(value, '$[1]') b, json_extract(value, '$[2]') c"
        given += " FROM json_each(?))"
        arguments: list[Any] = [json.dumps(values, ensure_ascii=False)]
    else:
        given = f"unnest($1::{key.type}[], $2::text[], $3::text[])"
        arguments = [list(column) for column in zip(*values, strict=True)]
    await editor.execute(
        f'UPDATE "{table}" SET "{source}" = given.b, "{column}" = given.c FROM {given} AS given'
        f'{"" if editor.dialect == "sqlite" else "(a, b, c)"} WHERE "{key.name}" = given.a',
        arguments,
    )
