"""The fuzz: who asks, what is asked, and what of the schema was met."""

from __future__ import annotations

import random
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field
from functools import partial
from itertools import cycle, islice
from typing import Any
from uuid import UUID

from core.caller import Reach
from core.cli import demo, demo_people
from core.http.app import App
from core.people.models import Membership, Role, User, UserStatus
from core.people.signin import sign_in
from core.scope import Scope
from core.testing.harness import SampleDealer
from tests.core.api.pool import harvest
from tests.fuzz import raw
from tests.fuzz.asking import Asker, Findings
from tests.fuzz.cases import MODES, Case, Maker
from tests.fuzz.hostile import hostile_values
from tests.fuzz.places import Place, places

STILL_ANSWERS_EVERY = 100
PASSWORD = "correct horse battery"
LOCALES = ("en", "zh-CN")


@dataclass
class Fuzz:
    """One run over a dealer.

    Attributes:
        tokens: Of who asks, by name; nobody has none.
        met: Coordinates of the schema that something was sent to.
    """

    asker: Asker
    places: Sequence[Place]
    maker: Maker
    tokens: dict[str, str]
    findings: Findings = field(default_factory=Findings)
    met: set[str] = field(default_factory=set)

    async def ask(self, case: Case, who: str, locale: str = "en") -> None:
        """Send a case and judge the answer."""
        outcome = await self.asker.graphql(case.query, case.variables, self.tokens[who], locale)
        self.findings.judge(f"{who}: {case.what}", outcome)
        if sum(self.findings.statuses.values()) % STILL_ANSWERS_EVERY == 0:
            await self.still_answers(case.what)

    async def still_answers(self, after: str) -> None:
        """Look whether a harmless request gets its answer."""
        outcome = await self.asker.graphql("{ viewer { userId } }", {}, self.tokens["everything"])
        if outcome.status != 200 or "errors" in outcome.content or not outcome.content["data"]["viewer"]:
            self.findings.note("no more answers", f"{after}\n    {outcome.body[:300]!r}")

    async def each(self, count: int | None, seed: int) -> None:
        """Send so many cases, one value to each place in turn; every value to every place without a number."""
        chance = random.Random(seed)
        if count is None:
            cases = [(place, value) for place in self.places for value in hostile_values(place.kind)]
            chance.shuffle(cases)
        else:
            order = list(self.places)
            chance.shuffle(order)
            turns = islice(cycle(order), count)
            cases = [(place, chance.choice(list(hostile_values(place.kind)))) for place in turns]
        for place, value in cases:
            await self._one(place, value, chance)

    async def _one(self, place: Place, value: Any, chance: random.Random) -> None:
        case = self.maker.case(place, value, chance.choice(MODES))
        # Most of those who may not do a thing never come to its input.
        who = "everything" if chance.random() < 0.8 else chance.choice(list(self.tokens))
        self.met |= {place.coordinate, root_of(place)}
        await self.ask(case, who, chance.choice(LOCALES))

    async def raw(self, seed: int, share: float) -> None:
        """Send what are no operations, or a share of it."""
        chance = random.Random(seed)
        own = (b"authorization", f"Bearer {self.tokens['everything']}".encode())
        for request in raw.requests(own):
            if chance.random() < share:
                self.findings.judge(str(request)[:300], await self.asker.raw(*request))
        for frames in raw.frames():
            if chance.random() < share:
                self.findings.judge(f"frames {str(frames)[:200]}", await self.asker.socket(frames))

    async def spoilt(self, count: int, seed: int) -> None:
        """Send texts that are almost GraphQL."""
        chance = random.Random(seed)
        texts = raw.Texts(chance)
        for _ in range(count):
            place = chance.choice(self.places)
            case = self.maker.case(place, chance.choice(list(hostile_values(place.kind))), "literal")
            text = texts.spoilt(case.query)
            await self.ask(Case(f"text {text[:300]}", text), chance.choice(list(self.tokens)), chance.choice(LOCALES))

    def coverage(self) -> str:
        """Tell how much of the schema was met."""
        kinds = coordinates(self.places).items()
        return ", ".join(f"{len(found & self.met)} of {len(found)} {what}" for what, found in kinds)

    def missed(self) -> set[str]:
        """Return what nothing was sent to."""
        return {one for found in coordinates(self.places).values() for one in found - self.met}


def coordinates(found: Sequence[Place]) -> dict[str, set[str]]:
    """Return the coordinates of places by what they are."""
    return {
        "root fields": {root_of(place) for place in found},
        "arguments": {place.coordinate for place in found if not place.path},
        "input fields": {place.coordinate for place in found if place.path},
    }


def root_of(place: Place) -> str:
    """Return the root field that leads to a place."""
    return f"{place.operation} {place.root}"


async def fuzz_of(sample: SampleDealer, seed: int, *, with_demo: bool = True) -> Fuzz:
    """Return a fuzz over a dealer with the demo's rows, and people of each of its roles."""

    async def load() -> None:
        await demo.load(sample.dealer)
        await sample.dealer.load_stores()

    if with_demo:
        await sample.read(load)
    tokens = {name: token async for name, token in _tokens(sample, with_demo=with_demo)}
    schema = sample.dealer.kernel.schema.graphql
    pool = await harvest(sample.client(reach=Reach.GROUP), schema, None)
    app = App(sample.host)
    maker = Maker(schema, pool, random.Random(seed))
    return Fuzz(Asker(app), places(schema), maker, tokens)


async def _tokens(sample: SampleDealer, *, with_demo: bool) -> AsyncIterator[tuple[str, str]]:
    yield "nobody", ""
    password = await sample.dealer.sessions.passwords.hash(PASSWORD)

    async def work(_: Scope) -> UUID:
        user = User(login="everything", display_name="Li", status=UserStatus.ACTIVE, password_hash=password)
        await user.save()
        rights = dict.fromkeys(sample.dealer.kernel.permissions, "GROUP")
        role = Role(code="everything", permissions=rights)
        await role.save()
        since = sample.clock.at.date()
        await Membership(user_id=user.id, store_id=sample.store_id, role_ids=[str(role.id)], valid_from=since).save()
        return user.id

    await sample.run(work)
    pairs = [("everything", PASSWORD)]
    if with_demo:
        pairs += [(login, demo_people.password(login)) for login in demo_people.LOGINS]
    for login, own in pairs:
        pair = await sample.read(partial(sign_in, sample.dealer, login, own))
        yield login, pair.access_token
