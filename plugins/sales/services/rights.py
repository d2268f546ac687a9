"""What may be done in sales, and which role may do it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from forecourt import Permission, Reach, Role

COST: Final = "sales.cost.read"
RECEIVE: Final = "sales.lead.receive"
TAKE: Final = "sales.lead.take"
ASSIGN: Final = "sales.lead.assign"
WORK: Final = "sales.lead.work"
CONVERT: Final = "sales.lead.convert"
OPEN: Final = "sales.opportunity.open"
MOVE: Final = "sales.opportunity.move"
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

_LEADS: Final = ("lead", "lead_vehicle", "lead_touch")
_DEALS: Final = (
    "opportunity",
    "stage_entry",
    "test_drive",
    "quotation",
    "quotation_line",
    "quotation_discount",
    "sales_order",
    "order_line",
    "order_discount",
    "commission_share",
    "receipt",
    "invoice_record",
    "delivery",
)
_SELLING: Final = (
    WORK,
    CONVERT,
    OPEN,
    MOVE,
    DRIVE,
    QUOTE,
    SEND,
    ORDER,
    CONFIRM,
    ALLOCATE,
    DELIVER,
    REQUEST_CANCEL,
)
_LEADING: Final = (ASSIGN, APPROVE_LOSS, APPROVE_QUOTATION, EXTENDED, CANCEL, SPLIT, RULES, COST)


def _read(entities: Iterable[str]) -> list[str]:
    return [f"sales.{entity}.read" for entity in entities]


def _reach(reach: Reach, *names: Iterable[str]) -> dict[str, Reach]:
    return {name: reach for group in names for name in group}


_ALL_READ: Final = (*_read(_LEADS), *_read(_DEALS))
_MANAGER_READ: Final = (*_ALL_READ, *_read(("raw_document", "assignment_log", "assignment_rule")))

ROLES: Final = (
    Role(
        "sales_consultant",
        {"en": "Sales consultant", "zh-CN": "销售顾问"},
        _reach(Reach.OWN, _ALL_READ, _SELLING, (TAKE,)),
    ),
    Role(
        "sales_manager",
        {"en": "Sales manager", "zh-CN": "销售经理"},
        _reach(Reach.STORE, _MANAGER_READ, _SELLING, _LEADING, (RECEIVE,)),
    ),
    Role(
        "store_manager",
        {"en": "Store manager", "zh-CN": "店总经理"},
        _reach(Reach.STORE, _MANAGER_READ, _SELLING, _LEADING, (RECEIVE, TO_FLOOR)),
    ),
    Role(
        "hq",
        {"en": "Headquarters", "zh-CN": "集团总部"},
        _reach(
            Reach.GROUP,
            _read(("quotation", "quotation_line", "quotation_discount")),
            (APPROVE_QUOTATION, BELOW_FLOOR, COST),
        ),
    ),
    Role(
        "finance",
        {"en": "Finance", "zh-CN": "财务"},
        _reach(
            Reach.STORE,
            _read(
                (
                    "quotation", "quotation_line", "quotation_discount", "sales_order", "order_line", "order_discount",
                    "commission_share", "receipt", "invoice_record", "delivery",
                )
            ),
            (COLLECT, INVOICE, COST),
        ),
    ),
    Role(
        "customer_care",
        {"en": "Customer care", "zh-CN": "客户关怀"},
        _reach(Reach.STORE, _read(("opportunity", "stage_entry", "test_drive", "sales_order", "delivery"))),
    ),
    Role("warehouse_keeper", {"en": "Warehouse keeper", "zh-CN": "库管"}, _reach(Reach.STORE, _read(("sales_order",)))),
    Role("lead_provider", {"en": "Lead provider (API key)", "zh-CN": "线索提供方（接口）"}, _reach(Reach.STORE, (RECEIVE,))),
)  # fmt: skip
