"""What may be done in sales."""

from __future__ import annotations

from typing import Final

from forecourt import Permission

COST: Final = "sales.cost.read"
RECEIVE: Final = "sales.lead.receive"
TAKE: Final = "sales.lead.take"
ASSIGN: Final = "sales.lead.assign"
WORK: Final = "sales.lead.work"
CONVERT: Final = "sales.lead.convert"
OPEN: Final = "sales.opportunity.open"
MOVE: Final = "sales.opportunity.move"
REASSIGN: Final = "sales.opportunity.reassign"
APPROVE_LOSS: Final = "sales.opportunity.approve_loss"
DRIVE: Final = "sales.test_drive.conduct"
QUOTE: Final = "sales.quotation.create"
SEND: Final = "sales.quotation.send"
APPROVE_QUOTATION: Final = "sales.quotation.approve"
EXTENDED: Final = "sales.quotation.discount_extended"
TO_FLOOR: Final = "sales.quotation.discount_to_floor"
BELOW_FLOOR: Final = "sales.quotation.discount_below_floor"
ORDER: Final = "sales.sales_order.create"
CONFIRM: Final = "sales.sales_order.confirm"
ALLOCATE: Final = "sales.sales_order.allocate"
DELIVER: Final = "sales.sales_order.deliver"
REQUEST_CANCEL: Final = "sales.sales_order.request_cancel"
CANCEL: Final = "sales.sales_order.cancel"
SPLIT: Final = "sales.sales_order.split_commission"
COLLECT: Final = "sales.receipt.record"
INVOICE: Final = "sales.invoice_record.issue"
RULES: Final = "sales.assignment_rule.change"

_TITLES: Final = {
    COST: ("See what sales cost", "查看销售成本"),
    RECEIVE: ("Send leads in", "接收线索"),
    TAKE: ("Be given leads", "可分配线索"),
    ASSIGN: ("Assign leads", "分配线索"),
    WORK: ("Work on leads", "跟进线索"),
    CONVERT: ("Turn leads into opportunities", "线索转商机"),
    OPEN: ("Open opportunities", "创建商机"),
    MOVE: ("Move opportunities", "推进商机"),
    REASSIGN: ("Give deals to others", "分配商机"),
    APPROVE_LOSS: ("Approve lost deals", "审批战败"),
    DRIVE: ("Arrange and conduct test drives", "安排试驾"),
    QUOTE: ("Make quotations", "制作报价"),
    SEND: ("Send quotations and take the answer", "发送报价"),
    APPROVE_QUOTATION: ("Approve quotations", "审批报价"),
    EXTENDED: ("Grant discounts up to the manager's limit", "经理级优惠权限"),
    TO_FLOOR: ("Grant discounts down to the floor price", "底价以上优惠权限"),
    BELOW_FLOOR: ("Sell below the floor price", "低于底价销售权限"),
    ORDER: ("Make orders", "创建订单"),
    CONFIRM: ("Confirm orders", "确认订单"),
    ALLOCATE: ("Allocate vehicles to orders", "订单配车"),
    DELIVER: ("Deliver vehicles", "交车"),
    REQUEST_CANCEL: ("Ask for the cancellation of orders", "申请退订"),
    CANCEL: ("Approve the cancellation of orders", "审批退订"),
    SPLIT: ("Split commissions", "业绩分配"),
    COLLECT: ("Record payments", "登记收款"),
    INVOICE: ("Record invoices", "登记发票"),
    RULES: ("Change the rules of assignment", "修改分配规则"),
}
PERMISSIONS: Final = tuple(Permission(name, {"en": en, "zh-CN": zh}) for name, (en, zh) in _TITLES.items())
