"""From a message to the texts that may hold a lead document: mails, parts, transfer encodings, HTML."""

from __future__ import annotations

import email
import html
import re
from dataclasses import dataclass
from email.message import Message
from typing import Final

from plugins.sales.services.adf.charset import decode
from plugins.sales.services.adf.errors import AdfMalformedError, AdfTooDeepError

MAX_NESTED_PARTS: Final = 20
MAX_PARTS: Final = 200

_HEADER_LINE: Final = re.compile(rb"(?:From \S|[A-Za-z][A-Za-z0-9-]{0,60}:[ \t]?)[^\r\n]{0,998}\r?\n")
_BLANK_LINE: Final = re.compile(rb"\r?\n\r?\n")
_CONTAINER: Final = re.compile(rb"(?:multipart|message)/", re.IGNORECASE)
_CHARSET: Final = re.compile(r"""charset\s{0,9}=\s{0,9}["']?([A-Za-z0-9._:-]{1,40})""", re.IGNORECASE)
_TAG: Final = re.compile(r"<[^<>]*>")
_LINE_BREAK: Final = re.compile(r"<(?:br|p|div|tr|/p|/div|/tr)\b[^<>]*>", re.IGNORECASE)
_HTML_DOCTYPE: Final = re.compile(r"<!doctype\s+html\b[^<>\[]*>", re.IGNORECASE)
_ESCAPED: Final = re.compile(r"&lt;(?:\?xml|\?adf|adf|prospect)\b", re.IGNORECASE)
_QUOTED_START: Final = re.compile(r"^[ \t]*>[> \t]*<(?:\?xml|\?adf|adf|prospect)\b", re.IGNORECASE | re.MULTILINE)
_QUOTE_MARKS: Final = re.compile(r"^[ \t]*(?:>[ \t]?)+", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Body:
    """One text that may hold a lead document.

    Attributes:
        complete: Whether every byte could be read.
    """

    text: str
    encoding: str
    complete: bool = True


def open_envelope(raw: bytes, content_type: str | None) -> list[list[Body]]:
    """Return groups of texts, the likeliest first; a mail says the same in several ways, so one group is enough.

    Raises:
        AdfTooDeepError: A mail within a mail within a mail, more often than anybody forwards.
        AdfMalformedError: The mail can't be taken apart.
    """
    kind = (content_type or "").split(";")[0].strip().lower()
    if kind.startswith("multipart/"):
        header = re.sub(r"[\r\n]+", " ", content_type or "").encode("latin-1", "replace")
        return _mail(b"Content-Type: " + header + b"\r\n\r\n" + raw)
    if kind == "message/rfc822" or _is_mail(raw):
        return _mail(raw.lstrip())
    charset = _CHARSET.search(content_type or "")
    return [[_body(raw, charset[1] if charset else None, is_html=kind == "text/html")]]


def _is_mail(raw: bytes) -> bool:
    """Tell whether this begins like a mail: header lines, then an empty line, then the rest."""
    start = raw.lstrip(b"\xef\xbb\xbf \t\r\n")
    if not _HEADER_LINE.match(start):
        return False
    end = _BLANK_LINE.search(start)
    return bool(end) and b"<adf" not in start[: end.start() if end else 0].lower()


def _mail(raw: bytes) -> list[list[Body]]:
    # The parser asks every boundary about every line: without a bound, one small mail keeps it busy for minutes.
    if len(_CONTAINER.findall(raw)) > MAX_NESTED_PARTS:
        raise AdfTooDeepError(f"a mail of more than {MAX_NESTED_PARTS} nested parts is no lead")
    documents: list[Body] = []
    plain: list[Body] = []
    formatted: list[Body] = []
    try:
        for number, part in enumerate(email.message_from_bytes(raw).walk()):
            if number >= MAX_PARTS:
                break
            if part.is_multipart():
                continue
            body = _part(part)
            kind = part.get_content_type()
            (formatted if kind == "text/html" else plain if kind.startswith("text/plain") else documents).append(body)
    except (LookupError, ValueError, TypeError, AttributeError, RecursionError) as error:
        # The standard library's parser fails in such ways on broken headers.
        raise AdfMalformedError("the mail around the lead can't be taken apart") from error
    return [group for group in (documents, plain, formatted) if group]


def _part(part: Message) -> Body:
    payload = part.get_payload(decode=True)
    raw = payload if isinstance(payload, bytes) else b""
    charset = _CHARSET.search(str(part.get("Content-Type", "")))
    return _body(raw, charset[1] if charset else None, is_html=part.get_content_type() == "text/html")


def _body(raw: bytes, charset: str | None, *, is_html: bool) -> Body:
    text, encoding, complete = decode(raw, charset)
    text = _from_html(text) if is_html else _unquoted(text)
    return Body(text, encoding, complete)


def _from_html(text: str) -> str:
    """Return what a mail program would show, or the source if the document stands in it as markup."""
    if not _ESCAPED.search(text):
        return _HTML_DOCTYPE.sub("", text, count=1)
    shown = _TAG.sub("", _LINE_BREAK.sub("\n", text))
    return html.unescape(shown).replace("\xa0", " ")


def _unquoted(text: str) -> str:
    """Take the `>` of a forwarded mail from the beginnings of lines."""
    return _QUOTE_MARKS.sub("", text) if _QUOTED_START.search(text) else text
