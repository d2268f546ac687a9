"""Who may do what with stock; roles that several modules contribute to are joined by their codes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final

from forecourt import Permission, Reach, Role

PERMISSIONS: Final = (
    Permission("inventory.cost.read", {"en": "See what stock has cost", "zh-CN": "查看库存成本"}),
    Permission("inventory.floor_price.read", {"en": "See floor prices", "zh-CN": "查看底价"}),
    Permission("inventory.group_stock.read", {"en": "Search the group's stock", "zh-CN": "查询集团库存"}),
    Permission("inventory.supply.read", {"en": "See what should be ordered", "zh-CN": "查看补货建议"}),
    Permission("inventory.stock_vehicle.order", {"en": "Order and ship vehicles", "zh-CN": "整车订购与发运"}),
    Permission("inventory.stock_vehicle.receive", {"en": "Receive vehicles", "zh-CN": "整车入库"}),
    Permission("inventory.stock_vehicle.reserve", {"en": "Reserve vehicles", "zh-CN": "锁定车辆"}),
    Permission("inventory.reservation.release", {"en": "Release reservations", "zh-CN": "释放锁定"}),
    Permission("inventory.stock_vehicle.hold", {"en": "Hold vehicles", "zh-CN": "暂停销售"}),
    Permission("inventory.stock_vehicle.change_purpose", {"en": "Change vehicles' purpose", "zh-CN": "变更车辆用途"}),
    Permission("inventory.stock_vehicle.retire", {"en": "Write off and return vehicles", "zh-CN": "报废与退厂"}),
    Permission("inventory.vehicle_identity.override_vin", {"en": "Accept odd VINs", "zh-CN": "接受异常车架号"}),
    Permission("inventory.vehicle_transfer.dispatch", {"en": "Send vehicles elsewhere", "zh-CN": "调拨出库"}),
    Permission("inventory.vehicle_transfer.receive", {"en": "Receive transfers", "zh-CN": "调拨入库"}),
    Permission("inventory.fitting_job.request", {"en": "Request fitting", "zh-CN": "申请加装"}),
    Permission("inventory.fitting_job.schedule", {"en": "Schedule fitting", "zh-CN": "安排加装"}),
    Permission("inventory.fitting_job.work", {"en": "Do fitting", "zh-CN": "加装施工"}),
    Permission("inventory.fitting_job.check", {"en": "Check fitting", "zh-CN": "加装质检"}),
    Permission("inventory.pdi_inspection.work", {"en": "Inspect vehicles", "zh-CN": "交付前检查"}),
    Permission("inventory.stock_movement.post", {"en": "Post movements of items", "zh-CN": "配件出入库"}),
    Permission("inventory.stock_movement.adjust", {"en": "Enter stock counts", "zh-CN": "库存盘点"}),
    Permission("inventory.stock_movement.reverse", {"en": "Reverse movements", "zh-CN": "冲销单据"}),
)


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
