"""What may be shown of a protected value to those who may not see it."""

from __future__ import annotations

from core.data.fields import ProtectedKind
from core.security.phones import national_digits

_HIDDEN = "****"
_LONGEST_DOMAIN = 100


def mask(kind: ProtectedKind, value: str, region: str = "CN") -> str:
    """Return the masked form of a normalised value, at most 120 characters."""
    match kind:
        case "phone":
            return _phone(value, region)
        case "email":
            return _email(value)
        case "identity":
            return _identity(value)
        case "plate":
            return value[:2] + _HIDDEN if len(value) > 4 else value[:1] + _HIDDEN
        case "chat":
            return value[: min(2, len(value) // 3)] + _HIDDEN
        case "address":
            return value[: min(6, len(value) // 3)] + _HIDDEN
        case "raw" | "text":
            return _HIDDEN


def _phone(e164: str, region: str) -> str:
    country, digits = national_digits(e164, region)
    if len(digits) >= 10:
        shown = f"{digits[:3]}{_HIDDEN}{digits[-4:]}"
    elif len(digits) >= 7:
        shown = f"{digits[:2]}{_HIDDEN}{digits[-2:]}"
    else:
        shown = f"{digits[:1]}{_HIDDEN}"
    return f"{country} {shown}" if country else shown


def _email(address: str) -> str:
    local, _, domain = address.rpartition("@")
    if len(domain) > _LONGEST_DOMAIN:
        domain = "…" + domain[-_LONGEST_DOMAIN:]
    return f"{local[0]}***@{domain}"


def _identity(number: str) -> str:
    if len(number) < 12:
        return number[:1] + _HIDDEN
    return number[:4] + "*" * (len(number) - 8) + number[-4:]
