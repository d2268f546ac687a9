"""A module of which every effect can be counted: what torture is done to."""

from collections.abc import Iterable

from forecourt import Manifest, Reach, Role, hookimpl

plugin = Manifest(name="tally", version="1.0.0", api=">=1,<2", title={"en": "Tally", "zh-CN": "记账"})

RIGHTS = ("account.read", "account.create", "account.update", "posting.read", "posting.post")


@hookimpl
def roles() -> Iterable[Role]:
    yield Role("teller", {"en": "Teller", "zh-CN": "柜员"}, {f"tally.{right}": Reach.STORE for right in RIGHTS})
