"""The module's share of the demo dealership."""

from __future__ import annotations

from collections.abc import AsyncIterator

from forecourt import Scope
from plugins.sales.models import PipelineStage
from plugins.sales.services.stages import DEFAULT_STAGES, StageCode

STAGE_NAMES = {
    StageCode.FIRST_CONTACT: ("初步接触", "First contact"),
    StageCode.NEEDS_CONFIRMED: ("需求确认", "Needs confirmed"),
    StageCode.PROPOSAL: ("方案提供", "Proposal"),
    StageCode.NEGOTIATION: ("议价成交", "Negotiation"),
    StageCode.AFTER_SALE_CARE: ("售后关怀", "Care after the sale"),
}


async def write(scope: Scope) -> AsyncIterator[object]:
    """Write stages, leads and deals in all states."""
    yield await write_stages()


async def write_stages() -> int:
    """Write the default pipeline as rows that the dealer can rename; return how many were new."""
    present = {row.code for row in await PipelineStage.filter(archived_at=None)}
    new = [stage for stage in DEFAULT_STAGES if stage.code not in present]
    for stage in new:
        name, name_en = STAGE_NAMES[StageCode(stage.code)]
        await PipelineStage(
            code=stage.code,
            name=name,
            name_en=name_en,
            position=stage.order,
            probability_bp=stage.probability_bp,
            kind=stage.kind,
            requires=[need.value for need in stage.requires],
        ).save()
    return len(new)
