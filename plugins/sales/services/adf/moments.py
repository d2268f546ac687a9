"""Dates and instants as senders write them."""

from __future__ import annotations

import re
import unicodedata
from datetime import UTC, datetime, timedelta, timezone, tzinfo
from email.utils import parsedate_to_datetime
from typing import Final
from zoneinfo import ZoneInfo

from plugins.sales.services.adf.document import AdfMoment

_TIME: Final = (
    r"(?:[T\s]{0,3}(?P<early>AM|PM|上午|下午)?\s?(?P<hour>\d{1,2})[:时点](?P<minute>\d{1,2})"
    r"(?:[:分](?P<second>\d{1,2})(?:[.,](?P<fraction>\d{1,9}))?)?[分秒]?\s?(?P<late>AM|PM)?)?"
)
_ZONE: Final = r"\s?(?P<zone>Z|[A-Z]{2,4}|(?:UTC|GMT)?[+-]\d{1,2}(?::?\d{0,2})?)?"
_SHAPES: Final = tuple(
    re.compile(shape + _ZONE, re.IGNORECASE | re.ASCII)
    for shape in (
        r"(?P<year>\d{4})[-/.年](?P<month>\d{1,2})[-/.月](?P<day>\d{1,2})日?" + _TIME,
        # ADF is American: the month comes first, unless the number can't be one.
        r"(?P<month>\d{1,2})[/-](?P<day>\d{1,2})[/-](?P<year>\d{4})" + _TIME,
        r"(?P<year>\d{4})(?P<month>\d{2})(?P<day>\d{2})"
        r"(?:[T\s]?(?P<hour>\d{2}):?(?P<minute>\d{2}):?(?P<second>\d{2})?(?:[.,](?P<fraction>\d{1,9}))?)?",
    )
)
_OFFSET: Final = re.compile(
    r"(?:UTC|GMT)?(?P<sign>[+-])(?P<hours>\d{1,2}?):?(?P<minutes>\d{0,2})", re.IGNORECASE | re.ASCII
)
# CST is missing on purpose: it is six hours behind UTC in Chicago and eight ahead in Shanghai.
_NAMED_OFFSETS: Final = {
    "Z": 0, "UT": 0, "UTC": 0, "GMT": 0,
    "EST": -5, "EDT": -4, "CDT": -5, "MST": -7, "MDT": -6, "PST": -8, "PDT": -7,
    "CET": 1, "CEST": 2,
}  # fmt: skip
_LONGEST: Final = 60


def read_moment(text: str, zone: str) -> AdfMoment:
    """Return what a text says about a point in time; `at` is None if it can't be read.

    Args:
        zone: IANA name of the zone that a time without one is meant in.
    """
    written = text.strip()
    plain = " ".join(unicodedata.normalize("NFKC", written).replace("\u2212", "-").split())
    for shape in _SHAPES if len(plain) <= _LONGEST else ():
        match = shape.fullmatch(plain)
        if match:
            return _from_parts(written, match, zone)
    return _from_mail_date(written, plain)


def _from_parts(written: str, match: re.Match[str], zone: str) -> AdfMoment:
    parts = match.groupdict()
    unknown = AdfMoment(written)
    offset = _offset(parts["zone"])
    if parts["zone"] and offset is None:
        return unknown
    try:
        local = _local(parts, offset or ZoneInfo(zone))
        return AdfMoment(written, local.astimezone(UTC), offset is not None, parts["hour"] is None)
    except (ValueError, OverflowError):  # the thirtieth of February; the year 1 in a zone east of Greenwich
        return unknown


def _local(parts: dict[str, str | None], zone: tzinfo) -> datetime:
    month, day = int(parts["month"] or 0), int(parts["day"] or 0)
    if month > 12:
        month, day = day, month
    hour = int(parts["hour"] or 0)
    half = (parts.get("early") or parts.get("late") or "").upper()
    if half and hour > 12:
        half = ""
    if half in {"PM", "下午"} and hour < 12:
        hour += 12
    if half in {"AM", "上午"} and hour == 12:
        hour = 0
    fraction = int(((parts.get("fraction") or "") + "000000")[:6])
    clock = (hour, int(parts["minute"] or 0), int(parts.get("second") or 0), fraction)
    return datetime(int(parts["year"] or 0), month, day, *clock, tzinfo=zone)


def _offset(text: str | None) -> timezone | None:
    """Return the zone of `Z`, `+0800`, `-8`, `GMT+8` or a cut-off `-08:0`."""
    if not text:
        return None
    if text.upper() in _NAMED_OFFSETS:
        return timezone(timedelta(hours=_NAMED_OFFSETS[text.upper()]))
    match = _OFFSET.fullmatch(text)
    if match is None:
        return None
    digits = match["hours"] + match["minutes"]
    # Without a colon "+08" is hours and "+800" hours and minutes; after a colon "0" is a "00" that lost its end.
    hours, minutes = (match["hours"], match["minutes"]) if ":" in text else (digits, "")
    if not minutes and len(digits) > 2:
        hours, minutes = digits[:-2], digits[-2:]
    shift = timedelta(hours=int(hours), minutes=int(minutes.ljust(2, "0")))
    if shift > timedelta(hours=14) or int(minutes.ljust(2, "0")) > 59:
        return None
    return timezone(-shift if match["sign"] == "-" else shift)


def _from_mail_date(written: str, plain: str) -> AdfMoment:
    try:
        at = parsedate_to_datetime(plain[:_LONGEST])
    except (ValueError, TypeError, IndexError, OverflowError):
        return AdfMoment(written)
    if at.tzinfo is None or "CST" in plain.upper():
        return AdfMoment(written)
    try:
        return AdfMoment(written, at.astimezone(UTC), zone_given=True)
    except (ValueError, OverflowError):
        return AdfMoment(written)
