"""What may be done in sales."""

from __future__ import annotations

from typing import Final

from forecourt import Permission

COST: Final = Permission("sales.cost.read", {"en": "See what sales cost", "zh-CN": "查看销售成本"})
RECEIVE: Final = Permission("sales.lead.receive", {"en": "Send leads in", "zh-CN": "接收线索"})
TAKE: Final = Permission("sales.lead.take", {"en": "Be given leads", "zh-CN": "可分配线索"})
ASSIGN: Final = Permission("sales.lead.assign", {"en": "Assign leads", "zh-CN": "分配线索"})
WORK: Final = Permission("sales.lead.work", {"en": "Work on leads", "zh-CN": "跟进线索"})
CONVERT: Final = Permission("sales.lead.convert", {"en": "Turn leads into opportunities", "zh-CN": "线索转商机"})
OPEN: Final = Permission("sales.opportunity.open", {"en": "Open opportunities", "zh-CN": "创建商机"})
MOVE: Final = Permission("sales.opportunity.move", {"en": "Move opportunities", "zh-CN": "推进商机"})
REASSIGN: Final = Permission("sales.opportunity.reassign", {"en": "Give deals to others", "zh-CN": "分配商机"})
APPROVE_LOSS: Final = Permission("sales.opportunity.approve_loss", {"en": "Approve lost deals", "zh-CN": "审批战败"})
DRIVE: Final = Permission("sales.test_drive.conduct", {"en": "Arrange and conduct test drives", "zh-CN": "安排试驾"})
QUOTE: Final = Permission("sales.quotation.create", {"en": "Make quotations", "zh-CN": "制作报价"})
SEND: Final = Permission("sales.quotation.send", {"en": "Send quotations and take the answer", "zh-CN": "发送报价"})
APPROVE_QUOTATION: Final = Permission("sales.quotation.approve", {"en": "Approve quotations", "zh-CN": "审批报价"})
EXTENDED: Final = Permission(
    "sales.quotation.discount_extended", {"en": "Grant discounts up to the manager's limit", "zh-CN": "经理级优惠权限"}
)
TO_FLOOR: Final = Permission(
    "sales.quotation.discount_to_floor", {"en": "Grant discounts down to the floor price", "zh-CN": "底价以上优惠权限"}
)
BELOW_FLOOR: Final = Permission(
    "sales.quotation.discount_below_floor", {"en": "Sell below the floor price", "zh-CN": "低于底价销售权限"}
)
ORDER: Final = Permission("sales.sales_order.create", {"en": "Make orders", "zh-CN": "创建订单"})
CONFIRM: Final = Permission("sales.sales_order.confirm", {"en": "Confirm orders", "zh-CN": "确认订单"})
ALLOCATE: Final = Permission("sales.sales_order.allocate", {"en": "Allocate vehicles to orders", "zh-CN": "订单配车"})
DELIVER: Final = Permission("sales.sales_order.deliver", {"en": "Deliver vehicles", "zh-CN": "交车"})
REQUEST_CANCEL: Final = Permission(
    "sales.sales_order.request_cancel", {"en": "Ask for the cancellation of orders", "zh-CN": "申请退订"}
)
CANCEL: Final = Permission(
    "sales.sales_order.cancel", {"en": "Approve the cancellation of orders", "zh-CN": "审批退订"}
)
SPLIT: Final = Permission("sales.sales_order.split_commission", {"en": "Split commissions", "zh-CN": "业绩分配"})
COLLECT: Final = Permission("sales.receipt.record", {"en": "Record payments", "zh-CN": "登记收款"})
INVOICE: Final = Permission("sales.invoice_record.issue", {"en": "Record invoices", "zh-CN": "登记发票"})
RULES: Final = Permission(
    "sales.assignment_rule.change", {"en": "Change the rules of assignment", "zh-CN": "修改分配规则"}
)
