"""What sign-in keeps in memory for one dealer."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta

from core.clock import Clock
from core.people.callers import CallerCache
from core.people.throttle import Throttle
from core.security.passwords import Passwords
from core.security.tokens import AccessTokens
from core.unit import Change

_PEOPLE = frozenset({"Store", "User", "Role", "Team", "Membership", "PermissionGrant", "RefreshToken", "ApiKey"})


class Sessions:
    """Passwords, tokens, throttles and the callers of the last seconds.

    Args:
        dealer: His name, the audience of his access tokens.
        token_key: 32 bytes that sign access tokens.
        refresh_lifetime: How long a device may rest before it must sign in again.
        session_lifetime: How long a device may go on however busy it is.
    """

    def __init__(
        self,
        dealer: str,
        token_key: bytes,
        clock: Clock,
        *,
        passwords: Passwords | None = None,
        callers: CallerCache | None = None,
        refresh_lifetime: timedelta = timedelta(days=14),
        session_lifetime: timedelta = timedelta(days=90),
    ) -> None:
        self.tokens = AccessTokens(dealer, token_key, clock)
        self.passwords = Passwords() if passwords is None else passwords
        self.callers = CallerCache() if callers is None else callers
        self.refresh_lifetime = refresh_lifetime
        self.session_lifetime = session_lifetime
        self.by_login = Throttle(clock, free=8)
        # A store's people often share one address.
        self.by_address = Throttle(clock, free=40)

    def invalidate(self, changes: Iterable[Change]) -> None:
        """Forget the kept callers if committed changes touch people, so that they act at once in this process."""
        if any(change.module == "core" and change.model in _PEOPLE for change in changes):
            self.callers.clear()
