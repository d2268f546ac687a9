"""The SDK for domain code: all that a plugin's models, services, events and jobs need of the framework."""

from typing import TYPE_CHECKING

from core.caller import Caller, Permission, Reach
from core.clock import Clock, FixedClock, SystemClock, local_date
from core.data import fields
from core.data.append_only import AppendOnlyModel
from core.data.errors import UnauditedWriteError
from core.data.fields import MoneyField, ProtectedField
from core.data.indexes import Check, FoldedIndex, IndexWhere, UniqueWhere
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
    from core.migrations.operations import MoveModel
    from core.people.access import users_with_permission
    from core.people.handover import HandedOver, hand_over, taker
    from core.people.models import Department, Membership, Store, User
    from core.services.codes import CodeDeclaration, CodeSetDeclaration, code_title, codes, require_code
    from core.services.files.store import open_file, store_file
    from core.services.models import StoreOverride
    from core.services.numbers import next_number
    from core.services.recent_reads import cached
    from core.services.settings import change_setting, settings
    from core.write.pipeline import transact

__all__ = [
    "BY_SYSTEM",
    "AppendOnlyModel",
    "BadInputError",
    "Caller",
    "Check",
    "Clock",
    "CodeDeclaration",
    "CodeSetDeclaration",
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
    "MoveModel",
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
    "StoreOverride",
    "SystemClock",
    "TransitionRefusal",
    "UnauditedWriteError",
    "UnauthenticatedError",
    "UniqueWhere",
    "User",
    "ValidationRefusal",
    "answers",
    "cached",
    "change_setting",
    "code_title",
    "codes",
    "current",
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
    "users_with_permission",
    "uuid7",
]

# What stands on the kernel's tables is loaded when asked for: `import forecourt` must cost next to nothing.
__getattr__ = lazily(
    __name__,
    {
        "core.data.batch": ("save_all",),
        "core.jobs.queue": ("enqueue",),
        "core.migrations.operations": ("MoveModel",),
        "core.people.access": ("users_with_permission",),
        "core.people.handover": ("HandedOver", "hand_over", "taker"),
        "core.people.models": ("Department", "Membership", "Store", "User"),
        "core.services.codes": (
            "CodeDeclaration",
            "CodeSetDeclaration",
            "code_title",
            "codes",
            "require_code",
        ),
        "core.services.files.store": (
            "open_file",
            "store_file",
        ),
        "core.services.recent_reads": ("cached",),
        "core.services.models": ("StoreOverride",),
        "core.services.numbers": ("next_number",),
        "core.services.settings": (
            "change_setting",
            "settings",
        ),
        "core.write.pipeline": ("transact",),
    },
)
