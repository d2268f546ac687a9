"""What other modules may use of the organisation; what writes needs a unit of work."""

from __future__ import annotations

from plugins.organisation.models import Absence, CalendarDay, Certification, DayKind, Employee, Outlet, Shift
from plugins.organisation.services.birthdays import Birthday
from plugins.organisation.services.calendar import BusinessCalendar, business_calendar, correct_day
from plugins.organisation.services.festivals import Festival, festival, festivals_on
from plugins.organisation.services.hours import BusinessClock, NeverOpenError, business_clock
from plugins.organisation.services.outlets import close_outlet, move_outlet, open_outlet
from plugins.organisation.services.roster import Colleague, colleagues
from plugins.organisation.services.staff import (
    add_absence,
    add_shift,
    certified,
    effective_owner,
    on_duty,
    set_deputy,
)

__all__ = [
    "Absence",
    "Birthday",
    "BusinessCalendar",
    "BusinessClock",
    "CalendarDay",
    "Certification",
    "Colleague",
    "DayKind",
    "Employee",
    "Festival",
    "NeverOpenError",
    "Outlet",
    "Shift",
    "add_absence",
    "add_shift",
    "business_calendar",
    "business_clock",
    "certified",
    "close_outlet",
    "colleagues",
    "correct_day",
    "effective_owner",
    "festival",
    "festivals_on",
    "move_outlet",
    "on_duty",
    "open_outlet",
    "set_deputy",
]
