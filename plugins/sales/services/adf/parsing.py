"""Lead documents in ADF 1.0, as they come in the wild and as they should be."""

from __future__ import annotations

from typing import Final

from plugins.sales.services.adf.document import (
    AdfDocument,
    AdfFault,
    AdfProspect,
)
from plugins.sales.services.adf.envelope import Body, open_envelope
from plugins.sales.services.adf.errors import (
    AdfEmptyError,
    AdfMalformedError,
    AdfNotFoundError,
    AdfTooLargeError,
)
from plugins.sales.services.adf.markup import find_prospects, has_document
from plugins.sales.services.adf.reader import read_prospect

MAX_BYTES: Final = 1024 * 1024


def parse_adf(data: bytes, content_type: str | None = None, *, zone: str = "UTC") -> AdfDocument:
    """Read a lead document, alone or inside a mail.

    It takes up to some tenths of a second for the largest message: keep it out of the event loop.

    Args:
        data: The message as it came.
        content_type: What the transport says it is; only hints, because senders get it wrong.
        zone: IANA name of the zone that times without one are meant in.

    Returns:
        The prospects in their order, each a lead or the fault that keeps it from being one.

    Raises:
        AdfError: The message as a whole can't be read; its class and code say why.
    """
    if len(data) > MAX_BYTES:
        raise AdfTooLargeError(f"a lead document has at most {MAX_BYTES} bytes, this one has {len(data)}")
    if not data.strip(b" \t\r\n\0\xef\xbb\xbf\xff\xfe"):
        raise AdfEmptyError("the document is empty")
    broken: AdfMalformedError | None = None
    empty = False
    for group in open_envelope(data, content_type):
        try:
            document = _read(group, zone)
        except AdfMalformedError as error:  # the same lead may stand in another part of the mail
            broken = broken or error
            continue
        if document.prospects:
            return document
        empty = empty or any(has_document(body.text) for body in group)
    if broken is not None:
        raise broken
    raise AdfEmptyError("the document has no prospect") if empty else AdfNotFoundError("there is no adf element in it")


def _read(group: list[Body], zone: str) -> AdfDocument:
    entries: list[AdfProspect | AdfFault] = []
    warnings: dict[str, None] = {}
    encoding = group[0].encoding
    for body in group:
        found, mended = find_prospects(body.text)
        if not found:
            continue
        if not body.complete:
            warnings["some characters could not be read"] = None
        if mended:
            warnings["broken markup was mended"] = None
        encoding = body.encoding
        entries += [read_prospect(len(entries) + number, entry, zone) for number, entry in enumerate(found)]
    return AdfDocument(tuple(entries), encoding, tuple(warnings))
