"""A dealer with a database of its own, and clients that speak GraphQL to it as its users do."""

from __future__ import annotations

import os
import secrets
import tempfile
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import cache, partial
from pathlib import Path
from typing import Any, TypeGuard, TypeVar
from uuid import UUID

import orjson
import tomlkit
from tortoise.models import Model

from core.api.documents import Documents
from core.api.execute import Operation, RequestError
from core.caller import Caller, Reach
from core.clock import Clock, FixedClock
from core.config.reading import load_settings
from core.config.settings import DealerSettings, Settings
from core.data.registry import registry
from core.dealer import Dealer
from core.errors import ForecourtError
from core.events.dispatcher import Dispatcher
from core.host import Host, Kernels
from core.ids import global_id
from core.jobs.runner import JobRunner
from core.kernel import Kernel, app_modules
from core.people.access import join
from core.people.callers import NOBODY, system_caller
from core.people.models import Role, Store, User, UserStatus
from core.plugins.loader import LoadedModules
from core.provision import provision
from core.scope import Scope
from core.security.passwords import CHEAPEST, Passwords
from core.testing.prepared import prepared_states
from core.write.pipeline import transact

T = TypeVar("T")
DEFAULT_NOW = datetime(2026, 11, 21, 2, 0, tzinfo=UTC)
"""Saturday 2026-11-21, 10:00 in Shanghai."""


class Answer(dict[str, Any]):
    """A response; `answer.data` fails the test with the errors where there are any."""

    @property
    def data(self) -> Any:
        assert "errors" not in self, self["errors"]
        return self["data"]

    @property
    def codes(self) -> list[str]:
        """The codes of the errors."""
        return [error["extensions"]["code"] for error in self.get("errors", ())]


@dataclass(frozen=True, slots=True)
class Client:
    """Sends operations as one caller.

    Attributes:
        locale: What Accept-Language would say.
    """

    sample: SampleDealer
    caller: Caller
    locale: str = "en"

    async def __call__(self, operation: str, **variables: Any) -> Answer:
        """Run an operation and return the whole response."""
        return await self._ask(operation, variables)

    async def explained(self, operation: str, **variables: Any) -> Answer:
        """Run an operation whose response tells how it came about."""
        return await self._ask(operation, variables, explaining=True)

    async def _ask(self, operation: str, variables: Mapping[str, Any], *, explaining: bool = False) -> Answer:
        dealer = self.sample.dealer
        scope = dealer.scope(self.caller, locale=self.locale, request_id=secrets.token_hex(4))
        token = dealer.database.activate()
        try:
            prepared = Operation(dealer, operation, variables, None)
            prepared.explaining = explaining
            return Answer(orjson.loads((await prepared.run(scope)).body))
        except RequestError as error:
            return Answer(errors=error.told(dealer.kernel.messages, self.locale))
        finally:
            dealer.database.deactivate(token)

    async def command(self, operation: str, **variables: Any) -> Any:
        """Run a mutation with one field and return its payload, which must be without problems."""
        payload = await self.payload(operation, **variables)
        assert not payload.get("problems"), payload["problems"]
        return payload

    async def payload(self, operation: str, **variables: Any) -> Any:
        """Run a mutation with one field and return its payload, problems and all."""
        data = (await self(operation, **variables)).data
        (payload,) = data.values()
        return payload


