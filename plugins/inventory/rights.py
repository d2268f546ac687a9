"""Rights on stock that are asked for in more than one place."""

from __future__ import annotations

from typing import Final

from forecourt import Permission

COST: Final = Permission("inventory.cost.read", {"en": "See what stock has cost", "zh-CN": "查看库存成本"})
FLOOR_PRICE: Final = Permission("inventory.floor_price.read", {"en": "See floor prices", "zh-CN": "查看底价"})
GROUP_STOCK: Final = Permission(
    "inventory.group_stock.read", {"en": "Search the group's stock", "zh-CN": "查询集团库存"}
)
SUPPLY: Final = Permission("inventory.supply.read", {"en": "See what should be ordered", "zh-CN": "查看补货建议"})
OVERRIDE_VIN: Final = Permission(
    "inventory.vehicle_identity.override_vin", {"en": "Accept odd VINs", "zh-CN": "接受异常车架号"}
)
ORDER: Final = Permission("inventory.stock_vehicle.order", {"en": "Order and ship vehicles", "zh-CN": "整车订购与发运"})
RECEIVE: Final = Permission("inventory.stock_vehicle.receive", {"en": "Receive vehicles", "zh-CN": "整车入库"})
HOLD: Final = Permission("inventory.stock_vehicle.hold", {"en": "Hold vehicles", "zh-CN": "暂停销售"})
RETIRE: Final = Permission(
    "inventory.stock_vehicle.retire", {"en": "Write off and return vehicles", "zh-CN": "报废与退厂"}
)
RECEIVE_TRANSFER: Final = Permission(
    "inventory.vehicle_transfer.receive", {"en": "Receive transfers", "zh-CN": "调拨入库"}
)
REQUEST_FITTING: Final = Permission("inventory.fitting_job.request", {"en": "Request fitting", "zh-CN": "申请加装"})
FIT: Final = Permission("inventory.fitting_job.work", {"en": "Do fitting", "zh-CN": "加装施工"})
CHECK_FITTING: Final = Permission("inventory.fitting_job.check", {"en": "Check fitting", "zh-CN": "加装质检"})
INSPECT: Final = Permission("inventory.pdi_inspection.work", {"en": "Inspect vehicles", "zh-CN": "交付前检查"})
POST: Final = Permission("inventory.stock_movement.post", {"en": "Post movements of items", "zh-CN": "配件出入库"})
ADJUST: Final = Permission("inventory.stock_movement.adjust", {"en": "Enter stock counts", "zh-CN": "库存盘点"})
