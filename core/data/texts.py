"""The texts of a row on their way to the database: valid codes, one Unicode form, a folded one for searches."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from pydantic.alias_generators import to_camel
from tortoise.fields import Field

from core.data.plain_fields import MOST_INDEXED, KeptText
from core.kinds.folding import composed, folded
from core.kinds.kind import kind_of
from core.scope import current

if TYPE_CHECKING:
    from core.data.model import Record


def code_lists(attributes: Mapping[str, Any]) -> Mapping[str, str]:
    """Return the code list of each attribute of a model's class that holds codes."""
    fields = ((name, field) for name, field in attributes.items() if isinstance(field, Field))
    return {name: kind_of(field).codes for name, field in fields if kind_of(field).codes}


async def require_codes(row: Record, values: Mapping[str, Any]) -> None:
    """Refuse codes that their lists don't have today; those that the row has had before are left alone.

    Args:
        values: What the row is given, by attribute.

    Raises:
        ValidationRefusal: It names the valid codes.
    """
    scope, store_id = current(), getattr(row, "store_id", None)
    for name, code_set in row.code_lists.items():
        given, before = values.get(name), row.loaded_values.get(name)
        if not given or given == before:
            continue
        path = (to_camel(name),)
        if isinstance(given, str):
            await scope._dealer.require_code(scope, code_set, given, store_id, path)
            continue
        for place, code in enumerate(given):
            if code not in (before or ()):
                await scope._dealer.require_code(scope, code_set, code, store_id, (*path, place))


def settle_texts(texts: Sequence[KeptText], values: dict[str, Any], before: Mapping[str, Any]) -> None:
    """Bring texts into the form in which they are kept, and set their folded forms.

    Args:
        values: By attribute; changed in place.
        before: What the row was loaded with; texts that are still the same are left alone.
    """
    for name, search, is_folded, indexed in texts:
        if name not in values or (name in before and values[name] == before[name]):
            continue
        value = values[name]
        if type(value) is str:
            values[name] = folded(value) if is_folded else composed(value)
        if search:
            form = None if value is None else folded(value)
            values[search] = form[:MOST_INDEXED] if form and indexed else form
