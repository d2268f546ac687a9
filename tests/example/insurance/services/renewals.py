"""Renewing contracts, and being reminded of it."""

from datetime import date, timedelta
from uuid import UUID

from forecourt import Money, Scope
from insurance.events import PolicyRenewed
from insurance.models import Policy
from insurance.services.refusals import PolicyAlreadyRenewedRefusal
from insurance.states import PolicyState, policy_states
from plugins.customers.api import cancel_tasks_of, plan_task
from plugins.organisation.api import business_clock


def subject_ref(policy_id: UUID) -> str:
    """Return what a task names the contract by."""
    return f"insurance.InsurancePolicy:{policy_id}"


async def renew(scope: Scope, policy: Policy, until: date, premium: Money, *, number: str | None = None) -> Policy:
    """Make the contract that follows another one, from the day after its last.

    Publishes PolicyRenewed.

    Raises:
        PolicyAlreadyRenewedRefusal: Somebody has renewed it.
        ValidationRefusal: The new one would end before it begins.
    """
    if policy.state is PolicyState.RENEWED:
        raise PolicyAlreadyRenewedRefusal(await Policy.filter(follows_id=policy.id).first())
    # The guard is in the statement: of two who renew at once, one is refused, and asked again finds the above.
    await policy_states.move(policy, PolicyState.RENEWED)
    new = Policy(
        store_id=policy.store_id,
        customer_id=policy.customer_id,
        number=number or f"{policy.number}/{until.year}",
        insurer=policy.insurer,
        plate=await policy.reveal("plate"),
        premium=premium,
        starts_on=policy.expires_on + timedelta(days=1),
        expires_on=until,
        follows_id=policy.id,
    )
    await new.save()
    scope.publish(
        PolicyRenewed(
            policy_id=policy.id,
            successor_id=new.id,
            customer_id=policy.customer_id,
            expires_on=until,
            premium_minor=premium.amount_minor,
            currency=premium.currency,
        )
    )
    return new


async def plan_reminders(scope: Scope, within_days: int) -> int:
    """Plan a task for every contract of the scope's store that ends soon, one for each contract.

    Returns:
        How many contracts end within so many days.
    """
    last = scope.today() + timedelta(days=within_days)
    ending = await Policy.filter(
        store_id=scope.store_id,
        archived_at=None,
        state=PolicyState.ACTIVE,
        expires_on__gte=scope.today(),
        expires_on__lte=last,
    )
    clock = await business_clock(scope, scope.store_id)
    due_at = clock.add_minutes(scope.now(), 4 * 60)
    for policy in ending:
        await plan_task(
            scope,
            policy.customer_id,
            due_at=due_at,
            subject=f"Contract {policy.number} ends on {policy.expires_on:%Y-%m-%d}: offer a renewal",
            subject_ref=subject_ref(policy.id),
            # A job may run twice, and runs every day: the key makes it one task for each contract.
            dedupe_key=f"insurance.renewal:{policy.id}",
        )
    return len(ending)


async def stop_reminding(scope: Scope, policy_id: UUID, customer_id: UUID) -> None:
    """Cancel what is still planned for a contract."""
    await cancel_tasks_of(scope, customer_id, "the contract has been renewed", subject_ref=subject_ref(policy_id))
