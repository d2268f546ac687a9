"""The stages of an opportunity and what each asks for."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from forecourt import PreconditionRefusal, ValidationRefusal


class StageCode(StrEnum):
    """The stages of the default pipeline."""

    FIRST_CONTACT = "FIRST_CONTACT"
    NEEDS_CONFIRMED = "NEEDS_CONFIRMED"
    PROPOSAL = "PROPOSAL"
    NEGOTIATION = "NEGOTIATION"
    AFTER_SALE_CARE = "AFTER_SALE_CARE"


class StageKind(StrEnum):
    """What being in a stage says of the deal."""

    OPEN = "OPEN"
    WON = "WON"
    LOST = "LOST"
    CARE = "CARE"


class Requirement(StrEnum):
    """What a stage may ask for before an opportunity enters it."""

    MODEL = "MODEL"
    BUDGET = "BUDGET"
    TIME = "TIME"
    QUOTATION_SENT = "QUOTATION_SENT"
    QUOTATION_DISCUSSED_OR_TEST_DRIVE = "QUOTATION_DISCUSSED_OR_TEST_DRIVE"
    DELIVERY = "DELIVERY"


class StageDirection(StrEnum):
    """How an opportunity came into a stage."""

    FORWARD = "FWD"
    BACK = "BACK"
    SKIP = "SKIP"


@dataclass(frozen=True, slots=True)
class Stage:
    """One stage of a pipeline; `probability_bp` is the chance to win in basis points."""

    code: str
    order: int
    probability_bp: int
    kind: StageKind = StageKind.OPEN
    requires: tuple[Requirement, ...] = ()


DEFAULT_STAGES: Final = (
    Stage(StageCode.FIRST_CONTACT, 1, 1_000),
    Stage(
        StageCode.NEEDS_CONFIRMED,
        2,
        3_000,
        requires=(Requirement.MODEL, Requirement.BUDGET, Requirement.TIME),
    ),
    Stage(StageCode.PROPOSAL, 3, 5_000, requires=(Requirement.QUOTATION_SENT,)),
    Stage(StageCode.NEGOTIATION, 4, 7_000, requires=(Requirement.QUOTATION_DISCUSSED_OR_TEST_DRIVE,)),
    Stage(StageCode.AFTER_SALE_CARE, 5, 10_000, kind=StageKind.CARE, requires=(Requirement.DELIVERY,)),
)


@dataclass(frozen=True, slots=True)
class StageFacts:
    """What is known of an opportunity at the moment of a move."""

    model_named: bool = False
    budget_named: bool = False
    time_named: bool = False
    quotation_sent: bool = False
    quotation_discussed: bool = False
    test_drive_done: bool = False
    delivered: bool = False

    def meets(self, requirement: Requirement) -> bool:
        """Tell whether a requirement is met."""
        return {
            Requirement.MODEL: self.model_named,
            Requirement.BUDGET: self.budget_named,
            Requirement.TIME: self.time_named,
            Requirement.QUOTATION_SENT: self.quotation_sent,
            Requirement.QUOTATION_DISCUSSED_OR_TEST_DRIVE: self.quotation_discussed or self.test_drive_done,
            Requirement.DELIVERY: self.delivered,
        }[requirement]


@dataclass(frozen=True, slots=True)
class StageStep:
    """One entry for the stage history; all of a move have the same instant, so those passed over have no dwell."""

    stage: str
    direction: StageDirection


def plan_move(
    stages: Sequence[Stage], present: str, to: str, facts: StageFacts, *, reason: str = ""
) -> tuple[StageStep, ...]:
    """Return the steps that bring an opportunity from one stage to another.

    A skip passes through the stages between and needs what each of them asks for. A move back needs a reason.

    Raises:
        ValidationRefusal: The pipeline has no such stage, it is there already, or a move back lacks its reason.
        PreconditionRefusal: `missing` has what the stages ask for and don't find.
    """
    ordered = sorted(stages, key=lambda stage: stage.order)
    codes = [stage.code for stage in ordered]
    if to not in codes or present not in codes:
        raise ValidationRefusal(f"the pipeline has the stages {', '.join(codes)}", path=("stage",))
    start, end = codes.index(present), codes.index(to)
    if start == end:
        raise ValidationRefusal(f"the opportunity is in {to} already", path=("stage",))
    if end < start:
        if not reason.strip():
            raise ValidationRefusal("a move back needs a reason", path=("reason",))
        return (StageStep(to, StageDirection.BACK),)
    passed = ordered[start + 1 : end + 1]
    missing = tuple(need.value for stage in passed for need in stage.requires if not facts.meets(need))
    if missing:
        raise PreconditionRefusal(f"the stage {to} needs {', '.join(missing)}", missing=missing)
    skipped = [StageStep(stage.code, StageDirection.SKIP) for stage in passed[:-1]]
    return (*skipped, StageStep(to, StageDirection.FORWARD))


def check_winnable(stages: Sequence[Stage], facts: StageFacts) -> Stage:
    """Return the stage in which a deal is won: the last one that lies before its delivery.

    Raises:
        PreconditionRefusal: `missing` has what any of the stages up to there asks for and doesn't find.
    """
    before = [stage for stage in stages if stage.kind in (StageKind.OPEN, StageKind.WON)]
    missing = tuple(dict.fromkeys(need.value for stage in before for need in stage.requires if not facts.meets(need)))
    if missing:
        raise PreconditionRefusal(f"the deal can't be won yet: it needs {', '.join(missing)}", missing=missing)
    return max(before, key=lambda stage: stage.order)
