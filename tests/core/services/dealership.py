"""A dealer with two stores, on the real kernel, database, vault and folder."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any, TypeVar
from uuid import UUID

from core.caller import Caller, Reach
from core.clock import FixedClock
from core.config.settings import DealerKeys, DealerSettings
from core.data.database import Database
from core.dealer import Dealer
from core.kernel import Kernel, app_modules, build_kernel, load_modules
from core.people.callers import system_caller
from core.people.models import Group, Membership, Store, Team, User, UserStatus
from core.scope import Scope, enter, leave
from core.security.keys import new_key
from core.services.files.storage import LocalFolder
from core.testing.prepared import prepared_states
from core.write.pipeline import transact
from tests.conftest import Dialect

T = TypeVar("T")
TODAY = date(2026, 11, 21)


def built(dialect: Dialect, *modules: str) -> Kernel:
    """Return a kernel; it never changes, so the tests of a run may share it."""
    loaded = load_modules(modules)
    nowhere = {"sqlite": "sqlite:///nowhere.db", "postgres": "postgres://nobody@127.0.0.1:1/nowhere"}[dialect]
    asyncio.run(Database(nowhere).open(app_modules(loaded)))
    return build_kernel(loaded)


@asynccontextmanager
async def opened(
    kernel: Kernel, database_url: str, folder: Path, settings: Mapping[str, Mapping[str, Any]]
) -> AsyncIterator[Dealership]:
    """Open a dealer with fresh keys and these settings in his configuration, in a running scope."""
    database = Database(database_url)
    await database.open(app_modules(kernel.loaded))
    clock = FixedClock(datetime(2026, 11, 21, 2, tzinfo=UTC))
    keys = DealerKeys(encryption={"k1": new_key()}, current="k1", index=new_key(), token=new_key())
    config = DealerSettings(
        name="demo", database_url=database_url, modules=kernel.modules, settings=settings, keys=keys
    )
    dealer = Dealer(config, kernel, database, LocalFolder(folder / "files"), clock)
    async with prepared_states().of(database, f"services of {kernel.modules}", database.create_tables):
        activation = database.activate()
        token = enter(dealer.scope(system_caller("test")))
        try:
            dealership = await transact(dealer.scope(system_caller("test")), "setup", lambda _: founded(dealer, clock))
            await dealer.load_stores()
            yield dealership
        finally:
            leave(token)
            database.deactivate(activation)
            await database.close()


@dataclass
class Dealership:
    """A dealer with two stores and a team of three: a leader and two consultants."""

    dealer: Dealer
    clock: FixedClock
    north: UUID
    south: UUID
    users: dict[str, UUID]

    def scope(self, *, store_id: UUID | None = None, **permissions: Reach) -> Scope:
        caller = system_caller("test", store_id or self.north)
        if permissions:
            rights = {name.replace("__", "."): reach for name, reach in permissions.items()}
            stores = frozenset({store_id or self.north})
            caller = Caller("user:x", store_id=store_id or self.north, store_ids=stores, permissions=rights)
        return self.dealer.scope(caller)

    def stored_bytes(self) -> list[bytes]:
        """Return what lies in the folder of files."""
        assert isinstance(self.dealer.files, LocalFolder)
        return [path.read_bytes() for path in self.dealer.files.folder.rglob("*") if path.is_file()]

    async def run(self, work: Callable[[Scope], Awaitable[T]], *, store_id: UUID | None = None) -> T:
        """Do work in a unit of work of its own."""
        return await transact(self.scope(store_id=store_id), "test", work)


async def founded(dealer: Dealer, clock: FixedClock) -> Dealership:
    group = Group(name="Demo Group")
    await group.save()
    north = Store(group_id=group.id, code="N01", name="North")
    south = Store(group_id=group.id, code="S02", name="South")
    for store in (north, south):
        await store.save()
    users = {}
    for login in ("leader", "ann", "bob"):
        user = User(login=login, display_name=login.title(), status=UserStatus.ACTIVE)
        await user.save()
        users[login] = user.id
    team = Team(store_id=north.id, name="Sales", leader_id=users["leader"])
    await team.save()
    for user_id in users.values():
        await Membership(store_id=north.id, user_id=user_id, team_id=team.id, valid_from=date(2026, 1, 1)).save()
    return Dealership(dealer, clock, north.id, south.id, users)


async def together(count: int, work: Callable[[int], Awaitable[T]]) -> list[T]:
    """Do work many times at once."""
    return list(await asyncio.gather(*(work(number) for number in range(count))))
