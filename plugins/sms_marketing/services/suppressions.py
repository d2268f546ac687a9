"""Numbers that are to be left alone."""

from __future__ import annotations

from uuid import UUID

from forecourt import Scope
from plugins.customers.api import ConsentPurpose, Customer, find_by_phone, has_consent, withdraw_consent
from plugins.sms_marketing.events import SmsOptedOut, SmsOptOutReleased
from plugins.sms_marketing.models.choices import SmsSuppressionScope, SmsSuppressionSource
from plugins.sms_marketing.models.messages import SmsSuppression
from plugins.sms_marketing.services import outcomes
from plugins.sms_marketing.services.gate import SmsCategory, SmsSuppressReason
from plugins.sms_marketing.services.holds import waiting_for
from plugins.sms_marketing.services.numbers import number_index
from plugins.sms_marketing.services.refusals import NoConsentRefusal


async def suppress(
    scope: Scope,
    number: str,
    *,
    what: SmsSuppressionScope,
    source: SmsSuppressionSource,
    note: str = "",
    store_id: UUID | None = None,
) -> SmsSuppression:
    """Leave a number alone from now on; a second time changes nothing.

    What waits for the number is suppressed in the same transaction, and the consent of the customer who has the number
    now ends. Publishes `SmsOptedOut`.

    Args:
        number: In clear, as people write it; it is not kept.

    Raises:
        ValidationRefusal: It is no telephone number.
    """
    store = store_id or scope.store_id
    index = number_index(scope, number, store)
    row = await SmsSuppression.filter(store_id=store, to_index=index, scope=what, released_at=None).first()
    customer = await customer_with(scope, number, store)
    if row is None:
        row = SmsSuppression(
            store_id=store,
            to_index=index,
            customer_id=None if customer is None else customer.id,
            scope=what,
            source=source,
            note=note[:300],
            at=scope.now(),
        )
        await row.save()
        scope.publish(
            SmsOptedOut(suppression_id=row.id, customer_id=row.customer_id, scope=what, source=source, store_id=store)
        )
    await _stop_waiting(scope, store, index, customer, what)
    if customer is not None:
        evidence = f"sms_marketing.SmsSuppression:{row.id}"
        await withdraw_consent(scope, customer.id, ConsentPurpose.MARKETING_SMS, evidence=evidence)
    return row


async def release(scope: Scope, row: SmsSuppression, reason: str) -> SmsSuppression:
    """Let a number be written to again; released already, it stays so. Publishes `SmsOptOutReleased`.

    Raises:
        NoConsentRefusal: A customer has the number, and no consent of his is on record.
    """
    if row.customer_id is not None and not await has_consent(scope, row.customer_id, ConsentPurpose.MARKETING_SMS):
        raise NoConsentRefusal
    moved = await row.change_where(
        where={"released_at": None},
        released_at=scope.now(),
        released_by=scope.caller.actor,
        release_reason=reason[:300],
    )
    if moved:
        event = SmsOptOutReleased(
            suppression_id=row.id, customer_id=row.customer_id, scope=row.scope, store_id=row.store_id
        )
        scope.publish(event)
    return row


async def resume(scope: Scope, number: str, store_id: UUID) -> bool:
    """Release what somebody had asked for by reply, if he has a consent on record; return whether anything was."""
    index = number_index(scope, number, store_id)
    live = await SmsSuppression.filter(
        store_id=store_id, to_index=index, released_at=None, source=SmsSuppressionSource.REPLY
    )
    customer = await customer_with(scope, number, store_id)
    if not live or customer is None or not await has_consent(scope, customer.id, ConsentPurpose.MARKETING_SMS):
        return False
    for row in live:
        await release(scope, row, "RESUME")
    return True


async def customer_with(scope: Scope, number: str, store_id: UUID) -> Customer | None:
    """Return the customer whose present mobile is a number; one who had it before is somebody else."""
    customer = await find_by_phone(scope, number, store_id)
    if customer is None:
        return None
    index = number_index(scope, number, store_id)
    return customer if customer.mobile_index == index else None  # type: ignore[attr-defined]  # a column of the protected field


async def _stop_waiting(
    scope: Scope, store_id: UUID, index: str, customer: Customer | None, what: SmsSuppressionScope
) -> None:
    waiting = waiting_for(store_id, index, customer)
    if what is SmsSuppressionScope.MARKETING:
        waiting = waiting.filter(category=SmsCategory.PROMOTION)
    for message in await waiting:
        await outcomes.suppress(scope, message, SmsSuppressReason.OPTED_OUT)
