"""Inventory: the catalogue, vehicles from order to delivery, and the ledger of all stock."""

from __future__ import annotations

from collections.abc import Awaitable, Iterable

from forecourt import CodeSetDeclaration, Manifest, Role, Scope, hookimpl
from plugins.inventory import code_lists, demo, jobs
from plugins.inventory import roles as own_roles
from plugins.inventory.hooks import InventoryHooks
from plugins.inventory.settings import InventorySettings

plugin = Manifest(
    name="inventory",
    version="0.1.0",
    api=">=1,<2",
    title={"en": "Inventory", "zh-CN": "库存"},
    description={
        "en": "The catalogue, vehicles from order to delivery, accessories and parts, and the ledger of all stock.",
        "zh-CN": "车型目录、整车从订购到交付、精品与配件，以及全部库存台账。",
    },
    settings=InventorySettings,
)


@hookimpl
def hook_specifications() -> Iterable[type]:
    return (InventoryHooks,)


@hookimpl
def scheduled_jobs() -> Iterable[object]:
    yield jobs.expire_reservations.every(minutes=1)


@hookimpl
def code_sets() -> Iterable[CodeSetDeclaration]:
    return code_lists.code_sets()


@hookimpl
def roles() -> Iterable[Role]:
    return own_roles.roles()


@hookimpl
def demo_data(scope: Scope) -> Awaitable[None]:
    return demo.write(scope)
