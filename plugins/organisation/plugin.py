"""Organisation: outlets, staff, who works when and on what, and the calendar by which a store works."""

from __future__ import annotations

from collections.abc import Awaitable, Iterable

from forecourt import CodeSetDeclaration, Manifest, Role, Scope, hookimpl
from plugins.organisation import code_lists, demo
from plugins.organisation import roles as own_roles
from plugins.organisation.settings import OrganisationSettings

plugin = Manifest(
    name="organisation",
    version="0.1.0",
    api=">=1,<2",
    title={"en": "Organisation", "zh-CN": "组织"},
    description={
        "en": "Outlets, staff, roster, absence and certificates; opening hours, holidays and the Chinese calendar.",
        "zh-CN": "网点、员工、排班、缺勤与资质；营业时间、节假日与农历。",
    },
    settings=OrganisationSettings,
)


@hookimpl
def code_sets() -> Iterable[CodeSetDeclaration]:
    return code_lists.CODE_SETS


@hookimpl
def roles() -> Iterable[Role]:
    return own_roles.roles()


@hookimpl
def demo_data(scope: Scope) -> Awaitable[None]:
    return demo.write(scope)
