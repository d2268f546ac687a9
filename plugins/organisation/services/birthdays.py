"""Which day is somebody's birthday this year, in either calendar."""

from __future__ import annotations

from calendar import isleap
from dataclasses import dataclass
from datetime import date

from forecourt import ValidationRefusal
from plugins.organisation.services.lunar import LunarDate, days_in_month, to_lunar, to_solar


@dataclass(frozen=True, slots=True)
class Birthday:
    """Month and day of birth; a lunar one moves through the calendar from year to year.

    Raises:
        ValidationRefusal: No year has such a day.
    """

    month: int
    day: int
    lunar: bool = False

    def __post_init__(self) -> None:
        longest = 30 if self.lunar else _LONGEST.get(self.month, 0)
        if not 1 <= self.month <= 12 or not 1 <= self.day <= longest:
            kind = "lunar calendar" if self.lunar else "calendar"
            raise ValidationRefusal(
                f"the {kind} has no day {self.month}-{self.day}; give the month as 1 to 12 and a day that it has",
                rule="birthday_unknown",
                month=self.month,
                day=self.day,
            )

    @classmethod
    def of(cls, born_on: date, *, lunar: bool = False) -> Birthday:
        """Return the birthday of somebody born on a calendar date, who celebrates by either calendar."""
        if not lunar:
            return cls(born_on.month, born_on.day)
        born = to_lunar(born_on)
        # Born in a leap month: celebrated in the plain month, because most years have no leap month.
        return cls(born.month, born.day, lunar=True)

    def in_year(self, year: int) -> date:
        """Return the day of celebration.

        29 February becomes 28 February in common years; a missing 30th of a lunar month becomes its 29th.

        Args:
            year: A calendar year; for a lunar birthday the lunar year, whose end lies in the next calendar year.
        """
        if self.lunar:
            day = min(self.day, days_in_month(year, self.month))
            return to_solar(LunarDate(year, self.month, day))
        if (self.month, self.day) == (2, 29) and not isleap(year):
            return date(year, 2, 28)
        return date(year, self.month, self.day)

    def year_of(self, day: date) -> int:
        """Return the year that a day counts for: the lunar year for a lunar birthday.

        With it a key such as `birthday:{customer}:{year}` names one celebration.
        """
        return to_lunar(day).year if self.lunar else day.year

    def falls_on(self, day: date) -> bool:
        """Tell whether the day of celebration is this one."""
        return self.in_year(self.year_of(day)) == day


_LONGEST = {1: 31, 2: 29, 3: 31, 4: 30, 5: 31, 6: 30, 7: 31, 8: 31, 9: 30, 10: 31, 11: 30, 12: 31}
