"""What hook implementations hand to the kernel."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from core.people.caller import Reach
from core.plugins.manifest import Texts

if TYPE_CHECKING:
    from core.scope import Scope


@dataclass(frozen=True, slots=True)
class Role:
    """A role that a new dealer gets.

    Attributes:
        permissions: `module.entity.action` to reach.
    """

    code: str
    title: Texts
    permissions: Mapping[str, Reach] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class HealthCheck:
    """A question about the module's surroundings.

    Attributes:
        check: Returns what is wrong and what to do, or nothing when all is well; an exception counts as wrong.
        required: Whether the dealer is not ready while it fails.
    """

    name: str
    check: Callable[[Scope], Awaitable[str | None]]
    required: bool = False
