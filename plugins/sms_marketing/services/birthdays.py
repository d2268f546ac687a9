"""Greetings for birthdays: promotions by the rules of providers, so consent, window and caps apply."""

from __future__ import annotations

from datetime import datetime, time
from typing import Final
from uuid import UUID
from zoneinfo import ZoneInfo

from forecourt import Scope
from plugins.customers.api import Customer
from plugins.organisation.api import Birthday
from plugins.sms_marketing.services.messages import PlannedSms, plan
from plugins.sms_marketing.services.templates import approved_version

TEMPLATE: Final = "birthday_greeting"
UNTIL: Final = time(11)
"""A greeting that could not be sent by then is left out."""


async def greet(scope: Scope) -> int:
    """Plan a greeting for each customer of the store whose birthday is today, one a year; return how many there are."""
    if await approved_version(scope.store_id, TEMPLATE) is None:
        return 0
    today = scope.today()
    until = datetime.combine(today, UNTIL, ZoneInfo(scope.zone(scope.store_id)))
    known = Customer.filter(
        store_id=scope.store_id, birth_on__isnull=False, archived_at=None, merged_into_id=None, kind="PERSON"
    )
    count = 0
    for customer_id, birth_on, calendar in await known.values_list("id", "birth_on", "birth_calendar"):
        birthday = Birthday.of(birth_on, lunar=calendar == "LUNAR")
        if birthday.falls_on(today):
            await plan(scope, _greeting(customer_id, birthday.year_of(today), until))
            count += 1
    return count


def _greeting(customer_id: UUID, year: int, until: datetime) -> PlannedSms:
    return PlannedSms(
        template=TEMPLATE,
        dedupe_key=f"birthday:{customer_id}:{year}",
        customer_id=customer_id,
        expires_at=until,
        automation="birthday",
    )
