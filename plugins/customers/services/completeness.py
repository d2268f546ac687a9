"""How much of what a store wants to know of a customer it knows."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from forecourt import ValidationRefusal

CORE_FIELDS: Final = ("name", "contact", "intended_model", "budget", "source")


@dataclass(frozen=True, slots=True)
class CompletenessPolicy:
    """What a store wants to know.

    Attributes:
        weights: Weight of each wanted fact.
        strict: Refuse to save what lacks one of them, rather than note it.
    """

    weights: Mapping[str, int] = field(default_factory=lambda: dict.fromkeys(CORE_FIELDS, 1))
    strict: bool = False


@dataclass(frozen=True, slots=True)
class Completeness:
    """The share of what is known, from 0 to 100, and the names of what is missing."""

    score: int
    missing: tuple[str, ...]


DEFAULT_POLICY: Final = CompletenessPolicy()


def completeness(known: Mapping[str, bool], policy: CompletenessPolicy = DEFAULT_POLICY) -> Completeness:
    """Return how complete a customer is; 100 means that nothing is missing, and nothing else does.

    Args:
        known: Whether each fact is known; one that isn't named isn't.
    """
    missing = tuple(name for name, weight in policy.weights.items() if weight > 0 and not known.get(name, False))
    whole = sum(weight for weight in policy.weights.values() if weight > 0)
    lacking = sum(policy.weights[name] for name in missing)
    # Rounded down, so that a light fact can't be missing at 100.
    return Completeness((whole - lacking) * 100 // whole if whole else 100, missing)


def check_completeness(known: Mapping[str, bool], policy: CompletenessPolicy = DEFAULT_POLICY) -> Completeness:
    """Return how complete a customer is, or refuse him if the store is strict.

    Raises:
        ValidationRefusal: The store is strict and something is missing.
    """
    result = completeness(known, policy)
    if policy.strict and result.missing:
        names = ", ".join(result.missing)
        raise ValidationRefusal(
            f"this store wants {names} at first entry", path=(result.missing[0],), missing=result.missing
        )
    return result