class SampleDealer:
    """One store `S1`, the roles and codes of its modules, and users on demand; its clock stands still.

    Attributes:
        clock: Set `clock.at` to move the time.
    """

    def __init__(self, host: Host, dealer: Dealer, clock: FixedClock) -> None:
        self.host = host
        self.dealer = dealer
        self.clock = clock
        self.store_id = next(iter(dealer.stores))

    @property
    def store_gid(self) -> str:
        """Global id of the store."""
        return global_id("Store", self.store_id)

    def advance(self, **delta: float) -> None:
        """Move the clock: `advance(minutes=5)`."""
        self.clock.at += timedelta(**delta)

    async def run(self, work: Callable[[Scope], Awaitable[T]], caller: Caller | None = None) -> T:
        """Run work in one transaction, as a command would."""
        token = self.dealer.database.activate()
        try:
            scope = self.dealer.scope(caller or system_caller("test", self.store_id))
            return await transact(scope, "test", work)
        finally:
            self.dealer.database.deactivate(token)

    async def read(self, work: Callable[[], Awaitable[T]]) -> T:
        """Run reading code with the database active, outside of any transaction."""
        return await _active(self.dealer, work)

    async def add_store(self, code: str, zone: str = "Asia/Shanghai") -> UUID:
        """Make another store."""

        async def work(_: Scope) -> UUID:
            first = await Store.get(id=self.store_id)
            store = Store(group_id=first.group_id, code=code, name=code, zone=zone)
            await store.save()
            return store.id

        store_id = await self.run(work)
        await self.read(self.dealer.load_stores)
        return store_id

    async def add_user(self, login: str, display_name: str = "", *, role: str = "") -> UUID:
        """Make an active user without a password.

        Args:
            role: Code of a role that he has in the store; without it he works nowhere.
        """

        async def work(scope: Scope) -> UUID:
            user = User(login=login, display_name=display_name or login, status=UserStatus.ACTIVE)
            await user.save()
            if role:
                given = await Role.get(code=role)
                await join(scope, user.id, self.store_id, [given.id])
            return user.id

        return await self.run(work)

    def client(
        self,
        user_id: UUID | None = None,
        *,
        permissions: Mapping[str, Reach] | None = None,
        reach: Reach = Reach.STORE,
        store_id: UUID | None = None,
        team_ids: Iterable[UUID] = (),
        locale: str = "en",
    ) -> Client:
        """Return a client of a user of the store.

        Args:
            permissions: What he may do; every permission of the kernel with `reach` without it.
        """
        store = store_id or self.store_id
        rights = dict.fromkeys(self.dealer.kernel.permissions, reach) if permissions is None else dict(permissions)
        caller = Caller(
            actor=f"user:{user_id}" if user_id else "key:test",
            user_id=user_id,
            store_id=store,
            store_ids=frozenset({store}),
            team_ids=frozenset(team_ids),
            permissions=rights,
        )
        return Client(self, caller, locale)

    def anonymous(self) -> Client:
        """Return a client that has not signed in."""
        return Client(self, NOBODY)

    async def contents(self) -> Mapping[str, Sequence[str]]:
        """Return all that is kept, to compare it before and after: the rows of every table, and the files by name."""
        files = [file for of_module in app_modules(self.dealer.kernel.loaded).values() for file in of_module]
        models = {value for file in files for value in vars(file).values() if is_table(value)}
        kept = {"files": sorted(key for key, _ in self.dealer.files.entries())}
        for table in sorted(model._meta.db_table for model in models):
            sql = f'SELECT * FROM "{table}"'  # noqa: S608 - a table's own name
            rows = await self.read(partial(self.dealer.database.fetch, sql))
            kept[table] = sorted(repr(tuple(row)) for row in rows)
        return kept

    async def settle(self) -> None:
        """Deliver every event and run every job that is due now, and what follows from them."""
        token = self.dealer.database.activate()
        try:
            dispatcher, runner = Dispatcher(self.dealer), JobRunner(self.dealer)
            await runner.plan()
            while await dispatcher.drain() + await runner.run_due():
                pass
        finally:
            self.dealer.database.deactivate(token)


def is_table(value: object) -> TypeGuard[type[Model]]:
    """Tell whether something in a module is a model with a table of its own."""
    return isinstance(value, type) and issubclass(value, Model) and not value._meta.abstract


@dataclass(frozen=True, slots=True)
class _Shared:
    """What the samples of a process share: making it takes longer than most tests."""

    loaded: dict[tuple[object, ...], LoadedModules]
    kernels: Kernels


@cache
def _shared() -> _Shared:
    return _Shared({}, {})


