"""What the API shows of people and places, and how one signs in."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import strawberry

from core.api.problems import Problem, as_problem
from core.catalog.declare import computed, entity, resolver
from core.errors import Refusal
from core.ids import global_id
from core.people import models, signin
from core.people.models import UserStatus
from core.scope import Scope


@entity(
    models.Store,
    filter=["code", "kind"],
    order=["code", "name"],
    public=True,
    create=False,
    archive=False,
    update=False,
)
class Store:
    """A shop of the dealer group."""

    code: str
    """Short and unique; document numbers contain it."""
    name: str
    """What people call it."""
    kind: str
    """A code of the list `core.store_kind`, such as FOUR_S or USED_CAR."""
    zone: str
    """IANA time zone; it decides what day it is here."""
    region_code: str
    """Administrative division, such as 310115."""
    currency: str
    """ISO 4217 code of its prices."""
    address: str
    """Where it is."""


@entity(
    models.User,
    filter=["status"],
    order=["display_name"],
    search=["display_name"],
    public=True,
    create=False,
    update=False,
    archive=False,
)
class User:
    """A colleague who signs in."""

    display_name: str
    """What colleagues call him."""
    status: UserStatus
    """Only ACTIVE ones sign in."""
    locale: str
    """The language he has chosen."""


@entity(models.Department, filter=["kind"], order=["name"])
class Department:
    """A part of a store, such as sales or service."""

    name: str
    """What people call it."""
    kind: str
    """A code of the list `core.department_kind`."""
    manager: User
    """Who leads it."""


@entity(models.Team, order=["name"])
class Team:
    """People of a store whose rows their leader sees."""

    name: str
    """What people call it."""
    leader: User
    """Who leads it."""


@entity(models.Role, filter=["code"], order=["code"], create=False, update=False, archive=False)
class Role:
    """What a kind of work may do."""

    code: str
    """Stable and meant for programs."""

    @computed
    @staticmethod
    def title(title: dict[str, str], *, locale: str) -> str:
        """What people call it, in the client's language."""
        return title.get(locale) or title.get("en", "")


@strawberry.type(description="What a client keeps after sign-in.")
class Session:
    access_token: str = strawberry.field(description="Send it as `Authorization: Bearer …`.")
    access_expires_at: datetime = strawberry.field(description="From then on it is refused.")
    refresh_token: str = strawberry.field(description="Good for one call of `refreshSession`.")
    refresh_expires_at: datetime = strawberry.field(description="From then on one signs in again.")


@strawberry.type(description="Outcome of a sign-in.")
class SessionPayload:
    session: Session | None = strawberry.field(description="The tokens; null when refused.")
    problems: list[Problem] = strawberry.field(description="Why it was refused; empty when done.")


@strawberry.type(description="Who is asking, as the server sees him.")
class Viewer:
    user_id: strawberry.ID | None = strawberry.field(description="The user; null for machines.")
    store_id: strawberry.ID | None = strawberry.field(description="The store that new rows go to.")
    permissions: list[str] = strawberry.field(description="`module.entity.action:REACH`, in alphabetical order.")


def _scope(info: strawberry.Info) -> Scope:
    scope: Scope = info.context.scope
    return scope


async def _session(scope: Scope, attempt: Any) -> SessionPayload:
    try:
        pair: signin.TokenPair = await attempt
    except Refusal as refusal:
        messages = scope._dealer.kernel.messages

        def translate(code: str, params: dict[str, Any], text: str) -> str:
            return messages.translate(scope.locale, code, params, text)

        return SessionPayload(session=None, problems=[as_problem(refusal, translate)])
    return SessionPayload(
        session=Session(
            access_token=pair.access_token,
            access_expires_at=pair.access_expires_at,
            refresh_token=pair.refresh_token,
            refresh_expires_at=pair.refresh_expires_at,
        ),
        problems=[],
    )


def _viewer(info: strawberry.Info) -> Viewer | None:
    caller = _scope(info).caller
    if caller.is_anonymous:
        return None
    return Viewer(
        user_id=strawberry.ID(global_id("User", caller.user_id)) if caller.user_id else None,
        store_id=strawberry.ID(global_id("Store", caller.store_id)) if caller.store_id else None,
        permissions=sorted(f"{name}:{reach.name}" for name, reach in caller.permissions.items()),
    )


async def _sign_in(info: strawberry.Info, login: str, password: str) -> SessionPayload:
    scope = _scope(info)
    return await _session(scope, signin.sign_in(scope._dealer, login, password, address=scope.address))


async def _refresh_session(info: strawberry.Info, refresh_token: str) -> SessionPayload:
    scope = _scope(info)
    return await _session(scope, signin.refresh(scope._dealer, refresh_token))


async def _sign_out(info: strawberry.Info, refresh_token: str) -> bool:
    await signin.sign_out(_scope(info)._dealer, refresh_token)
    return True


@strawberry.type
class Query:
    viewer: Viewer | None = resolver(public=True, description="Who is asking; null when nobody has signed in.")(_viewer)


@strawberry.type
class Mutation:
    sign_in: SessionPayload | None = resolver(public=True, description="Sign in with login and password.")(_sign_in)
    refresh_session: SessionPayload | None = resolver(
        public=True, description="Change a refresh token for new tokens; the old one is of no use then."
    )(_refresh_session)
    # The refresh token says whose session it is, and the access token may be over by then.
    sign_out: bool = resolver(public=True, description="End the session of this device.")(_sign_out)
