"""What aftersales adds to a customer's timeline."""

from __future__ import annotations

from uuid import UUID

from plugins.aftersales.models.maintenance import PlanItem
from plugins.aftersales.models.requests import ServiceRequest, ServiceRequestStep
from plugins.aftersales.models.vehicles import ServiceVehicle
from plugins.aftersales.services.states import PlanItemState
from plugins.customers.api import TimelineEntry

REQUESTS = "aftersales.service_request.read"
PLANS = "aftersales.plan_item.read"


async def entries(customer_id: UUID, limit: int) -> list[TimelineEntry]:
    """Return the latest requests of a customer, what became of them, and the maintenance of his vehicles."""
    requests = await ServiceRequest.filter(customer_id=customer_id, archived_at=None).order_by("-id").limit(limit)
    by_id = {request.id: request for request in requests}
    steps = ServiceRequestStep.filter(request_id__in=list(by_id)).order_by("-at", "-id").limit(limit)
    found = [
        TimelineEntry(
            at=step.at,
            kind=f"aftersales.service_request_{step.to_state.lower()}",
            text=by_id[step.request_id].doc_no,
            permission=REQUESTS,
        )
        for step in (await steps if by_id else ())
    ]
    vehicles = await ServiceVehicle.filter(customer_id=customer_id)
    if vehicles:
        done = PlanItem.filter(vehicle_id__in=[row.id for row in vehicles], state=PlanItemState.DONE)
        found += [
            TimelineEntry(
                at=item.updated_at,
                kind="aftersales.maintenance_done",
                text=f"{item.sequence} · {item.done_km} km",
                permission=PLANS,
            )
            for item in await done.order_by("-done_on").limit(limit)
        ]
    return sorted(found, key=lambda entry: entry.at, reverse=True)[:limit]
