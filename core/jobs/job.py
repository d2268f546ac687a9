"""How a module declares work that is done later or again and again."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, overload

from core.errors import PluginError
from core.jobs.rules import WEEKDAYS, Daily, Every, Monthly, Rule, Weekday, Weekly, parse_time

if TYPE_CHECKING:
    from core.scope import Scope

JobFunction = Callable[..., Awaitable[None]]


@dataclass(frozen=True, eq=False, slots=True)
class Job:
    """A coroutine that workers run; its first parameter is the scope, the others come from `enqueue`.

    Attributes:
        attempts: How often it is tried before a person must look at it.
        steps: It gets a scope without a transaction and makes transactions of its own with `run`, for work that is
            long or talks to the outside. It may be run again after a crash. Without, the whole job is one transaction
            together with the mark that it is done.
    """

    function: JobFunction
    attempts: int = 5
    steps: bool = False

    async def __call__(self, scope: Scope, **arguments: Any) -> None:
        await self.function(scope, **arguments)

    def daily(self, at: str, *, per_store: bool = False) -> Schedule:
        """Run it every day at a local time such as `08:30`.

        Args:
            per_store: Once for each store, in the store's zone and with its store in the scope; without, once for the
                dealer, in the dealer's zone.
        """
        return Schedule(self, Daily(parse_time(at)), per_store)

    def weekly(self, day: Weekday, at: str, *, per_store: bool = False) -> Schedule:
        """Run it every week on a day at a local time."""
        if day not in WEEKDAYS:
            raise ValueError(f"a day is one of {', '.join(WEEKDAYS)}, not {day!r}")
        return Schedule(self, Weekly(day, parse_time(at)), per_store)

    def monthly(self, day: int, at: str, *, per_store: bool = False) -> Schedule:
        """Run it every month on a day, or the month's last if it has no such day, at a local time."""
        if not 1 <= day <= 31:
            raise ValueError(f"a day of a month is 1 to 31, not {day}")
        return Schedule(self, Monthly(day, parse_time(at)), per_store)

    def every(self, *, hours: int = 0, minutes: int = 0, seconds: int = 0, per_store: bool = False) -> Schedule:
        """Run it again and again, at whole multiples of the interval since 1970 UTC."""
        interval = hours * 3600 + minutes * 60 + seconds
        if interval < 1:
            raise ValueError("an interval is at least one second")
        return Schedule(self, Every(interval), per_store)


@dataclass(frozen=True, slots=True)
class Schedule:
    """When a job is due.

    Each due time runs once, however many workers there are. After a stop the missed ones are made up for by one run,
    not by one each.
    """

    job: Job
    rule: Rule
    per_store: bool = False


@overload
def job(function: JobFunction, /) -> Job: ...
@overload
def job(*, attempts: int = 5, steps: bool = False) -> Callable[[JobFunction], Job]: ...


def job(
    function: JobFunction | None = None, /, *, attempts: int = 5, steps: bool = False
) -> Job | Callable[[JobFunction], Job]:
    """Make a job of a coroutine; see `Job` for the options."""

    def declare(declared: JobFunction) -> Job:
        return Job(declared, attempts, steps)

    return declare if function is None else declare(function)


class JobRegistry:
    """The jobs and schedules of one set of modules.

    Attributes:
        jobs: By name, `<module>.<function>`; rows in the database refer to it, so a rename abandons them.
    """

    def __init__(self, jobs: Mapping[str, Job], schedules: Iterable[Schedule]) -> None:
        self.jobs = dict(jobs)
        self.schedules = tuple(schedules)
        self._names = {id(declared): name for name, declared in self.jobs.items()}

    @classmethod
    def build(cls, modules: Iterable[tuple[str, Iterable[Job], Iterable[Schedule]]]) -> JobRegistry:
        """Name the jobs of modules, those of their schedules included.

        Raises:
            PluginError: Two jobs of a module have one name.
        """
        jobs: dict[str, Job] = {}
        schedules: list[Schedule] = []
        for module, declared, planned in modules:
            own = tuple(planned)
            schedules += own
            for one in (*declared, *(schedule.job for schedule in own)):
                name = f"{module}.{getattr(one.function, '__name__', 'job')}"
                if jobs.setdefault(name, one) is not one:
                    raise PluginError(f"{module} has two jobs named {name}; rename one of the functions", module)
        return cls(jobs, schedules)

    def name_of(self, declared: Job) -> str:
        """Return the name of a job.

        Raises:
            PluginError: Its module is not on.
        """
        try:
            return self._names[id(declared)]
        except KeyError:
            function = getattr(declared.function, "__qualname__", declared.function)
            raise PluginError(f"the job {function} belongs to no module that is on") from None


def jobs_in(namespace: Mapping[str, Any]) -> Iterable[Job]:
    """Yield the jobs that a Python module declares; those that it only imported are left out."""
    for value in namespace.values():
        if isinstance(value, Job) and getattr(value.function, "__module__", None) == namespace.get("__name__"):
            yield value
