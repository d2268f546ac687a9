"""Passwords: argon2id in threads, a few at a time."""

from __future__ import annotations

import asyncio
import base64
import secrets
from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from core.errors import ValidationRefusal

SHORTEST = 10
LONGEST = 256
CHEAPEST: Final[Mapping[str, int]] = MappingProxyType({"time_cost": 1, "memory_kib": 8, "parallelism": 1})
"""For passwords that are no secrets, those of tests and of the demo; a usual one costs a tenth of a second."""


class Passwords:
    """Hashes and verifies passwords without holding up the event loop.

    Args:
        time_cost: Passes over the memory.
        memory_kib: Memory of one verification; the default is RFC 9106's second recommendation.
        parallelism: Lanes of one verification.
        concurrency: How many run at once; the others wait, so that sign-ins can't take all memory and cores.
    """

    def __init__(
        self, *, time_cost: int = 3, memory_kib: int = 65_536, parallelism: int = 4, concurrency: int = 2
    ) -> None:
        self._hasher = PasswordHasher(time_cost=time_cost, memory_cost=memory_kib, parallelism=parallelism)
        self._turns = asyncio.Semaphore(concurrency)
        self._nobody = self._made_up_hash()

    async def hash(self, password: str) -> str:
        """Return the hash to store."""
        async with self._turns:
            return await asyncio.to_thread(self._hasher.hash, password)

    async def verify(self, stored: str | None, password: str) -> bool:
        """Tell whether a password is right.

        Args:
            stored: The hash of the login; None for an unknown one, which takes as long as a wrong password.
        """
        if len(password) > LONGEST:
            return False
        async with self._turns:
            right = await asyncio.to_thread(self._verify, stored or self._nobody, password)
        return right and stored is not None

    def needs_rehash(self, stored: str) -> bool:
        """Tell whether a hash was made with other parameters than today's."""
        return self._hasher.check_needs_rehash(stored)

    def _verify(self, stored: str, password: str) -> bool:
        try:
            return self._hasher.verify(stored, password)
        except (VerificationError, InvalidHashError):
            return False

    def _made_up_hash(self) -> str:
        """Return a hash that no password has, without the cost of making a true one."""
        salt, digest = (
            base64.b64encode(secrets.token_bytes(size)).decode().rstrip("=")
            for size in (self._hasher.salt_len, self._hasher.hash_len)
        )
        costs = f"m={self._hasher.memory_cost},t={self._hasher.time_cost},p={self._hasher.parallelism}"
        return f"$argon2id$v=19${costs}${salt}${digest}"


def check_new_password(password: str, login: str) -> None:
    """Refuse a password that is too short, too long, or guessed from the login.

    Raises:
        ValidationRefusal: It is one of these.

    Source: NIST SP 800-63B, 5.1.1.2 (length counts, rules about character classes don't).
    """
    if not SHORTEST <= len(password) <= LONGEST:
        raise ValidationRefusal(f"a password has {SHORTEST} to {LONGEST} characters", path=("password",))
    if login.casefold() in password.casefold() or len(set(password)) < 4:
        raise ValidationRefusal(
            "this password is easily guessed; use several words, and not the login", path=("password",)
        )
