from datetime import timedelta
from functools import partial
from typing import Any

import pytest

from core.errors import ConflictRefusal, TransitionRefusal, ValidationRefusal
from core.people.accounts import accept, invite, leave, resume, suspend
from core.people.models import Membership, PermissionGrant, User, UserStatus
from core.people.signin import sign_in
from core.scope import Scope
from core.write.models import OutboxEvent
from tests.core.people.house import NOW, PASSWORD, House


async def test_invited_user_signs_in_after_he_has_accepted(house: House) -> None:
    dealer: Any = house
    user = await house.do(lambda scope: invite(scope, " Wang.Li ", "Wang Li"))
    assert (user.login, user.status, user.password_hash) == ("wang.li", UserStatus.INVITED, None)
    hashed = await house.sessions.passwords.hash(PASSWORD)
    await house.do(lambda scope: accept(scope, user, hashed))
    assert (await sign_in(dealer, "wang.li", PASSWORD)).user_id == user.id
    with pytest.raises(TransitionRefusal):
        await house.do(lambda scope: accept(scope, user, hashed))


@pytest.mark.parametrize("login", ["", "  ", "wang li", "x" * 101])
async def test_odd_login_is_refused(house: House, login: str) -> None:
    with pytest.raises(ValidationRefusal, match="no blanks"):
        await house.do(lambda scope: invite(scope, login, "Wang"))


async def test_login_is_taken_until_its_user_has_left(house: House) -> None:
    user = await house.make_user("wang")
    with pytest.raises(ValidationRefusal, match="taken"):
        await house.do(lambda scope: invite(scope, "WANG", "Another"))
    with pytest.raises(ConflictRefusal):
        await house.make_user("wang", status=UserStatus.SUSPENDED)
    await house.do(lambda scope: leave(scope, user))
    again = await house.do(lambda scope: invite(scope, "wang", "Another"))
    assert again.id != user.id
    assert await User.filter(login="wang").count() == 2


async def test_leaving_ends_memberships_grants_and_is_final(house: House) -> None:
    (store,) = await house.make_stores("N1")
    user = await house.make_user("wang")
    membership = await house.put(user, store)

    async def give(scope: Scope) -> None:
        await PermissionGrant(
            user_id=user.id,
            permission="a.b.read",
            reach="GROUP",
            reason="audit",
            granted_by="x",
            valid_from=NOW,
            valid_until=NOW + timedelta(days=1),
        ).save()

    await house.do(give)
    await house.do(lambda scope: leave(scope, user))
    assert (await Membership.get(id=membership.id)).archived_at is not None
    assert await PermissionGrant.filter(archived_at=None).count() == 0
    assert await OutboxEvent.filter(type="core.user_left").count() == 1
    for move in (suspend, resume):
        with pytest.raises(TransitionRefusal, match="is LEFT"):
            await house.do(partial(move, user=user))
    with pytest.raises(TransitionRefusal):
        await house.do(lambda scope: leave(scope, user))


async def test_suspended_user_comes_back(house: House) -> None:
    dealer: Any = house
    user = await house.make_user("wang")
    await house.do(lambda scope: suspend(scope, user))
    await house.do(lambda scope: resume(scope, user))
    await sign_in(dealer, "wang", PASSWORD)
    with pytest.raises(TransitionRefusal):
        await house.do(lambda scope: resume(scope, user))
