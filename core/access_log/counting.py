"""Counts who asks for protected values, writes it into the access log, and ends it when it becomes too much."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from datetime import timedelta
from typing import TYPE_CHECKING

from core.access_log.events import LookUpsExceeded
from core.access_log.models import LookUp, LookUpCount
from core.data.statements import native
from core.errors import LimitRefusal
from core.read.lookups import LookUp as Asked
from core.services.settings import CoreSettings, settings
from core.write.pipeline import transact

if TYPE_CHECKING:
    from core.scope import Scope

COUNTS_KEPT = timedelta(days=7)
_LONGEST = 500
_COUNT_UP = (
    'INSERT INTO "core_look_up_count" ("id", "on", "count") VALUES (?, ?, 1) '
    'ON CONFLICT ("id") DO UPDATE SET "count" = "core_look_up_count"."count" + 1 RETURNING "count"'
)
_log = logging.getLogger("forecourt.security")


async def count(scope: Scope, asked: Sequence[Asked]) -> None:
    """Count a look-up and write it into the access log, before it is done and in a transaction of its own.

    It holds for everybody, those with a right to see values in clear too: a look-up needs no reason, as showing does.
    The system's own look-ups are not counted.

    Args:
        asked: One value, in all the fields where it is asked for.

    Raises:
        LimitRefusal: It is more than somebody may ask for on a day; the first time it alerts.
    """
    caller = scope.caller
    if caller.system or caller.is_anonymous or not asked:
        return
    allowed = (await settings(scope, CoreSettings)).look_ups_per_day

    async def work(inner: Scope) -> int:
        number = await _number(inner)
        if number <= allowed + 1:
            await _write(inner, asked, allowed, refused=number > allowed)
        return number

    number = await transact(scope, "lookUp", work)
    if number > allowed:
        if number == allowed + 1:
            _log.warning("%s has asked for more protected values than allowed on a day (%d)", caller.actor, allowed)
        raise LimitRefusal(
            f"you have looked up {allowed} protected values (such as telephone numbers) today; more are not allowed. "
            "Come again tomorrow, or ask whoever is in charge of privacy",
            rule="look_ups_per_day",
            limit="lookUpsPerDay",
            allowed=allowed,
        )


async def _number(scope: Scope) -> int:
    """Return which look-up of the day it is; those who ask at once in one name wait for each other here."""
    today = scope.today()
    database = scope._dealer.database
    rows = await database.fetch(
        native(_COUNT_UP, database.dialect), [f"{today} {scope.caller.actor}", today], bounded=True
    )
    return int(rows[0][0])


async def _write(scope: Scope, asked: Sequence[Asked], allowed: int, *, refused: bool) -> None:
    row = LookUp(
        store_id=scope.caller.store_id,
        user_id=scope.caller.user_id,
        actor=scope.caller.actor,
        field=" ".join(dict.fromkeys(one.place for one in asked))[:_LONGEST],
        masked=asked[0].masked,
        refused=refused,
        at=scope.now(),
    )
    await row.save()
    if refused:
        scope.publish(LookUpsExceeded(look_up_id=row.id, user_id=row.user_id, allowed=allowed, store_id=row.store_id))


async def forget_counts(scope: Scope) -> None:
    """Delete the counts of days gone by; the access log stays."""
    await LookUpCount.filter(on__lt=scope.today() - COUNTS_KEPT).delete()


async def exceeded(scope: Scope) -> str | None:
    """Return what to tell of those who asked for too much in the last 24 hours."""
    since = scope.now() - timedelta(days=1)
    found = await LookUp.filter(refused=True, at__gte=since).count()
    if not found:
        return None
    return (
        f"{found} have asked for more protected values than allowed on a day; "
        "the privacy officer finds who in lookUps(filter: {refused: {eq: true}})"
    )
