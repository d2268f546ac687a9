"""The code lists of inventory; dealers may reword and extend them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from forecourt import CodeDeclaration, CodeSetDeclaration

_Codes = tuple[tuple[str, str, str], ...]

_HOLD_REASONS: Final[_Codes] = (
    ("TRANSPORT_DAMAGE", "Damaged in transport", "运输损伤"),
    ("STORE_DAMAGE", "Damaged at the store", "店内损伤"),
    ("RECALL", "Recall, stop-sale", "召回停售"),
    ("CERT_PLEDGED", "Certificate pledged", "合格证质押"),
    ("MISSING_PAPERS", "Papers missing", "随车资料缺失"),
    ("QUALITY_CHECK", "Under quality check", "质量核查"),
    ("OTHER", "Other", "其他"),
)
_PDI_CHECKS: Final[_Codes] = (
    ("VIN_PLATES", "VIN on body, plate and papers agree", "车架号与铭牌、资料一致"),
    ("BODY_PAINT", "Body and paint", "车身与漆面"),
    ("GLASS_LIGHTS", "Glass and lights", "玻璃与灯光"),
    ("TYRES", "Tyres, wheels and pressure", "轮胎、轮毂与胎压"),
    ("FLUIDS", "Fluids and leaks", "油液与渗漏"),
    ("BATTERY", "Battery and charging", "蓄电池与充电"),
    ("BRAKES", "Brakes", "制动系统"),
    ("STEERING", "Steering and suspension", "转向与悬架"),
    ("SEATS_BELTS", "Seats and belts", "座椅与安全带"),
    ("ELECTRONICS", "Electronics and fault memory", "电子系统与故障码"),
    ("TOOLS_KEYS", "Tools, spare wheel and keys", "随车工具、备胎与钥匙"),
    ("ROAD_TEST", "Road test", "路试"),
)
_UNITS: Final[_Codes] = (
    ("PIECE", "Piece", "件"),
    ("SET", "Set", "套"),
    ("LITRE", "Litre", "升"),
    ("KILOGRAM", "Kilogram", "千克"),
    ("METRE", "Metre", "米"),
)
_BODIES: Final[_Codes] = (
    ("SEDAN", "Sedan", "轿车"),
    ("HATCHBACK", "Hatchback", "两厢车"),
    ("SUV", "SUV", "运动型多用途车"),
    ("MPV", "MPV", "多用途车"),
    ("PICKUP", "Pickup", "皮卡"),
)
_OPTION_PACKS: Final[_Codes] = (
    ("PANORAMA_ROOF", "Panorama roof", "全景天窗"),
    ("SMART_DRIVE", "Driver assistance pack", "智能驾驶包"),
    ("COMFORT", "Comfort pack", "舒适包"),
    ("WINTER", "Winter pack", "冬季包"),
    ("SOUND", "Sound system", "高级音响"),
    ("TOW_BAR", "Tow bar", "拖车钩"),
)
_ADJUST_REASONS: Final[_Codes] = (
    ("STOCK_COUNT", "Stock count", "盘点差异"),
    ("DAMAGED", "Damaged", "破损"),
    ("EXPIRED", "Expired", "过期"),
    ("OPENING_STOCK", "Opening stock", "期初库存"),
)
# What kinds of store there are is the kernel's list; those of the trade come from here.
_STORE_KINDS: Final[_Codes] = (
    ("FOUR_S", "4S store", "4S店"),
    ("DEALER", "Dealer", "经销商"),
    ("USED_CAR", "Used-car shop", "二手车行"),
)
_DEPARTMENTS: Final[_Codes] = (("PARTS", "Parts", "配件部"),)

_SETS: Final[tuple[tuple[str, str, str, _Codes], ...]] = (
    ("inventory.hold_reason", "Why a vehicle is on hold", "暂停销售原因", _HOLD_REASONS),
    ("inventory.pdi_check", "Checks before delivery", "交付前检查项目", _PDI_CHECKS),
    ("inventory.unit", "Units of items", "计量单位", _UNITS),
    ("inventory.body", "Kinds of body", "车身形式", _BODIES),
    ("inventory.option_pack", "Option packs", "选装包", _OPTION_PACKS),
    ("inventory.adjust_reason", "Why stock is adjusted", "库存调整原因", _ADJUST_REASONS),
    ("core.store_kind", "Kinds of store", "门店类型", _STORE_KINDS),
    ("core.department_kind", "Kinds of department", "部门类型", _DEPARTMENTS),
)


def code_sets() -> Iterable[CodeSetDeclaration]:
    """Yield the lists, and what inventory adds to those of the kernel."""
    for name, english, chinese, listed in _SETS:
        yield CodeSetDeclaration(
            name=name,
            module="inventory",
            codes=tuple(CodeDeclaration(code, {"en": en, "zh-CN": zh}) for code, en, zh in listed),
            titles={"en": english, "zh-CN": chinese},
        )
