"""The circumstances of one unit of work: which dealer, who asks, what time it is."""

from __future__ import annotations

from contextvars import ContextVar, Token
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import TYPE_CHECKING, Any, Protocol, TypeVar
from uuid import UUID

from core.clock import Clock, SystemClock, local_date
from core.errors import ForecourtError, NotFoundRefusal, PermissionRefusal

if TYPE_CHECKING:
    from collections.abc import Mapping

    from core.caller import Caller
    from core.data.fields import ProtectedKind
    from core.data.model import Record
    from core.dealer import Dealer, StorePlace
    from core.event import Event
    from core.unit import UnitOfWork

M = TypeVar("M", bound="Record")


class NoScopeError(ForecourtError):
    """Code that needs a dealer ran outside of any."""

    code = "NO_SCOPE"


class BlindIndexes(Protocol):
    """How protected values are made comparable."""

    def normalise(self, kind: ProtectedKind, value: str) -> str:
        """Return the one form of a protected value, such as E.164 for a telephone number.

        Raises:
            ValidationRefusal: It is none of its kind; the message never contains it.
        """
        ...

    def blind_index(self, domain: str, store_id: UUID | None, normalised: str) -> str:
        """Return what equality is asked by: 64 hexadecimal digits.

        Args:
            domain: What shares one index space, such as `phone`.
            store_id: The row's store; equal values of two stores have different indexes.
            normalised: The value as `normalise` returns it.
        """
        ...

    def last4_index(self, domain: str, store_id: UUID | None, value: str) -> str:
        """Return what the last four characters are asked by: 64 hexadecimal digits."""
        ...


@dataclass(slots=True)
class Scope:
    """What a command, handler, job or query may ask of its surroundings.

    Attributes:
        locale: `en` or `zh-CN`.
        address: Where the request comes from; empty for work inside the house.
    """

    _dealer: Dealer  # the kernel's alone: behind it lie the database and whatever else would go past the SDK
    caller: Caller
    clock: Clock = field(default_factory=SystemClock)
    locale: str = "en"
    request_id: str = ""
    address: str = ""
    unit: UnitOfWork | None = None

    def now(self) -> datetime:
        """Return the present instant, aware, in UTC."""
        return self.clock.now()

    def today(self) -> date:
        """Return the calendar date in the zone of the caller's store, or the dealer's where he has none."""
        return local_date(self.clock.now(), self.zone(self.caller.store_id))

    def zone(self, store_id: UUID | None) -> str:
        """Return the IANA zone of a store."""
        return self._dealer.zone(store_id)

    @property
    def store_id(self) -> UUID:
        """The store that new rows go to.

        Raises:
            NotFoundRefusal: The caller belongs to no store.
        """
        if self.caller.store_id is None:
            raise NotFoundRefusal("name a store: you belong to none", path=("store",))
        return self.caller.store_id

    async def get(self, model: type[M], row_id: UUID, *, permission: str | None = None) -> M:
        """Load a live row that the caller may see.

        Args:
            permission: Whose reach decides; the read permission of the model's entity without it.

        Raises:
            NotFoundRefusal: There is none within his scope; the same whether it exists elsewhere or not.
        """
        return await self._dealer.get_row(self, model, row_id, permission)

    @property
    def dealer_name(self) -> str:
        """The dealer's name in the configuration."""
        return self._dealer.name

    @property
    def all_stores(self) -> Mapping[UUID, StorePlace]:
        """Every store of the dealer by its id, with its code and its zone."""
        return self._dealer.stores

    @property
    def hooks(self) -> Any:
        """The hooks that plugins declare: `scope.hooks.score_lead(facts=…)`.

        An implementation that fails is logged and counted, and its answer is left out; a `Refusal` is raised. Await
        answers that are awaitable by `answers`. Where a hook is marked by `required_hook`, everything is raised.
        """
        return self._dealer.kernel.hooks

    @property
    def vault(self) -> BlindIndexes:
        """How protected values are found without being opened."""
        return self._dealer.vault

    def text(self, key: str, english: str, **params: Any) -> str:
        """Return the text of the locale files under a key, in the scope's language; the English one without any."""
        return self._dealer.kernel.messages.translate(self.locale, key, params, english)

    def message(self, error: ForecourtError) -> str:
        """Return what to tell a person about an error, in the scope's language."""
        return self._dealer.kernel.messages.message(self.locale, error)

    def require(self, permission: str) -> None:
        """Refuse unless the caller has a permission in his own store; who belongs to none, in any.

        Raises:
            PermissionRefusal: He lacks it.
        """
        store, caller = self.caller.store_id, self.caller
        if (caller.reach(permission) if store is None else caller.reach_in(permission, store)) is None:
            raise PermissionRefusal(permission)

    def stores(self, permission: str) -> frozenset[UUID]:
        """Return the stores in which the caller has a permission."""
        return frozenset(one for one in self._dealer.stores if self.caller.reach_in(permission, one) is not None)

    def publish(self, event: Event) -> None:
        """Write an event into the outbox of the present transaction."""
        self.writing().publish(event)

    def writing(self) -> UnitOfWork:
        """Return the present unit of work.

        Raises:
            NoScopeError: This code runs outside of a command, handler or job.
        """
        if self.unit is None:
            raise NoScopeError("rows are written inside a command, handler or job only")
        return self.unit


_current: ContextVar[Scope | None] = ContextVar("forecourt_scope", default=None)


def current() -> Scope:
    """Return the scope of the running task.

    Raises:
        NoScopeError: There is none.
    """
    scope = _current.get()
    if scope is None:
        raise NoScopeError("no dealer is active in this task")
    return scope


def unit_of_work() -> UnitOfWork | None:
    """Return the unit of work of the running task, if it is inside one."""
    scope = _current.get()
    return None if scope is None else scope.unit


def enter(scope: Scope) -> Token[Scope | None]:
    """Make a scope the running task's; give the token to `leave`."""
    return _current.set(scope)


def leave(token: Token[Scope | None]) -> None:
    """Go back to the scope before `enter`."""
    _current.reset(token)
