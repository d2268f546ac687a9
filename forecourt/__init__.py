"""The SDK for domain code: all that a plugin's models, services, events and jobs need of the framework."""

from core.clock import Clock, FixedClock, SystemClock, local_date
from core.data import fields
from core.data.fields import MoneyField, ProtectedField
from core.data.indexes import IndexWhere, UniqueWhere
from core.data.model import GroupModel, Model
from core.errors import (
    BadInputError,
    ConfigurationError,
    ConflictRefusal,
    ForecourtError,
    LimitRefusal,
    NotFoundRefusal,
    PermissionRefusal,
    PluginError,
    PreconditionRefusal,
    ProviderRefusal,
    Refusal,
    TransitionRefusal,
    UnauthenticatedError,
    ValidationRefusal,
)
from core.events.changes import RowChanged
from core.events.event import Event, on
from core.ids import uuid7
from core.jobs.job import job
from core.jobs.queue import enqueue
from core.money import Money, total
from core.people.caller import Caller, Reach
from core.people.models import Store, User
from core.plugins.contributions import HealthCheck, Role
from core.plugins.hookspecs import hookimpl, hookspec
from core.plugins.manifest import Manifest, Permission
from core.scope import Scope, current
from core.services.birthdays import Birthday
from core.services.calendar import BusinessCalendar, business_calendar
from core.services.codes import CodeDeclaration, CodeSetDeclaration, codes, require_code
from core.services.files.store import open_file, store_file
from core.services.hours import BusinessClock, business_clock
from core.services.numbers import next_number
from core.services.settings import change_setting, settings
from core.services.staff import certified, effective_owner, on_duty
from core.state import StateMachine
from core.write.pipeline import run

__all__ = [
    "BadInputError",
    "Birthday",
    "BusinessCalendar",
    "BusinessClock",
    "Caller",
    "Clock",
    "CodeDeclaration",
    "CodeSetDeclaration",
    "ConfigurationError",
    "ConflictRefusal",
    "Event",
    "FixedClock",
    "ForecourtError",
    "GroupModel",
    "HealthCheck",
    "IndexWhere",
    "LimitRefusal",
    "Manifest",
    "Model",
    "Money",
    "MoneyField",
    "NotFoundRefusal",
    "Permission",
    "PermissionRefusal",
    "PluginError",
    "PreconditionRefusal",
    "ProtectedField",
    "ProviderRefusal",
    "Reach",
    "Refusal",
    "Role",
    "RowChanged",
    "Scope",
    "StateMachine",
    "Store",
    "SystemClock",
    "TransitionRefusal",
    "UnauthenticatedError",
    "UniqueWhere",
    "User",
    "ValidationRefusal",
    "business_calendar",
    "business_clock",
    "certified",
    "change_setting",
    "codes",
    "current",
    "effective_owner",
    "enqueue",
    "fields",
    "hookimpl",
    "hookspec",
    "job",
    "local_date",
    "next_number",
    "on",
    "on_duty",
    "open_file",
    "require_code",
    "run",
    "settings",
    "store_file",
    "total",
    "uuid7",
]
