"""Who may do what with stock; roles that several modules contribute to are joined by their codes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final

from forecourt import Reach, Role


def _rights(reach: Reach, *names: str) -> dict[str, Reach]:
    return {f"inventory.{name}": reach for name in names}


_STOCK: Final = _rights(
    Reach.STORE,
    "stock_vehicle.read", "vehicle_identity.read", "warehouse.read", "reservation.read", "fitting_job.read",
    "fitting_line.read", "pdi_inspection.read", "price_item.read", "vehicle_transfer.read",
)  # fmt: skip
_BOOKS: Final = _rights(Reach.STORE, "stock_balance.read", "stock_movement.read", "movement_line.read")
_CATALOGUE: Final = _rights(
    Reach.GROUP,
    *(f"{entity}.{action}" for entity in ("brand", "series", "trim", "color_code", "price_item", "item")
      for action in ("create", "update", "archive")),
)  # fmt: skip
_GROUP: Final = _rights(Reach.GROUP, "group_stock.read")
_CONSULTANT: Final = (
    _STOCK
    | _GROUP
    | _rights(Reach.STORE, "stock_vehicle.reserve", "fitting_job.request")
    | _rights(Reach.OWN, "reservation.release")
)
_MANAGER: Final = (
    _CONSULTANT
    | _BOOKS
    | _rights(
        Reach.STORE,
        "cost.read", "floor_price.read", "supply.read", "reservation.release", "stock_vehicle.hold",
        "stock_vehicle.change_purpose", "vehicle_transfer.dispatch",
    )
)  # fmt: skip
_KEEPER: Final = (
    _STOCK
    | _BOOKS
    | _GROUP
    | _rights(
        Reach.STORE,
        "stock_vehicle.receive", "stock_vehicle.update", "stock_vehicle.order", "stock_vehicle.hold",
        "stock_vehicle.change_purpose", "vehicle_identity.update", "warehouse.create", "warehouse.update",
        "warehouse.archive", "stock_movement.post", "stock_movement.adjust", "fitting_job.request",
        "fitting_job.schedule", "vehicle_transfer.dispatch", "vehicle_transfer.receive", "supply.read",
    )
)  # fmt: skip
_TECHNICIAN: Final = _rights(
    Reach.STORE,
    "stock_vehicle.read", "vehicle_identity.read", "warehouse.read", "fitting_job.read", "fitting_line.read",
    "pdi_inspection.read", "stock_balance.read", "fitting_job.work", "fitting_job.check", "pdi_inspection.work",
)  # fmt: skip
_STORE_MANAGER: Final = (
    _MANAGER
    | _KEEPER
    | _CATALOGUE
    | _rights(
        Reach.STORE,
        "stock_vehicle.retire", "stock_movement.reverse", "vehicle_identity.override_vin", "fitting_job.check",
        "pdi_inspection.work",
    )
)  # fmt: skip
_HQ: Final = (
    dict.fromkeys(_STOCK | _BOOKS, Reach.GROUP)
    | _GROUP
    | _CATALOGUE
    | _rights(Reach.GROUP, "cost.read", "floor_price.read", "supply.read")
)

_ROLES: Final[Mapping[str, tuple[str, str, Mapping[str, Reach]]]] = {
    "sales_consultant": ("Sales consultant", "销售顾问", _CONSULTANT),
    "sales_manager": ("Sales manager", "销售经理", _MANAGER),
    "service_advisor": ("Service advisor", "服务顾问", _STOCK | _rights(Reach.STORE, "stock_balance.read")),
    "technician": ("Technician", "技师", _TECHNICIAN),
    "warehouse_keeper": ("Parts and warehouse keeper", "仓库管理员", _KEEPER),
    "marketing": ("Marketing", "市场专员", _STOCK),
    "customer_care": ("Customer care", "客服专员", _rights(Reach.STORE, "stock_vehicle.read", "vehicle_identity.read")),
    "finance": ("Finance", "财务", _STOCK | _BOOKS | _rights(Reach.STORE, "cost.read")),
    "store_manager": ("Store manager", "店长", _STORE_MANAGER),
    "hq": ("Headquarters", "总部", _HQ),
}


def roles() -> Iterable[Role]:
    """Yield the roles with their rights on stock."""
    for code, (english, chinese, permissions) in _ROLES.items():
        yield Role(code, {"en": english, "zh-CN": chinese}, permissions)
