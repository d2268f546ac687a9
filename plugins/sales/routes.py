"""Where other systems send leads."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from forecourt import PermissionRefusal, Refusal, Scope, global_id
from forecourt.graphql import HttpError, request_body, request_scope
from plugins.sales import rights
from plugins.sales.services import intake
from plugins.sales.services.adf.errors import AdfError, AdfTooLargeError
from plugins.sales.services.adf.parsing import MAX_BYTES
from plugins.sales.services.intake import IntakeReport, ProspectOutcome

DEFAULT_SOURCE = "WEB_INQUIRY"


async def receive_adf(request: Request) -> Response:
    """Take in a lead document in ADF, alone or inside a mail; `?source=` names the channel it came by."""
    scope = await request_scope(request)
    try:
        scope.caller.require(rights.RECEIVE)
        data = await request_body(request, MAX_BYTES + 1)
        source = request.query_params.get("source", DEFAULT_SOURCE)
        report = await intake.receive_document(scope, data, request.headers.get("content-type", ""), source=source)
    except HttpError as error:
        if error.status == 413:  # the sender learns it in the words of the format
            raise _refused(scope, AdfTooLargeError(f"a lead document has at most {MAX_BYTES} bytes"), 413) from error
        raise
    except PermissionRefusal as refusal:
        raise _refused(scope, refusal, 403) from refusal
    except AdfTooLargeError as refusal:
        raise _refused(scope, refusal, 413) from refusal
    except Refusal as refusal:
        raise _refused(scope, refusal, 400) from refusal
    return JSONResponse(_answer(scope, report), headers={"cache-control": "no-store"})


def _refused(scope: Scope, refusal: Refusal, status: int) -> HttpError:
    error = HttpError(status, refusal.code, scope.message(refusal))
    if isinstance(refusal, AdfError) and refusal.line is not None:
        error.error["extensions"] = {"code": refusal.code, "line": refusal.line, "column": refusal.column}
    return error


def _answer(scope: Scope, report: IntakeReport) -> dict[str, object]:
    return {
        "document": global_id("RawDocument", report.document_id),
        "encoding": report.encoding,
        "warnings": list(report.warnings),
        "prospects": [_prospect(scope, outcome) for outcome in report.prospects],
    }


def _prospect(scope: Scope, outcome: ProspectOutcome) -> dict[str, object]:
    told: dict[str, object] = {"index": outcome.index, "outcome": outcome.outcome.value.lower()}
    if outcome.lead_id is not None:
        told["lead"] = global_id("Lead", outcome.lead_id)
    if outcome.code:
        told |= {"code": outcome.code, "message": outcome.message}
    if outcome.warnings:
        told["warnings"] = [{"code": code, "message": scope.text(code, code)} for code in outcome.warnings]
    return told


ROUTES = (Route("/intake/adf", receive_adf, methods=["POST"]),)
