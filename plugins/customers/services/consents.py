"""What customers agreed to; each yes and no is a row of its own, and the latest holds."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from forecourt import Scope
from plugins.customers.events import ConsentGranted, ConsentWithdrawn
from plugins.customers.models.choices import ConsentPurpose, ConsentState
from plugins.customers.models.records import Consent
from plugins.customers.services.moves import live_customer


async def present_consent(customer_id: UUID, purpose: ConsentPurpose) -> Consent | None:
    """Return what a customer said last about a purpose."""
    return await Consent.filter(customer_id=customer_id, purpose=purpose).order_by("-at", "-id").first()


async def has_consent(scope: Scope, customer_id: UUID, purpose: ConsentPurpose) -> bool:
    """Tell whether a customer agrees to something now; silence is no consent."""
    present = await present_consent(customer_id, purpose)
    return present is not None and present.state == ConsentState.GRANTED


async def grant_consent(
    scope: Scope, customer_id: UUID, purpose: ConsentPurpose, *, evidence: str = "", at: datetime | None = None
) -> Consent:
    """Write down that a customer agrees; a second time changes nothing."""
    return await _say(scope, customer_id, purpose, ConsentState.GRANTED, evidence, at)


async def withdraw_consent(
    scope: Scope, customer_id: UUID, purpose: ConsentPurpose, *, evidence: str = "", at: datetime | None = None
) -> Consent:
    """Write down that a customer no longer agrees; a second time changes nothing."""
    return await _say(scope, customer_id, purpose, ConsentState.WITHDRAWN, evidence, at)


async def _say(
    scope: Scope, customer_id: UUID, purpose: ConsentPurpose, state: ConsentState, evidence: str, at: datetime | None
) -> Consent:
    customer = await live_customer(customer_id)
    present = await present_consent(customer.id, purpose)
    if present is not None and present.state == state:
        return present
    row = Consent(
        store_id=customer.store_id,
        customer_id=customer.id,
        purpose=purpose,
        state=state,
        evidence=evidence[:300],
        at=at or scope.now(),
    )
    await row.save()
    event = ConsentGranted if state == ConsentState.GRANTED else ConsentWithdrawn
    scope.publish(event(customer_id=customer.id, consent_id=row.id, purpose=purpose, store_id=customer.store_id))
    return row