class _SampleHost(Host):
    """Loads modules once, until one of the plugins in the folders is written anew."""

    def __init__(self, settings: Settings, clock: Clock) -> None:
        super().__init__(settings, clock, _shared().kernels)

    def load(
        self,
        config: DealerSettings,
        settings: Settings | None = None,
        failures: Mapping[str, ForecourtError] | None = None,
    ) -> LoadedModules:
        plugins = (settings or self.settings).plugins
        files = [file for folder in plugins.folders for file in sorted(folder.rglob("*.py"))]
        written = [(file, file.stat().st_mtime_ns) for file in files]
        key = (config.modules, plugins, orjson.dumps(config.settings, default=dict), *sorted(failures or ()), *written)
        loaded = _shared().loaded
        if key not in loaded:
            loaded[key] = super().load(config, settings, failures)
        return loaded[key]


@asynccontextmanager
async def sample_dealer(
    modules: Sequence[str],
    *,
    database_url: str | None = None,
    folders: Sequence[Path] = (),
    now: datetime = DEFAULT_NOW,
    settings: Mapping[str, Mapping[str, Any]] | None = None,
) -> AsyncIterator[SampleDealer]:
    """Make a dealer with an empty database for the time of a test.

    Args:
        modules: With those that they require.
        database_url: An empty database, or one of PostgreSQL that earlier samples of this process have used; a SQLite
            file in a temporary folder without it.
        folders: Where plugins lie that are neither built in nor installed.
        settings: Per module its table of the configuration.
    """
    with tempfile.TemporaryDirectory() as folder:
        file = _configuration(Path(folder), modules, folders, settings or {})
        environment = {"FORECOURT_DATABASE_URL": database_url} if database_url else {}
        clock = FixedClock(now)
        host = _SampleHost(load_settings(file, environment), clock)
        try:
            await host.open()
            (dealer,) = host
            dealer.sessions.passwords = Passwords(**CHEAPEST)
            habits = dealer.config.model_dump(exclude={"database_url", "keys", "modules", "settings"})
            key = (dealer.kernel, now, repr(habits))
            async with prepared_states().of(dealer.database, key, partial(_fill, dealer)):
                await _active(dealer, dealer.load_stores)
                # Kernels serve all tests of a process; what is kept of operations belongs to this one's event loop.
                dealer.kernel = replace(dealer.kernel, documents=Documents())
                yield SampleDealer(host, dealer, clock)
        finally:
            await host.close()


async def _fill(dealer: Dealer) -> None:
    await dealer.database.create_tables()
    await _active(dealer, partial(provision, dealer))


async def _active(dealer: Dealer, work: Callable[[], Awaitable[T]]) -> T:
    token = dealer.database.activate()
    try:
        return await work()
    finally:
        dealer.database.deactivate(token)


async def sample_kernel(modules: Sequence[str], folders: Sequence[Path] = ()) -> Kernel:
    """Return the kernel of modules to look at; built once per process, and connected to no database.

    Args:
        modules: With those that they require.
    """
    # Models take the dialect of the first database in the process.
    nowhere = "postgres://nowhere/nothing" if registry.dialect == "postgres" else "sqlite:///nowhere.sqlite3"
    with tempfile.TemporaryDirectory() as folder:
        file = _configuration(Path(folder), modules, folders, {})
        host = _SampleHost(load_settings(file, {"FORECOURT_DATABASE_URL": nowhere}), FixedClock(DEFAULT_NOW))
        try:
            await host.open()
            return next(iter(host)).kernel
        finally:
            await host.close()


def _configuration(
    folder: Path, modules: Sequence[str], folders: Sequence[Path], settings: Mapping[str, Mapping[str, Any]]
) -> Path:
    document: dict[str, Any] = {"dealer": {"modules": list(modules), "settings": dict(settings)}}
    if folders:
        document["plugins"] = {"folders": [os.fspath(plugin_folder) for plugin_folder in folders]}
    file = folder / "forecourt.toml"
    file.write_text(tomlkit.dumps(document), encoding="utf-8")
    return file
