"""A dealer: his configuration, the kernel of his modules, and his database."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from copy import copy
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import TYPE_CHECKING, TypeVar
from uuid import UUID

from core.api.context import Context
from core.caller import Caller
from core.clock import Clock, SystemClock
from core.config.settings import DealerSettings
from core.data.database import Database
from core.data.finding import made, recalled, remembered
from core.errors import NotFoundRefusal
from core.people.sessions import Sessions
from core.read.access import Access
from core.read.quota import StatementQuota
from core.read.reader import Reader
from core.scope import Scope
from core.security.keys import KeyRing
from core.security.vault import Vault
from core.services.codes import require_code
from core.services.recent_reads import RecentReads
from core.unit import Change
from core.write.bell import Bell

if TYPE_CHECKING:
    from datetime import datetime

    from core.data.model import Record
    from core.kernel import Kernel
    from core.services.files.storage import Storage

M = TypeVar("M", bound="Record")


@dataclass(frozen=True, slots=True)
class StorePlace:
    """What the kernel keeps at hand of a store."""

    code: str
    zone: str


@dataclass(slots=True)
class StorePlaces:
    """The stores as they are known now, to a dealer and his successors alike."""

    by_id: Mapping[UUID, StorePlace] = field(default_factory=lambda: MappingProxyType({}))
    ids: frozenset[UUID] = frozenset()


class Dealer:
    """One dealer of the process.

    Attributes:
        kernel: Never changes; when his modules do, a `successor` takes his place.
        bell: Wakes the workers of this process.
    """

    def __init__(
        self, config: DealerSettings, kernel: Kernel, database: Database, files: Storage, clock: Clock | None = None
    ) -> None:
        self.name = config.name
        self.config = config
        self.kernel = kernel
        self.database = database
        self.files = files
        self.clock = clock or SystemClock()
        self.vault = Vault(KeyRing.from_settings(config.keys))
        self.sessions = Sessions(config.name, config.keys.token, self.clock)
        self.bell = Bell()
        self.quota = StatementQuota(database.settings)
        self.recent_reads = RecentReads()
        self.served_since: datetime | None = None
        """When this process began the dealer's background work; None in one that doesn't do it."""
        self.fallbacks: Counter[str] = Counter()
        """How often graphql-core gave a whole answer instead of a plan, by the reason; see `core.read.unplanned`."""
        self._places = StorePlaces()

    @property
    def stores(self) -> Mapping[UUID, StorePlace]:
        """The stores by id, as `load_stores` found them last."""
        return self._places.by_id

    def successor(self, config: DealerSettings, kernel: Kernel) -> Dealer:
        """Return who serves this dealer from now on, with all that lives longer than a set of modules."""
        new = copy(self)
        new.config = config
        new.kernel = kernel
        return new

    async def load_stores(self) -> None:
        """Read the stores anew; called at start and when one was changed."""
        rows = await self.database.fetch("SELECT id, code, zone FROM core_store")
        self._places.by_id = MappingProxyType({UUID(str(row[0])): StorePlace(row[1], row[2]) for row in rows})
        self._places.ids = frozenset(self._places.by_id)

    def zone(self, store_id: UUID | None) -> str:
        """Return the IANA zone of a store; the dealer's own for none or an unknown one."""
        place = self.stores.get(store_id) if store_id else None
        return place.zone if place else self.config.time_zone

    def scope(self, caller: Caller, *, locale: str = "", request_id: str = "", address: str = "") -> Scope:
        """Return a scope for a caller."""
        return Scope(
            self, caller, self.clock, locale=locale or self.config.locale, request_id=request_id, address=address
        )

    def reader(self, scope: Scope) -> Reader:
        """Return the way to the read seam for the scope's caller."""
        access = Access(scope.caller, self._places.ids)
        caller = scope.caller
        who = f"address:{scope.address}" if caller.is_anonymous else caller.actor
        quota = None if caller.system else self.quota
        values = _KernelValues(scope)
        return Reader(
            self.database, access, self.vault, values, self.kernel.row_statements, caller.limits.page, quota, who
        )

    def context(self, scope: Scope, variables: Mapping[str, object]) -> Context:
        """Return what the resolvers of one operation share."""
        return Context(scope, self.reader(scope), variables)

    async def get_row(self, scope: Scope, model: type[M], row_id: UUID, permission: str | None) -> M:
        """Load a live row that the scope's caller may see; see `Scope.get`."""
        entity = self.kernel.catalog.by_model.get(model)
        if entity is None or scope.caller.system:
            row = await model.find(row_id)
            if row is None or row.archived_at is not None:
                raise _missing(model)
            return row
        known = recalled(model, row_id, scope.caller, permission)
        if known is not None:
            return known
        record = await self.reader(scope).record(entity, row_id, permission)
        if record is None:
            raise _missing(model)
        return remembered(made(model, record), scope.caller, permission)

    async def require_code(
        self, scope: Scope, code_set: str, code: str, store_id: UUID | None, path: Sequence[str | int]
    ) -> None:
        """Refuse a code that a list doesn't have today; see `core.services.codes.require_code`."""
        await require_code(scope, code_set, code, store_id=store_id, path=path)

    def invalidate(self, changes: Sequence[Change]) -> None:
        """Forget what is kept in memory of rows that committed changes touch."""
        self.sessions.invalidate(changes)
        self.recent_reads.invalidate(changes)


def _missing(model: type[Record]) -> NotFoundRefusal:
    return NotFoundRefusal(f"there is no such {model.__name__} in your sight", what=model.__name__)


class _KernelValues(dict[str, object]):
    """What computed fields may ask of the kernel, worked out when first asked for."""

    def __init__(self, scope: Scope) -> None:
        super().__init__(locale=scope.locale, caller=scope.caller)
        self._scope = scope

    def __missing__(self, name: str) -> object:
        value = self[name] = self._scope.today() if name == "today" else self._scope.now()
        return value
