"""With sales: offer insurance to who has taken delivery of a car."""

from datetime import timedelta

from forecourt import current, on
from plugins.customers.api import plan_task
from plugins.sales.events import VehicleDelivered


@on(VehicleDelivered)
async def offer_first_policy(event: VehicleDelivered) -> None:
    """Plan a talk about insurance for the day after."""
    scope = current()
    await plan_task(
        scope,
        event.customer_id,
        due_at=scope.now() + timedelta(days=1),
        subject="Offer insurance for the new car",
        # By the order, so that it stays the same however often the event comes.
        dedupe_key=f"insurance.first_policy:{event.order_id}",
    )
