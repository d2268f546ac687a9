"""How leads, opportunities, quotations and orders move."""

from __future__ import annotations

from dataclasses import replace

import pytest

from forecourt import Money, PreconditionRefusal, ValidationRefusal
from plugins.sales.services.stages import DEFAULT_STAGES, StageDirection, StageFacts, StageStep, plan_move
from plugins.sales.services.states import (
    LEAD,
    OPEN_LEAD_STATES,
    DeliveryFacts,
    LeadState,
    check_delivery,
    check_invoice,
    missing_for_delivery,
)

pytestmark = pytest.mark.once


def test_any_open_lead_can_be_disqualified() -> None:
    assert set(LEAD.sources(LeadState.DISQUALIFIED)) == OPEN_LEAD_STATES


READY = DeliveryFacts(Money(100), Money(100), True, True, True, False, True)


def test_delivery_names_all_that_is_missing() -> None:
    assert missing_for_delivery(READY) == ()
    nothing = DeliveryFacts(Money(100), Money(99), False, False, False, True, False)
    with pytest.raises(PreconditionRefusal) as caught:
        check_delivery(nothing)
    assert caught.value.details["missing"] == (
        "PDI",
        "FITTING",
        "PAYMENT",
        "INVOICE",
        "CERTIFICATE_PLEDGED",
        "CHECKLIST",
    )
    check_delivery(replace(READY, received=Money(101)))


def test_invoice_waits_for_the_money() -> None:
    check_invoice(Money(100), Money(100))
    with pytest.raises(PreconditionRefusal):
        check_invoice(Money(100), Money(99))


KNOWN = StageFacts(model_named=True, budget_named=True, time_named=True)


def test_stage_needs_what_it_asks_for() -> None:
    with pytest.raises(PreconditionRefusal) as caught:
        plan_move(DEFAULT_STAGES, "FIRST_CONTACT", "NEEDS_CONFIRMED", StageFacts(model_named=True, time_named=True))
    assert caught.value.details["missing"] == ("BUDGET",)
    assert plan_move(DEFAULT_STAGES, "FIRST_CONTACT", "NEEDS_CONFIRMED", KNOWN) == (
        StageStep("NEEDS_CONFIRMED", StageDirection.FORWARD),
    )


def test_skip_passes_through_and_needs_every_gate() -> None:
    with pytest.raises(PreconditionRefusal) as caught:
        plan_move(DEFAULT_STAGES, "FIRST_CONTACT", "NEGOTIATION", replace(KNOWN, test_drive_done=True))
    assert caught.value.details["missing"] == ("QUOTATION_SENT",)
    facts = replace(KNOWN, quotation_sent=True, quotation_discussed=True)
    assert plan_move(DEFAULT_STAGES, "FIRST_CONTACT", "NEGOTIATION", facts) == (
        StageStep("NEEDS_CONFIRMED", StageDirection.SKIP),
        StageStep("PROPOSAL", StageDirection.SKIP),
        StageStep("NEGOTIATION", StageDirection.FORWARD),
    )


def test_move_back_needs_a_reason_and_nothing_else() -> None:
    with pytest.raises(ValidationRefusal):
        plan_move(DEFAULT_STAGES, "PROPOSAL", "FIRST_CONTACT", StageFacts(), reason=" ")
    assert plan_move(DEFAULT_STAGES, "PROPOSAL", "FIRST_CONTACT", StageFacts(), reason="budget withdrawn") == (
        StageStep("FIRST_CONTACT", StageDirection.BACK),
    )


@pytest.mark.parametrize(("present", "to"), [("PROPOSAL", "PROPOSAL"), ("PROPOSAL", "NOWHERE"), ("GONE", "PROPOSAL")])
def test_move_to_nowhere_is_refused(present: str, to: str) -> None:
    with pytest.raises(ValidationRefusal):
        plan_move(DEFAULT_STAGES, present, to, StageFacts())
