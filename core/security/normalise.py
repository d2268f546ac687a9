"""One form for each protected value, so that equal values have equal blind indexes."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Mapping
from types import MappingProxyType

from core.data.fields import ProtectedKind
from core.errors import ValidationRefusal
from core.security.identity import is_card_number, is_company_code
from core.security.phones import normalise_phone

_EMAIL_LOCAL = re.compile(r"[^\s@\"'<>()\[\]\\,;:\x00-\x1f\x7f]{1,64}")
_EMAIL_LABEL = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?")
_LONGEST_EMAIL = 254
_LONGEST_CHAT = 128
_LONGEST_ADDRESS = 500
_IDENTITY = re.compile(r"[A-Z0-9]{5,20}")
_PROVINCES = "京津沪渝冀豫云辽黑湘皖鲁新苏浙赣鄂桂甘晋蒙陕吉闽贵粤青藏川宁琼"
_CHINESE_PLATE = re.compile(rf"[{_PROVINCES}][A-Z](?:[A-HJ-NP-Z0-9]{{5,6}}|[A-HJ-NP-Z0-9]{{4}}[学警港澳挂试超领])")
_OTHER_PLATE = re.compile(r"[^\W_]{2,12}")
_PLATE_SEPARATORS = re.compile(r"[\s.·•‧・\-_]+")


def normalise(kind: ProtectedKind, value: str, region: str = "CN") -> str:
    """Return the one form of a protected value; `text` and `raw` stay as they are.

    Raises:
        ValidationRefusal: It is none of its kind; the message never contains it.
    """
    if kind == "phone":
        return normalise_phone(value, region)
    rule = _RULES.get(kind)
    return value if rule is None else rule(value)


def folded(value: str) -> str:
    """Return text with full-width forms made plain, and without invisible marks and outer blanks."""
    plain = unicodedata.normalize("NFKC", value)
    return "".join(char for char in plain if unicodedata.category(char) != "Cf").strip()


def normalise_email(value: str) -> str:
    """Return an address in lower case, its domain in ASCII."""
    local, at, domain = unicodedata.normalize("NFKC", folded(value).lower()).rpartition("@")
    try:
        ascii_domain = domain.rstrip(".").encode("idna").decode("ascii").lower()
    except UnicodeError:
        ascii_domain = ""
    labels = ascii_domain.split(".")
    if (
        not at
        or not _EMAIL_LOCAL.fullmatch(local)
        or len(labels) < 2
        or not all(_EMAIL_LABEL.fullmatch(label) for label in labels)
        or len(local) + len(ascii_domain) >= _LONGEST_EMAIL
    ):
        raise ValidationRefusal("this is no e-mail address; right is name@example.com", kind="email")
    return f"{local}@{ascii_domain}"


def normalise_identity(value: str) -> str:
    """Return an identity number in upper case: identity card, company code or a document from abroad."""
    number = re.sub(r"[\s\-]+", "", folded(value)).upper()
    if not _IDENTITY.fullmatch(number):
        raise ValidationRefusal("an identity number has 5 to 20 letters and digits", kind="identity")
    if len(number) == 18 and not (is_card_number(number) or is_company_code(number)):
        raise ValidationRefusal("the check digit of this identity number is wrong", kind="identity")
    return number


def normalise_plate(value: str) -> str:
    """Return a number plate in upper case without blanks, dots and dashes."""
    plate = _PLATE_SEPARATORS.sub("", unicodedata.normalize("NFKC", folded(value).upper()))
    chinese = plate[:1] in _PROVINCES
    if not plate or not (_CHINESE_PLATE if chinese else _OTHER_PLATE).fullmatch(plate):
        raise ValidationRefusal("this is no number plate; right is 沪A12345 or 沪AD12345", kind="plate")
    return plate


def normalise_chat(value: str) -> str:
    """Return the id of an account in a messenger; upper and lower case differ."""
    return _free_text(value, "chat", _LONGEST_CHAT)


def normalise_address(value: str) -> str:
    """Return a postal address with single blanks."""
    return _free_text(value, "address", _LONGEST_ADDRESS)


def _free_text(value: str, kind: ProtectedKind, longest: int) -> str:
    text = " ".join(unicodedata.normalize("NFC", value).split())
    if not 0 < len(text) <= longest:
        raise ValidationRefusal(f"this must have 1 to {longest} characters", kind=kind)
    return text


_RULES: Mapping[str, Callable[[str], str]] = MappingProxyType(
    {
        "email": normalise_email,
        "identity": normalise_identity,
        "plate": normalise_plate,
        "chat": normalise_chat,
        "address": normalise_address,
    }
)
