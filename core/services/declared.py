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

CODE_SETS: tuple[CodeSetDeclaration, ...] = (STORE_KINDS, DEPARTMENT_KINDS)
