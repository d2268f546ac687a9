"""Which role may do what in sales."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from forecourt import Reach, Role
from plugins.sales.rights import (
    ALLOCATE,
    APPROVE_LOSS,
    APPROVE_QUOTATION,
    ASSIGN,
    BELOW_FLOOR,
    CANCEL,
    COLLECT,
    CONFIRM,
    CONVERT,
    COST,
    DELIVER,
    DRIVE,
    EXTENDED,
    INVOICE,
    MOVE,
    OPEN,
    ORDER,
    QUOTE,
    REASSIGN,
    RECEIVE,
    REQUEST_CANCEL,
    RULES,
    SEND,
    SPLIT,
    TAKE,
    TO_FLOOR,
    WORK,
)

_LEADS: Final = ("lead", "lead_vehicle", "lead_touch")
_DEALS: Final = (
    "opportunity",
    "stage_entry",
    "test_drive",
    "quotation",
    "quotation_line",
    "quotation_discount",
    "price_grant",
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
_LEADING: Final = (ASSIGN, REASSIGN, APPROVE_LOSS, APPROVE_QUOTATION, EXTENDED, CANCEL, SPLIT, RULES, COST)


def _read(entities: Iterable[str]) -> list[str]:
    return [f"sales.{entity}.read" for entity in entities]


def _reach(reach: Reach, *names: Iterable[str]) -> dict[str, Reach]:
    return {name: reach for group in names for name in group}


_ALL_READ: Final = (*_read(_LEADS), *_read(_DEALS))
_EDITED: Final = ("sales.opportunity.update", "sales.sales_order.update")
_KEPT: Final = ("sales.assignment_rule.archive", "sales.pipeline_stage.update")
_MANAGER_READ: Final = (*_ALL_READ, *_read(("raw_document", "assignment_log", "assignment_rule")))

ROLES: Final = (
    Role(
        "sales_consultant",
        {"en": "Sales consultant", "zh-CN": "销售顾问"},
        _reach(Reach.OWN, _ALL_READ, _SELLING, _EDITED, (TAKE,)),
    ),
    Role(
        "sales_manager",
        {"en": "Sales manager", "zh-CN": "销售经理"},
        _reach(Reach.STORE, _MANAGER_READ, _SELLING, _EDITED, _LEADING, _KEPT, (RECEIVE,)),
    ),
    Role(
        "store_manager",
        {"en": "Store manager", "zh-CN": "店总经理"},
        _reach(Reach.STORE, _MANAGER_READ, _SELLING, _EDITED, _LEADING, _KEPT, (RECEIVE, TO_FLOOR)),
    ),
    Role(
        "hq",
        {"en": "Headquarters", "zh-CN": "集团总部"},
        _reach(
            Reach.GROUP,
            _read(("quotation", "quotation_line", "quotation_discount", "price_grant")),
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
                    "quotation",
                    "quotation_line",
                    "quotation_discount",
                    "price_grant",
                    "sales_order",
                    "order_line",
                    "order_discount",
                    "commission_share",
                    "receipt",
                    "invoice_record",
                    "delivery",
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
    Role(
        "warehouse_keeper",
        {"en": "Warehouse keeper", "zh-CN": "库管"},
        _reach(Reach.STORE, _read(("sales_order",))),
    ),
    Role(
        "lead_provider",
        {"en": "Lead provider (API key)", "zh-CN": "线索提供方（接口）"},
        _reach(Reach.STORE, (RECEIVE,)),
    ),
)
