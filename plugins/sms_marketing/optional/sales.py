"""With sales: thank who took delivery of a car."""

from __future__ import annotations

from forecourt import current, on
from plugins.sales.events import VehicleDelivered
from plugins.sms_marketing.services.automations import plan_if_wanted
from plugins.sms_marketing.services.messages import PlannedSms

TEMPLATE = "delivery_thank_you"


@on(VehicleDelivered)
async def thank_the_buyer(event: VehicleDelivered) -> None:
    """Plan the thank-you; it is a promotion, so it leaves within the window only, and only with his consent."""
    wanted = PlannedSms(
        template=TEMPLATE,
        # By the order, so that it stays the same however often, and from whom, the event comes.
        dedupe_key=f"{TEMPLATE}:{event.order_id}",
        customer_id=event.customer_id,
        subject_ref=f"sales.SalesOrder:{event.order_id}",
        automation=TEMPLATE,
    )
    await plan_if_wanted(current(), wanted)
