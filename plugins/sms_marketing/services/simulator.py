"""The built-in provider: sends nothing, and answers always the same for the same number.

What it makes of a message is said by the number's last four digits:

- 0001 refuses it, 0002 takes it and reports a failure, 0003 takes it and never reports;
- 0004 takes it, but its answer is lost; asked later, it knows the message;
- 0005 delivers it, and the recipient replies `R`; 0006 the same with a text for people;
- 0007 reports the delivery first, then a failure, then the delivery again;
- 0008 reports that the number is not in service, 0009 that the message expired; any other number gets it.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from forecourt import Scope, enqueue, transact
from plugins.sms_marketing.models.choices import SmsMessageState
from plugins.sms_marketing.models.inbox import SimulatedSms
from plugins.sms_marketing.models.templates import SmsProviderAccount
from plugins.sms_marketing.services import callbacks
from plugins.sms_marketing.services.providers import (
    Accepted,
    Account,
    CallbackContent,
    Capabilities,
    InboundText,
    OutgoingSms,
    Refused,
    ReportedState,
    SubmitResult,
)

RECEIPT_DELAY: Final = timedelta(seconds=5)
REPLY_DELAY: Final = timedelta(seconds=60)
REFUSED: Final = "0001"
SILENT: Final = "0003"
LOST_ANSWER: Final = "0004"
_REPLIES: Final = {"0005": "R", "0006": "周六上午可以试驾吗?"}
_OUTCOMES: Final = {
    "0002": ("FAILED:UNDELIV",),
    SILENT: (),
    LOST_ANSWER: (),
    "0007": ("DELIVERED:", "FAILED:UNDELIV", "DELIVERED:"),
    "0008": ("FAILED:NOT_IN_SERVICE",),
    "0009": ("EXPIRED:EXPIRED",),
}
_DELIVERED: Final = ("DELIVERED:",)


class LostAnswerError(ConnectionError):
    """The simulated connection broke after the message was taken."""


class Simulator:
    """Takes messages into its own log, and reports on them through the same door as any provider."""

    def capabilities(self) -> Capabilities:
        return Capabilities()

    async def submit(self, scope: Scope, account: Account, message: OutgoingSms) -> SubmitResult:
        suffix = message.to[-4:]

        async def work(inner: Scope) -> None:
            await _log(inner, account, message, suffix)

        await transact(scope, "sms_marketing.simulate", work)
        if suffix == REFUSED:
            return Refused("BLACKLIST", "the number refuses such messages")
        if suffix == LOST_ANSWER:
            raise LostAnswerError
        return Accepted(_own_id(message.out_id))

    async def query(
        self, scope: Scope, account: Account, out_id: UUID, provider_message_id: str
    ) -> ReportedState | None:
        row = await SimulatedSms.filter(account_id=account.id, out_id=out_id).order_by("id").first()
        if row is None:
            return None
        reports = _DELIVERED if row.outcome == LOST_ANSWER else _OUTCOMES.get(row.outcome, _DELIVERED)
        if not reports or scope.now() < row.accepted_at + RECEIPT_DELAY:
            return ReportedState(SmsMessageState.SUBMITTED, out_id, _own_id(out_id))
        return _read_receipt(_receipt(row, reports[0], scope.now()))

    def read_callback(self, body: bytes) -> CallbackContent:
        items = json.loads(body)
        if not isinstance(items, list) or not all(isinstance(item, dict) for item in items):
            raise ValueError("the body is no array of objects")
        try:
            return CallbackContent(
                [_read_receipt(item) for item in items if "state" in item],
                [_read_reply(item) for item in items if "content" in item],
            )
        except (KeyError, TypeError) as error:
            raise ValueError("an item lacks a field") from error

    def acknowledgement(self) -> Mapping[str, object]:
        return {"code": 0}


async def answer(scope: Scope, simulated_id: UUID, *, replies: bool) -> None:
    """Send receipts of a message, or the recipient's reply, to where a provider's calls arrive."""
    row = await SimulatedSms.get(id=simulated_id)
    account = await SmsProviderAccount.get(id=row.account_id)
    items: list[dict[str, Any]]
    if replies:
        sender = await row.reveal("to")
        items = [{"from": sender, "content": _REPLIES[row.outcome], "id": f"R-{row.id}", "at": scope.now().isoformat()}]
    else:
        items = [_receipt(row, report, scope.now()) for report in _OUTCOMES.get(row.outcome, _DELIVERED)]
    await callbacks.receive(scope, account, json.dumps(items).encode())


async def _log(scope: Scope, account: Account, message: OutgoingSms, suffix: str) -> None:
    from plugins.sms_marketing import jobs  # it imports the services

    row = SimulatedSms(
        store_id=scope.store_id,
        account_id=account.id,
        out_id=message.out_id,
        to=message.to,
        category=message.category,
        outcome=suffix,
        accepted_at=scope.now(),
    )
    await row.save()
    if suffix == REFUSED:
        return
    if _OUTCOMES.get(suffix, _DELIVERED):
        arguments = {"simulated_id": row.id, "replies": False}
        await enqueue(scope, jobs.simulate_answers, arguments, run_at=scope.now() + RECEIPT_DELAY)
    if suffix in _REPLIES:
        arguments = {"simulated_id": row.id, "replies": True}
        await enqueue(scope, jobs.simulate_answers, arguments, run_at=scope.now() + REPLY_DELAY)


def _own_id(out_id: UUID) -> str:
    return f"SIM-{out_id.hex}"


def _receipt(row: SimulatedSms, report: str, at: datetime) -> dict[str, Any]:
    state, _, code = report.partition(":")
    return {"out_id": str(row.out_id), "message_id": _own_id(row.out_id), "state": state, "code": code,
            "at": at.isoformat()}  # fmt: skip


def _read_receipt(item: Mapping[str, Any]) -> ReportedState:
    code = str(item.get("code", ""))
    out_id = item.get("out_id")
    return ReportedState(
        state=SmsMessageState(item["state"]),
        out_id=UUID(out_id) if out_id else None,
        provider_message_id=str(item.get("message_id", "")),
        at=datetime.fromisoformat(item["at"]) if item.get("at") else None,
        code=code,
        number_is_dead=code == "NOT_IN_SERVICE",
    )


def _read_reply(item: Mapping[str, Any]) -> InboundText:
    at = datetime.fromisoformat(item["at"]) if item.get("at") else None
    return InboundText(str(item["from"]), str(item["content"]), str(item["id"]), at)
