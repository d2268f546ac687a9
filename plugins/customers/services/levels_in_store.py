"""The intent levels of a store: whose rules, who set one by hand, and what follows from a new intention."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Final
from uuid import UUID

from forecourt import Scope, ValidationRefusal, cached, current, local_date, settings
from plugins.customers.events import IntentLevelChanged
from plugins.customers.models.follow_up import FollowUpParameter
from plugins.customers.models.people import Customer
from plugins.customers.models.records import PurchaseIntention
from plugins.customers.services.levels import FAST, PRESETS, IntentLevel, LevelPreset, LevelRule, intent_level
from plugins.customers.settings import CustomersSettings

_ORDER: Final = tuple(IntentLevel)


async def preset_of(store_id: UUID) -> LevelPreset:
    """Return a store's rules; the fast preset where it has none of its own."""
    parameters = await _parameters(store_id)
    if not parameters:
        return FAST
    rows = sorted(parameters.values(), key=lambda row: _ORDER.index(IntentLevel(row.level)))
    return LevelPreset("own", tuple(LevelRule(IntentLevel(r.level), r.within_days, r.interval_days) for r in rows))


async def parameter_of(store_id: UUID, level: IntentLevel | None) -> FollowUpParameter | None:
    """Return how a store follows up customers of a level."""
    return None if level is None else (await _parameters(store_id)).get(level)


async def _parameters(store_id: UUID) -> Mapping[str, FollowUpParameter]:
    async def read() -> Mapping[str, FollowUpParameter]:
        return {row.level: row for row in await FollowUpParameter.filter(store_id=store_id, archived_at=None)}

    return await cached(current(), (FollowUpParameter,), store_id, read)


async def apply_preset(scope: Scope, code: str, store_id: UUID) -> list[FollowUpParameter]:
    """Set a store's parameters to those of a preset; what it set beside interval and nearness stays.

    Raises:
        ValidationRefusal: There is no such preset.
    """
    preset = PRESETS.get(code.lower())
    if preset is None:
        raise ValidationRefusal(
            f"this is no preset; there are {', '.join(PRESETS)}",
            path=("preset",),
            rule="customers_preset",
            allowed=tuple(PRESETS),
        )
    present = {row.level: row for row in await FollowUpParameter.filter(store_id=store_id, archived_at=None)}
    rows = []
    for rule in preset.rules:
        row = present.get(rule.level)
        if row is None:
            row = FollowUpParameter(store_id=store_id, level=rule.level, interval_days=rule.interval_days)
        row.within_days, row.interval_days = rule.within_days, rule.interval_days
        await row.save()
        rows.append(row)
    return rows


async def compute_level(scope: Scope, customer: Customer, *, preset: LevelPreset | None = None) -> None:
    """Set the level that the rules give, unless one that was set by hand still holds."""
    now = scope.now()
    if customer.level_until is not None and customer.level_until > now:
        return
    intention = await PurchaseIntention.filter(customer_id=customer.id, valid_to=None, archived_at=None).first()
    level = intent_level(
        intention.expected_on if intention else None,
        local_date(now, scope.zone(customer.store_id)),
        deposit_paid=customer.deposit_paid,
        preset=preset or await preset_of(customer.store_id),
    )
    customer.level_until = None
    await _set(scope, customer, level, by_hand=False)


async def override_level(scope: Scope, customer: Customer, level: IntentLevel) -> Customer:
    """Set a level by hand; the rules take over again after the days that the store has set."""
    days = (await settings(scope, CustomersSettings, store_id=customer.store_id)).level_override_days
    customer.level_until = scope.now() + timedelta(days=days)
    await _set(scope, customer, level, by_hand=True)
    return customer


async def note_deposit(scope: Scope, customer: Customer, paid: bool) -> Customer:
    """Note that a customer has paid a deposit, or has it back; it decides his level."""
    customer.deposit_paid = paid
    await compute_level(scope, customer)
    await customer.save()
    return customer


async def _set(scope: Scope, customer: Customer, level: IntentLevel | None, *, by_hand: bool) -> None:
    before, customer.intent_level = customer.intent_level, level
    await customer.save()
    if before != level:
        scope.publish(
            IntentLevelChanged(
                customer_id=customer.id,
                from_level=before,
                to_level=level,
                by_hand=by_hand,
                store_id=customer.store_id,
            )
        )
