"""What happens in insurance by itself."""

from forecourt import Scope, job, settings
from insurance.services import renewals
from insurance.settings import InsuranceSettings


@job
async def remind_of_renewals(scope: Scope) -> None:
    """Plan a task for every contract of a store that ends soon."""
    rules = await settings(scope, InsuranceSettings)
    await renewals.plan_reminders(scope, rules.remind_days_before)
