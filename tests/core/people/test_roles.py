import pytest

from core.caller import Caller, Reach
from core.errors import NotFoundRefusal, PermissionRefusal, ValidationRefusal
from core.ids import uuid7
from core.people.models import Role
from core.people.roles import GRANT_ROLE, check_permissions, merge_roles, roles_to_give, sync_roles
from core.plugins.contributions import Role as RoleDeclaration
from core.write.models import AuditEntry
from tests.core.people.house import House

_SELLER = [
    RoleDeclaration("seller", {"en": "Consultant"}, {"customers.customer.read": Reach.OWN}),
    RoleDeclaration("manager", {"en": "Manager"}, {"customers.customer.read": Reach.STORE}),
    RoleDeclaration("seller", {"en": "Seller"}, {"sales.order.read": Reach.OWN, "customers.customer.read": Reach.TEAM}),
]


@pytest.mark.once
def test_declarations_of_one_code_are_joined_with_the_wider_reach() -> None:
    seller, manager = merge_roles(_SELLER)
    assert seller.title == {"en": "Consultant"}
    assert seller.permissions == {"customers.customer.read": Reach.TEAM, "sales.order.read": Reach.OWN}
    assert manager.permissions == {"customers.customer.read": Reach.STORE}


async def test_sync_makes_roles_once_and_a_second_call_changes_nothing(house: House) -> None:
    assert len(await house.do(lambda _: sync_roles(_SELLER))) == 2
    audited = await AuditEntry.all().count()
    assert await house.do(lambda _: sync_roles(_SELLER)) == []
    assert await AuditEntry.all().count() == audited
    rows = {row.code: row for row in await Role.all()}
    assert rows["seller"].permissions == {"customers.customer.read": "TEAM", "sales.order.read": "OWN"}
    assert rows["seller"].title == {"en": "Consultant"}


async def test_what_the_dealer_changed_stays_and_what_he_left_follows_the_modules(house: House) -> None:
    await house.do(lambda _: sync_roles(_SELLER))
    row = await Role.get(code="seller")

    async def dealer_changes(_: object) -> None:
        row.permissions = {"sales.order.read": "STORE", "dealer.own.thing": "OWN"}
        row.title = {"en": "Adviser"}
        await row.save()

    await house.do(dealer_changes)
    newer = [
        RoleDeclaration(
            "seller",
            {"en": "Sales consultant"},
            {
                "customers.customer.read": Reach.GROUP,
                "sales.order.read": Reach.TEAM,
                "sales.quotation.read": Reach.OWN,
            },
        ),
        RoleDeclaration("manager", {"en": "Sales manager"}, {"customers.customer.read": Reach.GROUP}),
    ]
    await house.do(lambda _: sync_roles(newer))
    seller, manager = await Role.get(code="seller"), await Role.get(code="manager")
    assert seller.permissions == {
        "sales.order.read": "STORE",
        "dealer.own.thing": "OWN",
        "sales.quotation.read": "OWN",
    }
    assert seller.title == {"en": "Adviser"}
    assert manager.permissions == {"customers.customer.read": "GROUP"}
    assert manager.title == {"en": "Sales manager"}
    assert await house.do(lambda _: sync_roles(newer)) == []


async def test_module_that_is_off_and_on_again_finds_its_permissions_as_they_were(house: House) -> None:
    await house.do(lambda _: sync_roles(_SELLER))
    row = await Role.get(code="seller")

    async def take_away(_: object) -> None:
        row.permissions = {"customers.customer.read": "TEAM"}
        await row.save()

    await house.do(take_away)
    await house.do(lambda _: sync_roles(_SELLER[:1]))
    await house.do(lambda _: sync_roles(_SELLER))
    assert (await Role.get(code="seller")).permissions == {"customers.customer.read": "TEAM"}


async def test_archived_role_is_not_made_again(house: House) -> None:
    await house.do(lambda _: sync_roles(_SELLER))
    row = await Role.get(code="manager")
    await house.do(lambda _: row.archive())
    assert await house.do(lambda _: sync_roles(_SELLER)) == []
    assert await Role.filter(code="manager").count() == 1


async def test_role_is_given_within_ones_own_reach_or_with_group_reach(house: House) -> None:
    seller = await house.make_role("seller", customers__customer__read="STORE")
    giver = {GRANT_ROLE: Reach.STORE}
    with pytest.raises(PermissionRefusal, match=GRANT_ROLE):
        await roles_to_give(Caller(actor="x"), [seller.id])
    with pytest.raises(PermissionRefusal, match=r"customers\.customer\.read"):
        await roles_to_give(Caller(actor="x", permissions=giver), [seller.id])
    with pytest.raises(PermissionRefusal, match=r"customers\.customer\.read"):
        await roles_to_give(
            Caller(actor="x", permissions={**giver, "customers.customer.read": Reach.TEAM}), [seller.id]
        )
    enough = Caller(actor="x", permissions={**giver, "customers.customer.read": Reach.GROUP})
    assert [row.id for row in await roles_to_give(enough, [seller.id, seller.id])] == [seller.id]
    everything = Caller(actor="x", permissions={GRANT_ROLE: Reach.GROUP})
    assert len(await roles_to_give(everything, [seller.id])) == 1
    assert await roles_to_give(everything, []) == []
    with pytest.raises(NotFoundRefusal):
        await roles_to_give(everything, [uuid7()])


@pytest.mark.once
def test_unknown_permissions_and_reaches_are_refused() -> None:
    check_permissions({"a.b.read": "OWN"}, ["a.b.read"])
    with pytest.raises(ValidationRefusal, match=r"no module declares the permission a\.b\.raed"):
        check_permissions({"a.b.raed": "OWN"}, ["a.b.read"])
    with pytest.raises(ValidationRefusal, match="right is one of OWN, TEAM, STORE, GROUP"):
        check_permissions({"a.b.read": "ALL"}, ["a.b.read"])
