"""The SDK for domain code: all that a plugin's models, services, events and jobs need of the framework."""

from typing import TYPE_CHECKING

from core.caller import Caller, Permission, Reach
from core.clock import Clock, FixedClock, SystemClock, local_date
from core.data import fields
from core.data.append_only import AppendOnlyModel
from core.data.errors import UnauditedWriteError
from core.data.fields import MoneyField, ProtectedField
from core.data.indexes import FoldedIndex, IndexWhere, UniqueWhere
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
    StorageFullError,
    TransitionRefusal,
    UnauthenticatedError,
    ValidationRefusal,
)
from core.event import Event, on
from core.events.changes import RowChanged
from core.ids import global_id, parse_global_id, row_id_of, uuid7
from core.jobs.job import job
from core.lazy import lazily
from core.money import Money, total
from core.plugins.contributions import HealthCheck, Holding, Role
from core.plugins.guarded import answers
from core.plugins.hookspecs import hookimpl, hookspec, required_hook
from core.plugins.manifest import Manifest
from core.scope import Scope, current
from core.security.phones import PhoneKind, phone_kind
from core.state import BY_SYSTEM, StateMachine

if TYPE_CHECKING:
    from core.data.batch import save_all
    from core.jobs.queue import enqueue
    from core.people.handover import HandedOver, hand_over, taker
    from core.people.models import Department, Membership, Store, User
    from core.services.birthdays import Birthday
    from core.services.calendar import BusinessCalendar, business_calendar
    from core.services.codes import CodeDeclaration, CodeSetDeclaration, codes, require_code
    from core.services.files.store import open_file, store_file
    from core.services.hours import BusinessClock, business_clock
    from core.services.numbers import next_number
    from core.services.recent_reads import cached
    from core.services.roster import Colleague, colleagues
    from core.services.settings import change_setting, settings
    from core.services.staff import certified, effective_owner, on_duty
    from core.write.pipeline import transact

__all__ = [
    "BY_SYSTEM",
    "AppendOnlyModel",
    "BadInputError",
    "Birthday",
    "BusinessCalendar",
    "BusinessClock",
    "Caller",
    "Clock",
    "CodeDeclaration",
    "CodeSetDeclaration",
    "Colleague",
    "ConfigurationError",
    "ConflictRefusal",
    "Department",
    "Event",
    "FixedClock",
    "FoldedIndex",
    "ForecourtError",
    "GroupModel",
    "HandedOver",
    "HealthCheck",
    "Holding",
    "IndexWhere",
    "LimitRefusal",
    "Manifest",
    "Membership",
    "Model",
    "Money",
    "MoneyField",
    "NotFoundRefusal",
    "Permission",
    "PermissionRefusal",
    "PhoneKind",
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
    "StorageFullError",
    "Store",
    "SystemClock",
    "TransitionRefusal",
    "UnauditedWriteError",
    "UnauthenticatedError",
    "UniqueWhere",
    "User",
    "ValidationRefusal",
    "answers",
    "business_calendar",
    "business_clock",
    "cached",
    "certified",
    "change_setting",
    "codes",
    "colleagues",
    "current",
    "effective_owner",
    "enqueue",
    "fields",
    "global_id",
    "hand_over",
    "hookimpl",
    "hookspec",
    "job",
    "local_date",
    "next_number",
    "on",
    "on_duty",
    "open_file",
    "parse_global_id",
    "phone_kind",
    "require_code",
    "required_hook",
    "row_id_of",
    "save_all",
    "settings",
    "store_file",
    "taker",
    "total",
    "transact",
    "uuid7",
]

# What stands on the kernel's tables is loaded when asked for: `import forecourt` must cost next to nothing.
__getattr__ = lazily(
    __name__,
    {
        "core.data.batch": ("save_all",),
        "core.jobs.queue": ("enqueue",),
        "core.people.handover": ("HandedOver", "hand_over", "taker"),
        "core.people.models": ("Department", "Membership", "Store", "User"),
        "core.services.birthdays": ("Birthday",),
        "core.services.calendar": (
            "BusinessCalendar",
            "business_calendar",
        ),
        "core.services.codes": (
            "CodeDeclaration",
            "CodeSetDeclaration",
            "codes",
            "require_code",
        ),
        "core.services.files.store": (
            "open_file",
            "store_file",
        ),
        "core.services.hours": (
            "BusinessClock",
            "business_clock",
        ),
        "core.services.recent_reads": ("cached",),
        "core.services.numbers": ("next_number",),
        "core.services.roster": (
            "Colleague",
            "colleagues",
        ),
        "core.services.settings": (
            "change_setting",
            "settings",
        ),
        "core.services.staff": (
            "certified",
            "effective_owner",
            "on_duty",
        ),
        "core.write.pipeline": ("transact",),
    },
)
