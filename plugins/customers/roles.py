"""Who may do what with customers; roles that several modules contribute to are joined by their codes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final

from forecourt import Reach, Role

_CHILDREN: Final = ("contact_point", "contact_person", "customer_vehicle", "consent")
_SALES: Final = ("purchase_intention", "interaction", "follow_up_task", "ownership_transfer", "merge_record")
_WORK: Final = (
    "purchase_intention.record", "interaction.record", "follow_up_task.write", "follow_up_task.update",
    "contact_point.write", "contact_person.create", "contact_person.update", "contact_person.archive",
    "customer_vehicle.create", "customer_vehicle.update", "customer_vehicle.archive", "consent.record",
)  # fmt: skip


def _rights(reach: Reach, *names: str) -> dict[str, Reach]:
    return {f"customers.{name}": reach for name in names}


def _reads(reach: Reach, *children: str) -> dict[str, Reach]:
    """Reading customers; what belongs to them is seen with them, so its own reach is the store."""
    return _rights(reach, "customer.read") | _rights(Reach.STORE, *(f"{child}.read" for child in children))


_SETTINGS: Final = _rights(Reach.STORE, "follow_up_parameter.read", "follow_up_template.read")
_SALESPERSON: Final = (
    _reads(Reach.OWN, *_CHILDREN, *_SALES, "today_entry")
    | _rights(Reach.OWN, "customer.create", "customer.update", "customer.set_level", "customer.reactivate")
    | _rights(Reach.OWN, "customer.read_birth", "interaction.read_talks", "contact_point.reveal", "today_list.read")
    | _rights(Reach.OWN, "ownership_transfer.acknowledge", *_WORK)
    | _SETTINGS
)
_MANAGER: Final = {name: max(reach, Reach.STORE) for name, reach in _SALESPERSON.items()} | _rights(
    Reach.STORE, "customer.archive", "customer.merge", "customer.reassign", "access_log.read",
    "follow_up_template.create", "follow_up_template.update", "follow_up_template.archive",
    "follow_up_parameter.create", "follow_up_parameter.update", "follow_up_parameter.archive",
)  # fmt: skip
_SOURCES: Final = _rights(
    Reach.GROUP, "source_channel.read", "source_channel.create", "source_channel.update", "source_channel.archive"
)

_ROLES: Final[Mapping[str, tuple[str, str, Mapping[str, Reach]]]] = {
    "sales_consultant": ("Sales consultant", "销售顾问", _SALESPERSON),
    "sales_manager": ("Sales manager", "销售经理", _MANAGER | _SOURCES),
    "service_advisor": (
        "Service advisor",
        "服务顾问",
        _reads(Reach.STORE, *_CHILDREN, "interaction", "follow_up_task", "today_entry")
        | _rights(Reach.STORE, "customer.create", "customer.update", "contact_point.reveal", *_WORK[1:])
        | _rights(Reach.OWN, "today_list.read")
        | _SETTINGS,
    ),
    "marketing": ("Marketing", "市场专员", _reads(Reach.STORE, *_CHILDREN, "purchase_intention") | _SOURCES),
    "customer_care": (
        "Customer care",
        "客服专员",
        _reads(Reach.STORE, *_CHILDREN, *_SALES, "today_entry")
        | _rights(Reach.STORE, "customer.update", "customer.read_birth", "contact_point.reveal", *_WORK[1:])
        | _rights(Reach.STORE, "interaction.read_talks")
        | _rights(Reach.OWN, "today_list.read")
        | _SETTINGS,
    ),
    "finance": ("Finance", "财务", _reads(Reach.STORE, "contact_point", "contact_person", "customer_vehicle")),
    "store_manager": ("Store manager", "店长", _MANAGER | _SOURCES),
    "privacy_officer": (
        "Privacy officer",
        "隐私专员",
        _reads(Reach.STORE, *_CHILDREN, *_SALES)
        | _rights(Reach.STORE, "customer.update", "customer.archive", "customer.read_birth", "access_log.read")
        | _rights(Reach.STORE, "contact_point.write", "contact_point.reveal", "consent.record"),
    ),
}


def roles() -> Iterable[Role]:
    """Yield the roles with their rights on customers."""
    for code, (english, chinese, permissions) in _ROLES.items():
        yield Role(code, {"en": english, "zh-CN": chinese}, permissions)
