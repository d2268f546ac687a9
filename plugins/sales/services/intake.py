"""Takes in whole documents: each prospect by itself, so that a bad one doesn't lose the good ones."""

from __future__ import annotations

import asyncio
import base64
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from functools import partial
from hashlib import sha256
from typing import Any, Final
from uuid import UUID

from forecourt import Refusal, Scope, Store, transact
from plugins.sales.models.choices import IntakeOutcome
from plugins.sales.models.leads import Lead, RawDocument
from plugins.sales.services.adf.document import AdfDocument, AdfFault, AdfProspect
from plugins.sales.services.adf.errors import AdfError
from plugins.sales.services.adf.parsing import parse_adf
from plugins.sales.services.leads import Taken, take
from plugins.sales.services.prospects import lead_of
from plugins.sales.services.states import OPEN_LEAD_STATES

ACTION: Final = "receiveLeadDocument"
# A sender who hears no answer sends the same bytes again.
REPEAT_WITHIN: Final = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class ProspectOutcome:
    """What became of one prospect.

    Attributes:
        lead_id: The lead that is worked on; None for a faulty one.
        code, message: Why it is faulty; empty otherwise.
        warnings: Codes of what was odd about it.
    """

    index: int
    outcome: IntakeOutcome
    lead_id: UUID | None = None
    code: str = ""
    message: str = ""
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class IntakeReport:
    """What became of a document."""

    document_id: UUID
    encoding: str
    warnings: tuple[str, ...]
    prospects: tuple[ProspectOutcome, ...]


async def receive_document(scope: Scope, data: bytes, content_type: str = "", *, source: str) -> IntakeReport:
    """Take in a lead document, each prospect in a transaction of its own; the document is kept whatever comes of it.

    It must not run inside a unit of work, because the document stays when a prospect is refused.

    Args:
        source: Code of the source channel that it came in by.

    Raises:
        AdfError: The document as a whole can't be read.
    """
    zone = scope.zone(scope.store_id)
    try:
        document = await asyncio.to_thread(parse_adf, data, content_type or None, zone=zone)
    except AdfError as error:
        if data:
            await transact(scope, ACTION, partial(_keep, data=data, content_type=content_type, error=error.code))
        raise
    kept = await transact(scope, ACTION, partial(_keep, data=data, content_type=content_type, document=document))
    earlier = await _sent_before(scope, kept)
    store = await Store.get(id=scope.store_id)
    outcomes = []
    for index, entry in enumerate(document.prospects):
        if isinstance(entry, AdfFault):
            outcomes.append(_fault(scope, entry))
        elif entry.identity is None and index in earlier:
            outcomes.append(ProspectOutcome(index, IntakeOutcome.UPDATED, earlier[index]))
        else:
            outcomes.append(await _prospect(scope, index, entry, kept.id, source, store.currency))
    await transact(scope, ACTION, partial(_note, document_id=kept.id, outcomes=outcomes))
    return IntakeReport(kept.id, document.encoding, document.warnings, tuple(outcomes))


async def _keep(
    scope: Scope, *, data: bytes, content_type: str, document: AdfDocument | None = None, error: str = ""
) -> RawDocument:
    row = RawDocument(
        store_id=scope.store_id,
        content=base64.b64encode(data).decode(),
        content_index=scope.vault.blind_index("raw_document", scope.store_id, sha256(data).hexdigest()),
        content_type=content_type[:120],
        encoding=document.encoding[:40] if document else "",
        size_bytes=len(data),
        received_at=scope.now(),
        error_code=error,
        warnings=list(document.warnings) if document else [],
    )
    await row.save()
    return row


async def _sent_before(scope: Scope, document: RawDocument) -> dict[int, UUID]:
    """Return the leads that the same bytes became a short while ago and that are still open, by prospect."""
    earlier = await RawDocument.filter(
        store_id=document.store_id,
        content_index=document.content_index,
        received_at__gt=scope.now() - REPEAT_WITHIN,
        id__not=document.id,
    ).order_by("-received_at")
    for row in earlier:
        found = {result["index"]: UUID(result["lead_id"]) for result in row.results if result.get("lead_id")}
        live = Lead.filter(id__in=list(found.values()), state__in=sorted(OPEN_LEAD_STATES), archived_at=None)
        open_ids = {lead.id for lead in await live} if found else set()
        if open_ids:
            return {index: lead_id for index, lead_id in found.items() if lead_id in open_ids}
    return {}


async def _prospect(
    scope: Scope, index: int, prospect: AdfProspect, document_id: UUID, source: str, currency: str
) -> ProspectOutcome:
    async def work(inner: Scope) -> Taken:
        new = lead_of(prospect, now=inner.now(), source=source, currency=currency)
        return await take(inner, replace(new, document_id=document_id))

    try:
        taken = await transact(scope, ACTION, work)
    except Refusal as refusal:
        return ProspectOutcome(
            index,
            IntakeOutcome.FAULTY,
            code=refusal.code,
            message=scope.message(refusal),
        )
    return ProspectOutcome(index, taken.outcome, taken.lead.id, warnings=taken.warnings)


def _fault(scope: Scope, fault: AdfFault) -> ProspectOutcome:
    text = scope.text(fault.code, fault.message, line=fault.line)
    return ProspectOutcome(fault.index, IntakeOutcome.FAULTY, code=fault.code, message=text)


async def _note(scope: Scope, *, document_id: UUID, outcomes: Sequence[ProspectOutcome]) -> None:
    row = await RawDocument.get(id=document_id)
    row.results = [_result(outcome) for outcome in outcomes]
    await row.save()


def _result(outcome: ProspectOutcome) -> dict[str, Any]:
    return {
        "index": outcome.index,
        "outcome": outcome.outcome.value,
        "lead_id": str(outcome.lead_id) if outcome.lead_id else None,
        "code": outcome.code,
        "warnings": list(outcome.warnings),
    }


async def raw_bytes(document: RawDocument) -> bytes:
    """Return the very bytes that came in; the caller logs who asked and why."""
    return base64.b64decode(await document.reveal("content") or "")
