"""What is asked of insurance beside the generated lists."""

from datetime import timedelta
from typing import Annotated

from pydantic import Field

from forecourt.graphql import Info, query
from insurance import models
from insurance.states import PolicyState


@query(permission="insurance.insurance_policy.read")
async def policies_to_renew(
    info: Info, within_days: Annotated[int, Field(ge=1, le=365, description="How far to look ahead.")] = 30
) -> list[models.Policy]:
    """The contracts of the caller's store that end soon, the next to end first."""
    last = info.scope.today() + timedelta(days=within_days)
    running = models.Policy.filter(store_id=info.scope.store_id, state=PolicyState.ACTIVE, archived_at=None)
    return await running.filter(expires_on__lte=last).order_by("expires_on", "id")
