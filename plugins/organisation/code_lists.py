"""The code lists of the organisation; other modules add codes to them, and so do dealers."""

from __future__ import annotations

from forecourt import CodeDeclaration, CodeSetDeclaration

ABSENCE_KINDS = CodeSetDeclaration(
    name="organisation.absence_kind",
    module="organisation",
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
    name="organisation.certification_line",
    module="organisation",
    titles={"en": "Lines that need a certificate", "zh-CN": "需要资质的业务"},
    codes=(),
)

CODE_SETS: tuple[CodeSetDeclaration, ...] = (ABSENCE_KINDS, CERTIFICATION_LINES)
