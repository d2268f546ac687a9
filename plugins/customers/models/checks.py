"""Checks that hold whoever writes a row."""

from __future__ import annotations

from forecourt import GroupModel, Model, current, require_code


async def check_code(row: Model | GroupModel, column: str, code_set: str) -> None:
    """Refuse a row whose column has been given a code that the list doesn't have today.

    Raises:
        ValidationRefusal: It names the valid codes.
    """
    code = getattr(row, column)
    if code and code != row.loaded_values.get(column):
        store_id = row.store_id if isinstance(row, Model) else None
        first, *others = column.split("_")
        path = (first + "".join(word.capitalize() for word in others),)
        await require_code(current(), f"customers.{code_set}", code, store_id=store_id, path=path)
