"""Taking a customer out of use."""

from __future__ import annotations

from forecourt import Scope, ValidationRefusal
from plugins.customers.models.people import ContactPoint, Customer
from plugins.customers.services.tasks import cancel_tasks_of


async def archive_customer(scope: Scope, customer: Customer, reason: str) -> Customer:
    """Take a customer out of use: his numbers are free for others, and nothing more is to be done for him.

    Raises:
        ValidationRefusal: No reason is given.
    """
    if not reason.strip():
        raise ValidationRefusal("say why the customer goes", path=("reason",), rule="customers_reason")
    await cancel_tasks_of(scope, customer.id, reason.strip())
    for point in await ContactPoint.filter(customer_id=customer.id, archived_at=None):
        await point.archive()
    customer.lifecycle_reason = reason.strip()[:200]
    await customer.archive()
    return customer
