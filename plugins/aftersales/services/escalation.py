"""Deadlines: put off with a reason, and what happens once they are past."""

from __future__ import annotations

from datetime import datetime, timedelta

from forecourt import PreconditionRefusal, Scope, ValidationRefusal, settings
from plugins.aftersales.events import ServiceRequestEscalated, ServiceRequestExtended, ServiceRequestOverdue
from plugins.aftersales.models.requests import ServiceExtension, ServiceRequest
from plugins.aftersales.services.refusals import ApproverIsRequesterRefusal
from plugins.aftersales.services.requests import FIRST_HAND, IN_HAND, checked, new_deadline, tell
from plugins.aftersales.services.states import EXTENSION, ExtensionState
from plugins.aftersales.settings import AftersalesSettings

HIGHEST_LEVEL = 3
FREE_EXTENSIONS = 2
"""So many need nobody's agreement."""


async def escalate(scope: Scope, request: ServiceRequest) -> bool:
    """Make an overdue request more urgent by one level.

    Publishes `ServiceRequestOverdue` the first time after its deadline, `ServiceRequestEscalated` the next times.

    Returns:
        Whether it was so; False if the request has changed meanwhile.
    """
    first = request.overdue_at is None
    level = min(request.escalation_level + 1, HIGHEST_LEVEL)
    hours = (await settings(scope, AftersalesSettings, store_id=request.store_id)).escalate_every_hours
    next_at = None if level == HIGHEST_LEVEL else scope.now() + timedelta(hours=hours)
    won = await request.change_where(
        where={"version": request.version},
        escalation_level=level,
        escalate_at=next_at,
        overdue_at=request.overdue_at or scope.now(),
    )
    if not won:
        return False
    hands = {"department_id": request.department_id, "assignee_id": request.assignee_id}
    if first:
        tell(scope, ServiceRequestOverdue, request, due_at=request.due_at, escalation_level=level, **hands)
    else:
        tell(scope, ServiceRequestEscalated, request, escalation_level=level, **hands)
    return True


async def extend(scope: Scope, request: ServiceRequest, until_at: datetime, reason: str) -> ServiceExtension:
    """Put a deadline off; from the third time on somebody else must agree first. Publishes `ServiceRequestExtended`.

    Raises:
        ConflictRefusal: One waits for an answer already.
        DeadlinePassedRefusal: The new deadline lies in the past.
        PreconditionRefusal: The request is done or called off.
        ValidationRefusal: There is no reason, or the new deadline is no later one.
    """
    if request.state not in (*FIRST_HAND, *IN_HAND):
        raise PreconditionRefusal("the request is not under way any more", rule="aftersales_request_done")
    if not reason.strip():
        raise ValidationRefusal("say why it takes longer", path=("reason",), rule="aftersales_reason")
    checked(scope, until_at)
    if until_at <= request.due_at:
        raise ValidationRefusal(
            "an extension ends later than the deadline", path=("dueAt",), rule="aftersales_extension_later"
        )
    number = 1 + await ServiceExtension.filter(request_id=request.id).count()
    free = number <= FREE_EXTENSIONS
    extension = ServiceExtension(
        store_id=request.store_id,
        request_id=request.id,
        number=number,
        from_at=request.due_at,
        until_at=until_at,
        reason=reason.strip(),
        state=ExtensionState.APPROVED if free else ExtensionState.REQUESTED,
        requested_by_id=scope.caller.user_id,
    )
    await extension.save()
    if free:
        await _put_off(request, until_at)
    _tell(scope, request, extension)
    return extension


async def answer(scope: Scope, extension: ServiceExtension, *, approve: bool) -> ServiceExtension:
    """Agree to an extension or refuse it. Publishes `ServiceRequestExtended`.

    Raises:
        ApproverIsRequesterRefusal: He asked for it himself.
        PreconditionRefusal: The request is done or called off, or has a later deadline by now.
        TransitionRefusal: It is answered already.
    """
    to = ExtensionState.APPROVED if approve else ExtensionState.REFUSED
    EXTENSION.check(extension.state, to)
    approver = scope.caller.user_id
    if approver is None or approver == extension.requested_by_id:
        raise ApproverIsRequesterRefusal
    request = await ServiceRequest.get(id=extension.request_id)
    if approve and (request.state not in (*FIRST_HAND, *IN_HAND) or extension.until_at <= request.due_at):
        raise PreconditionRefusal("this extension is out of date", rule="aftersales_extension_stale")
    await EXTENSION.move(extension, to, {"approver_id": approver})
    if approve:
        await _put_off(request, extension.until_at)
    _tell(scope, request, extension)
    return extension


async def _put_off(request: ServiceRequest, until_at: datetime) -> None:
    for name, value in new_deadline(request, until_at).items():
        setattr(request, name, value)
    await request.save()


def _tell(scope: Scope, request: ServiceRequest, extension: ServiceExtension) -> None:
    tell(
        scope,
        ServiceRequestExtended,
        request,
        extension_id=extension.id,
        state=extension.state.value,
        due_at=request.due_at,
    )
