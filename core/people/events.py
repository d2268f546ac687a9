"""Facts about people and their sign-ins."""

from __future__ import annotations

from typing import ClassVar
from uuid import UUID

from core.event import Event


class UserSignedIn(Event):
    """A user has signed in with his password.

    Attributes:
        failures: Wrong passwords for this login shortly before.
    """

    type: ClassVar[str] = "core.user_signed_in"
    aggregate: ClassVar[str] = "user_id"

    user_id: UUID
    session_id: UUID
    failures: int = 0


class UserSignedOut(Event):
    """A user has signed out on a device."""

    type: ClassVar[str] = "core.user_signed_out"
    aggregate: ClassVar[str] = "user_id"

    user_id: UUID
    session_id: UUID


class SignInBlocked(Event):
    """Too many wrong passwords: sign-ins of this user are refused for a while."""

    type: ClassVar[str] = "core.sign_in_blocked"
    aggregate: ClassVar[str] = "user_id"

    user_id: UUID


class RefreshTokenReused(Event):
    """An old refresh token came back, so somebody else has a copy; the family has been revoked."""

    type: ClassVar[str] = "core.refresh_token_reused"
    aggregate: ClassVar[str] = "user_id"

    user_id: UUID
    session_id: UUID


class UserLeft(Event):
    """A user has left the dealer."""

    type: ClassVar[str] = "core.user_left"
    aggregate: ClassVar[str] = "user_id"

    user_id: UUID
