"""The people of the walk: each role in a store, roles that differ from store to store, and rights by chance."""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from uuid import UUID

from core.caller import Reach
from core.data.statements import native
from core.ids import uuid7
from core.limits import Limits
from core.people.callers import user_identity
from core.people.models import Membership, Role, Team, User, UserStatus
from core.people.roles import merge_roles
from core.scope import Scope
from core.testing.harness import Client, SampleDealer
from tests.rights.oracle import Person

Rights = Mapping[str, Reach]
PAGE = 10_000
"""More rows than there are of anything, the walk's own look-ups included."""
WIDE = Limits(characters=10**6, tokens=10**6, depth=100, aliases=10**4, directives=10**4, cost=10**12, page=PAGE)


def declared_roles(sample: SampleDealer) -> dict[str, Rights]:
    """Return the rights of each role that the modules declare."""
    return {role.code: dict(role.permissions) for role in merge_roles(sample.dealer.kernel.roles)}


def made_up_roles(sample: SampleDealer, seed: int) -> dict[str, Rights]:
    """Return roles that nobody declares: all rights at each reach, and some by chance."""
    names, chance = sorted(sample.dealer.kernel.permissions), random.Random(seed)
    found: dict[str, Rights] = {f"all_{reach.name.lower()}": dict.fromkeys(names, reach) for reach in Reach}
    guarded = {f.permission for e in sample.dealer.kernel.catalog.entities.values() for f in e.fields.values()}
    found["no_guarded_fields"] = {name: Reach.STORE for name in names if name not in guarded}
    for number in range(3):
        found[f"chance_{number}"] = {name: chance.choice(list(Reach)) for name in names if chance.random() < 0.7}
    return found


async def invite(sample: SampleDealer, stores: Sequence[UUID], seed: int, *, declared: bool = True) -> list[Person]:
    """Make the people, with their memberships; a seat that has ended gives nothing.

    Args:
        declared: Whether somebody comes for each role that the modules declare.
    """
    roles = (declared_roles(sample) if declared else {}) | made_up_roles(sample, seed)
    chance = random.Random(seed)
    plan = [{stores[0]: code} for code in roles]
    codes = sorted(roles)
    plan += [{stores[0]: chance.choice(codes), stores[1]: chance.choice(codes)} for _ in range(4)]
    plan += [{stores[1]: "all_team"}, {stores[0]: "all_own", stores[1]: "all_store"}]

    async def work(scope: Scope) -> list[Person]:
        await _write_roles(roles)
        known = {role.code: str(role.id) for role in await Role.all()}
        return [await _write_person(scope, seats, roles, known, stores[2]) for seats in plan]

    return await sample.run(work)


async def _write_roles(roles: Mapping[str, Rights]) -> None:
    present = {role.code for role in await Role.all()}
    for code, rights in roles.items():
        if code not in present:
            permissions = {name: reach.name for name, reach in rights.items()}
            await Role(code=code, title={"en": code}, permissions=permissions, declared={}).save()


async def _write_person(
    scope: Scope, seats: Mapping[UUID, str], roles: Mapping[str, Rights], known: Mapping[str, str], elsewhere: UUID
) -> Person:
    user, mate = [User(login=str(uuid7()), display_name="x", status=UserStatus.ACTIVE) for _ in range(2)]
    await user.save()
    await mate.save()
    today = scope.today()
    first = next(iter(seats))
    team = Team(store_id=first, name=f"{user.id}"[:100], leader_id=user.id)
    await team.save()
    await Membership(user_id=mate.id, store_id=first, role_ids=[], team_id=team.id, valid_from=today).save()
    for store_id, code in seats.items():
        await Membership(user_id=user.id, store_id=store_id, role_ids=[known[code]], valid_from=today).save()
    past = today - timedelta(days=1)
    await Membership(
        user_id=user.id, store_id=elsewhere, role_ids=[known["all_store"]], valid_from=past, valid_to=past
    ).save()
    return Person(
        " and ".join(f"{code} in S{number}" for number, code in enumerate(seats.values(), 1)),
        user.id,
        {str(store_id): roles[code] for store_id, code in seats.items()},
        frozenset({str(user.id), str(mate.id)}),
    )


async def client_of(sample: SampleDealer, person: Person) -> Client:
    """Return what somebody asks by; his caller is built from his memberships, as for any request."""
    identity = await user_identity(person.user_id, sample.clock.now())
    return Client(sample, replace(identity.caller, limits=WIDE))


async def give_rows(sample: SampleDealer, person: Person, seed: int) -> None:
    """Let somebody own about a third of all rows that have an owner, and his team mates some of the others."""
    database = sample.dealer.database
    for entity in sample.dealer.kernel.catalog.entities.values():
        if entity.owner_column is None:
            continue
        ids = [row[0] for row in await database.fetch(f'SELECT "id" FROM "{entity.table}" ORDER BY "id"')]
        chance = random.Random(f"{seed} {entity.name}")
        sql = native(f'UPDATE "{entity.table}" SET "{entity.owner_column.name}" = ? WHERE "id" = ?', database.dialect)
        for row_id in ids:
            draw = chance.random()
            if draw < 1 / 2:
                owner = str(person.user_id) if draw < 1 / 3 else chance.choice(sorted(person.team))
                await database.execute(sql, [UUID(owner), row_id])
