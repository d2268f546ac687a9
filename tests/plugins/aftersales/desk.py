"""Commands about one service request, as the tests send them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from uuid import UUID

from forecourt import global_id
from forecourt.testing import Client

if TYPE_CHECKING:
    from tests.plugins.aftersales.conftest import Workshop

FIELDS = """id docNo state severity dueAt symptom conditions escalationLevel isOverdue waitingFor
  resolution reopenedTimes customer { name } vehicle { vin } department { name } assignee { displayName }"""


def mutation(name: str) -> str:
    kind = f"{name[0].upper()}{name[1:]}Input!"
    return (
        f"mutation($i: {kind}, $v: Int, $k: String) {{ {name}(input: $i, expectedVersion: $v, idempotencyKey: $k)"
        f" {{ serviceRequest {{ {FIELDS} }} problems {{ __typename code message path }} }} }}"
    )


CREATE = mutation("createServiceRequest").replace("$v: Int, ", "").replace("expectedVersion: $v, ", "")
ASSIGN, START, WAIT = (mutation(f"{verb}ServiceRequest") for verb in ("assign", "start", "wait"))
RESOLVE, CLOSE, REOPEN, CANCEL = (
    mutation(f"{verb}ServiceRequest") for verb in ("resolve", "close", "reopen", "cancel")
)
EXTEND = """mutation($i: ExtendServiceRequestInput!) { extendServiceRequest(input: $i) {
  serviceExtension { id number state untilAt approver { displayName } request { dueAt escalationLevel isOverdue } }
  problems { code message path } } }"""
ANSWER = """mutation($i: AnswerServiceExtensionInput!) { answerServiceExtension(input: $i) {
  serviceExtension { state approver { displayName } request { dueAt } } problems { code message path } } }"""


class Desk:
    """Sends commands about one request; `codes` are of the last one's problems."""

    def __init__(self, client: Client, workshop: Workshop, request: str) -> None:
        self.client = client
        self.workshop = workshop
        self.request = request
        self.codes: list[str] = []

    async def send(self, operation: str, **more: Any) -> Any:
        payload = await self.client.payload(operation, i={"request": self.request, **more})
        self.codes = [problem["code"] for problem in payload["problems"]]
        return payload["serviceRequest"]

    async def assign(self, assignee: UUID | None = None, **more: Any) -> Any:
        user = global_id("User", assignee or self.workshop.li)
        return await self.send(ASSIGN, department=self.workshop.service, assignee=user, **more)
