"""Telephone numbers as text messages need them."""

from __future__ import annotations

from uuid import UUID

from forecourt import PhoneKind, Scope, ValidationRefusal, phone_kind


def number_index(scope: Scope, number: str, store_id: UUID) -> str:
    """Return what a number is found by within a store, the same as in its customers' contact points.

    Raises:
        ValidationRefusal: It is no telephone number.
    """
    vault = scope.vault
    return vault.blind_index("phone", store_id, vault.normalise("phone", number))


def mobile_number(scope: Scope, number: str) -> str:
    """Return a mobile number in E.164.

    Raises:
        ValidationRefusal: It is no telephone number, or takes no text messages.
    """
    e164 = scope.vault.normalise("phone", number)
    if not takes_texts(e164):
        raise ValidationRefusal("this number takes no text messages; name a mobile", path=("number",))
    return e164


def takes_texts(e164: str) -> bool:
    """Tell whether text messages reach a number."""
    return phone_kind(e164) is PhoneKind.MOBILE


def zone_of(e164: str, store_zone: str) -> str:
    """Return the IANA zone on whose clock somebody with a number lives; the store's where the number doesn't tell."""
    from phonenumbers import parse, timezone  # its tables take a while

    zones = timezone.time_zones_for_number(parse(e164, None))
    known = [zone for zone in zones if zone != timezone.UNKNOWN_TIMEZONE]
    return store_zone if not known or store_zone in known else known[0]
