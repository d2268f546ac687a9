"""A plugin with a table, to be switched on and off."""

from collections.abc import Iterable

from forecourt import Manifest, Reach, Role, hookimpl

plugin = Manifest(name="notes", version="1.0", api=">=1,<2", title={"en": "Notes", "zh-CN": "便条"})


@hookimpl
def roles() -> Iterable[Role]:
    yield Role("notes_reader", {"en": "Reader", "zh-CN": "读者"}, {"notes.note.read": Reach.STORE})
