"""Access tokens, refresh tokens and API keys: how they are made, and how they are checked."""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
import secrets
from collections import OrderedDict
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import jwt

from core.clock import Clock
from core.errors import UnauthenticatedError

ACCESS_LIFETIME = timedelta(minutes=15)
_ALGORITHM = "HS256"
_ISSUER = "forecourt"
_LEEWAY = timedelta(seconds=5)  # the clocks of two servers of one dealer may differ a little
_CHECKED_KEPT = 4_096
_CLAIMS = ("iss", "aud", "sub", "sid", "iat", "exp")
_API_KEY = re.compile(r"fck_([0-9a-f]{32})_([A-Za-z0-9]{43})", re.ASCII)
_REFRESH_TOKEN = re.compile(r"frt_([A-Za-z0-9_-]{22})\.([A-Za-z0-9_-]{43})", re.ASCII)


@dataclass(frozen=True, slots=True)
class AccessClaims:
    """What an access token says.

    Attributes:
        session_id: The family of refresh tokens that it belongs to.
        store_id: The store that the user has switched to, if any.
    """

    user_id: UUID
    session_id: UUID
    store_id: UUID | None
    expires_at: datetime


class AccessTokens:
    """Makes and reads the short-lived access tokens of one dealer.

    Args:
        dealer: His name, the tokens' audience: they are refused by every other dealer, even one with the same key.
        key: 32 bytes; when they are replaced, clients refresh and go on, because refresh tokens are not signed.
    """

    def __init__(self, dealer: str, key: bytes, clock: Clock, lifetime: timedelta = ACCESS_LIFETIME) -> None:
        self._dealer = dealer
        self._clock = clock
        self._lifetime = lifetime
        self._key = key
        # Checking a signature takes 0.1 ms, longer than the rest of a small request; a client sends one token often.
        self._checked: OrderedDict[str, AccessClaims] = OrderedDict()
        self._key_id = hashlib.sha256(b"forecourt/key-id/" + key).hexdigest()[:12]

    def __repr__(self) -> str:
        return f"AccessTokens({self._dealer!r})"

    def issue(self, user_id: UUID, session_id: UUID, store_id: UUID | None) -> tuple[str, datetime]:
        """Return a token and when it expires."""
        now = self._clock.now().replace(microsecond=0)
        expires_at = now + self._lifetime
        claims: dict[str, Any] = {
            "iss": _ISSUER,
            "aud": self._dealer,
            "sub": str(user_id),
            "sid": str(session_id),
            "iat": int(now.timestamp()),
            "exp": int(expires_at.timestamp()),
        }
        if store_id is not None:
            claims["store"] = str(store_id)
        token = jwt.encode(claims, self._key, algorithm=_ALGORITHM, headers={"kid": self._key_id})
        return token, expires_at

    def read(self, token: str) -> AccessClaims:
        """Return what a token says.

        Raises:
            UnauthenticatedError: It was changed, has expired, or is another dealer's.
        """
        claims = self._checked.get(token)
        if claims is None:
            claims = self._checked[token] = self._check(token)
            if len(self._checked) > _CHECKED_KEPT:
                self._checked.popitem(last=False)
        else:
            self._checked.move_to_end(token)
        if self._clock.now() >= claims.expires_at:
            raise UnauthenticatedError("this access token has expired; refresh it")
        return claims

    def _check(self, token: str) -> AccessClaims:
        """Return what a token says, whether it has expired or not."""
        try:
            if jwt.get_unverified_header(token).get("kid") != self._key_id:
                raise _invalid()
            # Times are compared with the dealer's clock, which PyJWT doesn't know.
            claims = jwt.decode(
                token,
                self._key,
                algorithms=[_ALGORITHM],
                audience=self._dealer,
                issuer=_ISSUER,
                options={"require": list(_CLAIMS), "verify_exp": False, "verify_iat": False, "strict_aud": True},
            )
            read = AccessClaims(
                user_id=UUID(claims["sub"]),
                session_id=UUID(claims["sid"]),
                store_id=UUID(claims["store"]) if "store" in claims else None,
                expires_at=datetime.fromtimestamp(claims["exp"], UTC),
            )
            issued_at = datetime.fromtimestamp(claims["iat"], UTC)
        except (jwt.InvalidTokenError, ValueError, TypeError, AttributeError, OverflowError):
            raise _invalid() from None
        if issued_at > self._clock.now() + _LEEWAY:
            raise _invalid()
        return read


def _invalid() -> UnauthenticatedError:
    return UnauthenticatedError("this access token is not valid here; sign in again")


@dataclass(frozen=True, slots=True, repr=False)
class RefreshSecret:
    """A refresh token in its parts: `frt_<handle>.<secret>`.

    Attributes:
        handle: Names the family; it never leaves the device that holds a token of it, so whoever shows it with
            another secret than the present one is reusing an old token.
        secret: Changes with every refresh; stored as a hash only.
    """

    handle: str
    secret: str

    @classmethod
    def new(cls, handle: str | None = None) -> RefreshSecret:
        """Make the first token of a family, or the next one of the family `handle`."""
        return cls(handle or _random(16), _random(32))

    @classmethod
    def parse(cls, token: str) -> RefreshSecret:
        """Take a token apart.

        Raises:
            UnauthenticatedError: It is none.
        """
        match = _REFRESH_TOKEN.fullmatch(token)
        if match is None:
            raise UnauthenticatedError("this is no refresh token; sign in again")
        return cls(match[1], match[2])

    @property
    def token(self) -> str:
        """The text that the client keeps."""
        return f"frt_{self.handle}.{self.secret}"

    @property
    def hash(self) -> str:
        """What is stored."""
        return secret_hash(self.secret)

    def __repr__(self) -> str:
        return "RefreshSecret(…)"


@dataclass(frozen=True, slots=True, repr=False)
class ApiKeySecret:
    """An API key in its parts: `fck_<id>_<secret>`; the whole is shown once, when it is made."""

    key_id: UUID
    secret: str

    @classmethod
    def new(cls, key_id: UUID) -> ApiKeySecret:
        """Make the secret of a new key."""
        # Letters and digits only, so that a double click takes the whole key.
        alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
        return cls(key_id, "".join(secrets.choice(alphabet) for _ in range(43)))

    @classmethod
    def parse(cls, key: str) -> ApiKeySecret:
        """Take a key apart.

        Raises:
            UnauthenticatedError: It is none.
        """
        match = _API_KEY.fullmatch(key)
        if match is None:
            raise UnauthenticatedError("this API key is not valid here")
        return cls(UUID(match[1]), match[2])

    @property
    def key(self) -> str:
        """The text that the machine keeps."""
        return f"fck_{self.key_id.hex}_{self.secret}"

    @property
    def hash(self) -> str:
        """What is stored."""
        return secret_hash(self.secret)

    def __repr__(self) -> str:
        return f"ApiKeySecret({self.key_id.hex!r})"


def secret_hash(secret: str) -> str:
    """Return what is stored of a secret of 256 random bits, which needs no slow hash: 64 hexadecimal digits."""
    return hashlib.sha256(secret.encode()).hexdigest()


def same_hash(stored: str, shown: str) -> bool:
    """Compare two hashes in constant time."""
    return hmac.compare_digest(stored.encode(), shown.encode())


def _random(size: int) -> str:
    return base64.urlsafe_b64encode(secrets.token_bytes(size)).decode().rstrip("=")
