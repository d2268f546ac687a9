"""With aftersales: remind of maintenance that is due."""

from __future__ import annotations

from forecourt import current, on
from plugins.aftersales.events import MaintenanceDue
from plugins.sms_marketing.services.automations import plan_if_wanted
from plugins.sms_marketing.services.messages import PlannedSms

TEMPLATE = "maintenance_reminder"


@on(MaintenanceDue)
async def remind_of_maintenance(event: MaintenanceDue) -> None:
    """Plan a reminder; it is a service notice, so it needs no consent and says nothing but what is due."""
    wanted = PlannedSms(
        template=TEMPLATE,
        dedupe_key=f"{TEMPLATE}:{event.plan_item_id}",
        customer_id=event.customer_id,
        filling={"due_on": event.due_on.isoformat()},
        subject_ref=f"aftersales.PlanItem:{event.plan_item_id}",
        automation=TEMPLATE,
    )
    await plan_if_wanted(current(), wanted)
