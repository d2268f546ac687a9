"""Who may do what after the sale; roles that several modules contribute to are joined by their codes."""

from __future__ import annotations

from typing import Final

from forecourt import Reach, Role
from plugins.aftersales.rights import (
    APPROVE,
    ASSIGN,
    BOOK,
    CANCEL,
    CLOSE,
    COMPLETE,
    CREATE,
    EXTEND,
    READ_ODOMETER,
    REGISTER,
    REOPEN,
    SKIP,
    WORK,
)

_VEHICLES: Final = tuple(
    f"aftersales.{name}.read"
    for name in (
        "service_vehicle", "warranty_term", "odometer_reading", "maintenance_template", "maintenance_plan", "plan_item",
        "service_appointment",
    )
)  # fmt: skip
_CATALOGUE: Final = ("inventory.vehicle_identity.read", "core.department.read")
_WARRANTIES: Final = tuple(f"aftersales.warranty_term.{action}" for action in ("create", "update", "archive"))
_TEMPLATES: Final = tuple(f"aftersales.maintenance_template.{action}" for action in ("create", "update", "archive"))


def _requests(reach: Reach) -> dict[str, Reach]:
    """Reading requests; what belongs to one is seen with it."""
    children = ("service_request_step", "service_extension")
    return {"aftersales.service_request.read": reach} | {f"aftersales.{name}.read": Reach.STORE for name in children}


def _in_store(*names: str) -> dict[str, Reach]:
    return dict.fromkeys(names, Reach.STORE)


_LOOKS: Final = _in_store(*_VEHICLES, *_CATALOGUE)
_HANDLES: Final = _LOOKS | _requests(Reach.STORE) | _in_store(CREATE, ASSIGN, WORK, EXTEND, CLOSE, REOPEN, CANCEL)
_ADVISES: Final = (
    _HANDLES
    | _in_store(REGISTER, READ_ODOMETER, COMPLETE, SKIP, BOOK, "aftersales.service_vehicle.update")
    | _in_store(*_WARRANTIES)
)

ROLES: Final[tuple[Role, ...]] = tuple(
    Role(code, titles, rights)
    for code, titles, rights in (
        ("service_advisor", {"en": "Service advisor", "zh-CN": "服务顾问"}, _ADVISES),
        (
            "technician",
            {"en": "Technician", "zh-CN": "技师"},
            _LOOKS | _requests(Reach.OWN) | {READ_ODOMETER: Reach.STORE, WORK: Reach.OWN, EXTEND: Reach.OWN},
        ),
        (
            "customer_care",
            {"en": "Customer care", "zh-CN": "客户关怀专员"},
            _LOOKS | _requests(Reach.STORE) | _in_store(CREATE, ASSIGN, CLOSE, REOPEN, CANCEL, BOOK, READ_ODOMETER),
        ),
        ("sales_consultant", {"en": "Sales consultant", "zh-CN": "销售顾问"}, _requests(Reach.OWN) | _in_store(CREATE)),
        ("sales_manager", {"en": "Sales manager", "zh-CN": "销售经理"}, _HANDLES),
        (
            "store_manager",
            {"en": "Store manager", "zh-CN": "店长"},
            _ADVISES | _in_store(APPROVE, "aftersales.service_vehicle.archive"),
        ),
        (
            "hq",
            {"en": "Headquarters", "zh-CN": "集团总部"},
            dict.fromkeys(("aftersales.maintenance_template.read", *_TEMPLATES), Reach.GROUP),
        ),
    )
)
