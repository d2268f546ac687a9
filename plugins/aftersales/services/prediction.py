"""When a vehicle needs its next maintenance."""

from __future__ import annotations

import calendar
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from fractions import Fraction
from typing import Final

TYPICAL_KM_PER_DAY: Final = 40
SHORTEST_SPAN_DAYS: Final = 14
DUE_BEFORE_DAYS: Final = 30
DUE_BEFORE_KM: Final = 500
# No car lasts this long on a plan: a prediction further off says only that it hardly moves.
FURTHEST_DAYS: Final = 365 * 30


@dataclass(frozen=True, slots=True)
class Reading:
    """An odometer reading; an implausible one, or of a replaced odometer, doesn't count."""

    on: date
    km: int
    plausible: bool = True


@dataclass(frozen=True, slots=True)
class Rhythm:
    """How often a model wants maintenance: after so many months or kilometres, whichever comes first.

    Attributes:
        km_per_day: What a vehicle without readings of its own is taken to run.
    """

    first_months: int = 6
    first_km: int = 5_000
    every_months: int = 6
    every_km: int = 5_000
    km_per_day: int = TYPICAL_KM_PER_DAY


@dataclass(frozen=True, slots=True)
class PlannedService:
    """One planned maintenance.

    Attributes:
        sequence: From 1.
        due_on: By the date rule.
        due_km: By the distance rule.
        predicted_on: When the vehicle will have run `due_km`.
    """

    sequence: int
    due_on: date
    due_km: int
    predicted_on: date

    @property
    def effective_on(self) -> date:
        """The day on which the first of the two rules applies."""
        return min(self.due_on, self.predicted_on)


def add_months(day: date, months: int) -> date:
    """Return the same day some months later, or the last of that month if it is shorter."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return date(year, month + 1, min(day.day, calendar.monthrange(year, month + 1)[1]))


def km_per_day(readings: Sequence[Reading], *, typical: int = TYPICAL_KM_PER_DAY) -> Fraction:
    """Return how far a vehicle runs on an average day.

    Args:
        readings: In any order; the delivery with its odometer counts as one.
        typical: The answer if there are no two plausible readings at least 14 days apart, or it never moved.
    """
    counted = sorted((reading.on, reading.km) for reading in readings if reading.plausible)
    if len(counted) < 2:
        return Fraction(typical)
    (first_on, first_km), (last_on, last_km) = counted[0], counted[-1]
    days = (last_on - first_on).days
    if days < SHORTEST_SPAN_DAYS or last_km <= first_km:
        return Fraction(typical)
    return Fraction(last_km - first_km, days)


def predict(due_km: int, last_on: date, last_km: int, average: Fraction) -> date:
    """Return the day on which a vehicle will have run a distance; `last_on` if it has already.

    Args:
        average: Kilometres per day, above 0.
    """
    days = -((last_km - due_km) // average)
    return last_on + timedelta(days=min(max(int(days), 0), FURTHEST_DAYS))


def first_service(delivered_on: date, delivered_km: int, rhythm: Rhythm) -> PlannedService:
    """Plan the first maintenance of a vehicle that is handed over."""
    predicted = predict(rhythm.first_km, delivered_on, delivered_km, Fraction(rhythm.km_per_day))
    return PlannedService(1, add_months(delivered_on, rhythm.first_months), rhythm.first_km, predicted)


def next_service(
    done: PlannedService, done_on: date, done_km: int, readings: Sequence[Reading], rhythm: Rhythm
) -> PlannedService:
    """Plan the maintenance after one that was done, from the day and the odometer of that one."""
    due_km = done_km + rhythm.every_km
    average = km_per_day([*readings, Reading(done_on, done_km)], typical=rhythm.km_per_day)
    predicted = predict(due_km, done_on, done_km, average)
    return PlannedService(done.sequence + 1, add_months(done_on, rhythm.every_months), due_km, predicted)


def service_after_skipped(skipped: PlannedService, readings: Sequence[Reading], rhythm: Rhythm) -> PlannedService:
    """Plan the maintenance after one that is left out, from when that one would have been due."""
    due_km = skipped.due_km + rhythm.every_km
    predicted = predict(due_km, skipped.predicted_on, skipped.due_km, Fraction(rhythm.km_per_day))
    due_on = add_months(skipped.due_on, rhythm.every_months)
    return repredict(PlannedService(skipped.sequence + 1, due_on, due_km, predicted), readings, rhythm)


def repredict(planned: PlannedService, readings: Sequence[Reading], rhythm: Rhythm) -> PlannedService:
    """Predict again after a new odometer reading; what is due stays as it was planned."""
    plausible = [reading for reading in readings if reading.plausible]
    if not plausible:
        return planned
    last = max(plausible, key=lambda reading: (reading.on, reading.km))
    predicted = predict(planned.due_km, last.on, last.km, km_per_day(plausible, typical=rhythm.km_per_day))
    return PlannedService(planned.sequence, planned.due_on, planned.due_km, predicted)


def is_due(
    planned: PlannedService,
    today: date,
    odometer_km: int | None,
    *,
    days_before: int = DUE_BEFORE_DAYS,
    km_before: int = DUE_BEFORE_KM,
) -> bool:
    """Tell whether to ask the customer in: 30 days before the day, or 500 km before the distance, if not said so."""
    near_by_date = today >= planned.effective_on - timedelta(days=days_before)
    return near_by_date or (odometer_km is not None and odometer_km >= planned.due_km - km_before)


def is_overdue(planned: PlannedService, today: date, odometer_km: int | None) -> bool:
    """Tell whether the day or the distance is past."""
    return today > planned.effective_on or (odometer_km is not None and odometer_km > planned.due_km)
