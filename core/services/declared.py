"""The code lists that the kernel itself declares; what a trade needs beside these, plugins add."""

from __future__ import annotations

from core.services.codes import CodeDeclaration, CodeSetDeclaration

STORE_KINDS = CodeSetDeclaration(
    name="core.store_kind",
    module="core",
    titles={"en": "Kinds of store", "zh-CN": "门店类型"},
    codes=(
        CodeDeclaration("SHOP", {"en": "Shop", "zh-CN": "门店"}),
        CodeDeclaration("HEADQUARTERS", {"en": "Headquarters", "zh-CN": "总部"}),
    ),
)

DEPARTMENT_KINDS = CodeSetDeclaration(
    name="core.department_kind",
    module="core",
    titles={"en": "Kinds of department", "zh-CN": "部门类型"},
    codes=(
        CodeDeclaration("SALES", {"en": "Sales", "zh-CN": "销售部"}),
        CodeDeclaration("SERVICE", {"en": "Service", "zh-CN": "服务部"}),
        CodeDeclaration("MARKETING", {"en": "Marketing", "zh-CN": "市场部"}),
        CodeDeclaration("CUSTOMER_CARE", {"en": "Customer care", "zh-CN": "客户关怀部"}),
        CodeDeclaration("FINANCE", {"en": "Finance", "zh-CN": "财务部"}),
        CodeDeclaration("ADMIN", {"en": "Administration", "zh-CN": "行政部"}),
    ),
)

ABSENCE_KINDS = CodeSetDeclaration(
    name="core.absence_kind",
    module="core",
    titles={"en": "Kinds of absence", "zh-CN": "缺勤类型"},
    codes=(
        CodeDeclaration("LEAVE", {"en": "Leave", "zh-CN": "休假"}),
        CodeDeclaration("SICK", {"en": "Sick", "zh-CN": "病假"}),
        CodeDeclaration("TRAINING", {"en": "Training", "zh-CN": "培训"}),
        CodeDeclaration("BUSINESS_TRIP", {"en": "Business trip", "zh-CN": "出差"}),
    ),
)

# Which lines need a certificate differs by trade: empty until a plugin or the dealer fills it.
CERTIFICATION_LINES = CodeSetDeclaration(
    name="core.certification_line",
    module="core",
    titles={"en": "Lines that need a certificate", "zh-CN": "需要资质的业务"},
    codes=(),
)

CODE_SETS: tuple[CodeSetDeclaration, ...] = (STORE_KINDS, DEPARTMENT_KINDS, ABSENCE_KINDS, CERTIFICATION_LINES)
