"""The kernel's own hook implementations."""

from __future__ import annotations

from collections.abc import Iterable

from core.jobs.housekeeping import schedules
from core.jobs.job import Schedule
from core.people import declared as people_roles
from core.plugins.contributions import Role
from core.plugins.hookspecs import hookimpl
from core.services import declared
from core.services.codes import CodeSetDeclaration


@hookimpl
def scheduled_jobs() -> Iterable[Schedule]:
    return schedules()


@hookimpl
def roles() -> Iterable[Role]:
    return people_roles.declared()


@hookimpl
def code_sets() -> Iterable[CodeSetDeclaration]:
    return declared.CODE_SETS
