"""Goes through a schema as each person, asks everything, and notes what is more, or less, than the oracle says."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from core.access_log.models import LookUpCount
from core.api.responses import MAX_ERRORS
from core.catalog.catalog import Entity, ToManyField, ToOneField, ValueField
from core.testing.harness import Client, SampleDealer
from tests.core.api.filling import fill, two_stores
from tests.rights.oracle import Oracle, Person, Row
from tests.rights.people import client_of, give_rows, invite
from tests.rights.questions import FORBIDDEN, Question, Questions

AT_ONCE = 16
"""Questions in an operation, which has 1,000 tokens at the most."""
UNKNOWN = {"phone": "13712345678", "email": "nobody@example.org", "plate": "沪B99999", "identity": "11010119900307109X"}
SHOWN = 20


@dataclass
class Report:
    """What was covered, and what was found.

    Attributes:
        leaks: Who was told more than he may know, or less, and where.
    """

    asked: Counter[str] = field(default_factory=Counter)
    refused: Counter[str] = field(default_factory=Counter)
    entities: set[str] = field(default_factory=set)
    people: set[str] = field(default_factory=set)
    rows: int = 0
    leaks: list[str] = field(default_factory=list)

    def __str__(self) -> str:
        kinds = ", ".join(f"{kind} {count} ({self.refused[kind]} to be refused)" for kind, count in self.asked.items())
        lines = [
            f"{self.asked.total()} questions by {len(self.people)} people about {len(self.entities)} entities",
            f"with {self.rows} rows in sight: {kinds}",
            f"{len(self.leaks)} leaks",
            *self.leaks[:SHOWN],
        ]
        return "\n  ".join(lines)

    def note(self, who: Asker, question: Question, wrong: str) -> None:
        self.leaks.append(f"{who.person.name}: {question.kind} {question.place}: {wrong}; {question.text[:300]}")


@dataclass(frozen=True)
class Asker:
    """Somebody, and what he asks by."""

    person: Person
    client: Client


class Walk:
    """One walk over one dealer's schema.

    Args:
        share: Which part of all pairs of a person and an entity is asked about.
        modules: Whose entities; all of them without it.
    """

    def __init__(
        self, sample: SampleDealer, people: Sequence[Person], seed: int, share: float = 1.0, modules: Sequence[str] = ()
    ) -> None:
        self.sample = sample
        self.modules = modules
        self.people = people
        self.seed = seed
        self.share = share
        self.chance = random.Random(seed)
        self.report = Report()
        self.guesses: Counter[str] = Counter()

    async def run(self, *, until_leak: bool = False) -> Report:
        """Ask everything.

        Args:
            until_leak: Be content with the first person who finds one.
        """
        await self.sample.read(lambda: LookUpCount.all().delete())
        for person in self.people:
            drawn = [entity for entity in self._entities() if self.chance.random() < self.share]
            await self.sample.read(partial(self._as, person, drawn))
            await self._compare_counts()
            if until_leak and self.report.leaks:
                break
        return self.report

    def _entities(self) -> list[Entity]:
        entities = self.sample.dealer.kernel.catalog.entities.values()
        return [entity for entity in entities if not self.modules or entity.module in self.modules]

    async def _as(self, person: Person, entities: Sequence[Entity]) -> None:
        await give_rows(self.sample, person, self.seed)
        oracle = await Oracle.of(self.sample)
        who = Asker(person, await client_of(self.sample, person))
        self.report.people.add(person.name)
        for entity in entities:
            self.report.entities.add(entity.name)
            questions = Questions(self.sample.dealer.kernel.schema.graphql, oracle, person, entity, self.seed)
            self.report.rows += len(questions.seen)
            await self._ask_all(who, list(questions.all()))
            if questions.readable:
                await self._guess(who, oracle, questions)

    async def _ask_all(self, who: Asker, questions: Sequence[Question]) -> None:
        # What is to be refused is asked apart: an operation with an error is answered in a slower way.
        for refused in (False, True):
            some = [one for one in questions if (one.check == FORBIDDEN) is refused]
            size = MAX_ERRORS if refused else AT_ONCE
            for start in range(0, len(some), size):
                await self._ask(who, some[start : start + size])

    async def _ask(self, who: Asker, questions: Sequence[Question]) -> None:
        text = " ".join(f"q{number}: {question.text}" for number, question in enumerate(questions))
        answer = await who.client(f"{{ {text} }}")
        errors = {error["path"][0]: error for error in answer.get("errors", ()) if error.get("path")}
        if "data" not in answer:
            raise AssertionError(f"{who.person.name}: {answer['errors']} {text[:2000]}")
        for number, question in enumerate(questions):
            self.report.asked[question.kind] += 1
            self.report.refused[question.kind] += question.check == FORBIDDEN
            wrong = _judge(question, answer["data"][f"q{number}"], errors.get(f"q{number}"))
            if wrong:
                self.report.note(who, question, wrong)

    async def _guess(self, who: Asker, oracle: Oracle, questions: Questions) -> None:
        """Look protected values up, one at a time, and try to look up several."""
        entity = questions.entity
        for one in entity.filters.values():
            if isinstance(one, ValueField) and one.protected is not None and one.protected.search:
                values = {oracle.plain(entity, one, row) for row in oracle.rows[entity.name].values()} - {None}
                drawn = self.chance.sample(sorted(map(str, values)), min(2, len(values)))
                for value in [*drawn, UNKNOWN.get(one.protected.kind, "nobody_here")]:
                    await self._guess_one(who, oracle, questions, one, value)
        for condition in _two_guesses(entity, set(), 2):
            self.report.asked["several guesses"] += 1
            self.report.refused["several guesses"] += 1
            text = f"{{ {entity.plural}(filter: {condition}) {{ totalCount }} }}"
            answer = await who.client(text)
            if answer.codes != ["LIMIT_EXCEEDED"] or "data" in answer:
                self.report.note(who, Question("several guesses", entity.name, text, FORBIDDEN), str(answer)[:200])

    async def _guess_one(self, who: Asker, oracle: Oracle, questions: Questions, one: ValueField, value: str) -> None:
        entity = questions.entity

        def has(row: Row) -> bool:
            return oracle.plain(entity, one, row) == value

        rows = {i for i, row in questions.seen.items() if has(row)}
        condition = f'{{{one.graphql_name}: {{eq: "{value}"}}}}'
        refused = not oracle.sees_field(who.person, one)
        for filter_, expected in ((condition, rows), (f"{{not: {condition}}}", set(questions.seen) - rows)):
            question = questions.list("guess", one.graphql_name, f"filter: {filter_}", expected, refused=refused)
            await self._look_up(who, question)
        if one.column in entity.search and not value.count(" "):
            await self._look_up(who, questions.search_for(value))

    async def _look_up(self, who: Asker, question: Question) -> None:
        self.guesses[who.client.caller.actor] += 1
        await self._ask(who, [question])

    async def _compare_counts(self) -> None:
        """Hold the counts of look-ups to the guesses that were made."""
        counts = await self.sample.read(lambda: LookUpCount.all())
        counted = Counter({row.id.split(" ", 1)[1]: row.count for row in counts})
        self.report.asked["counts of look-ups"] += 1
        if counted != self.guesses:
            self.report.leaks.append(f"counts of look-ups: {counted} instead of {self.guesses}")


def _judge(question: Question, value: Any, error: Any) -> str | None:
    code = error["extensions"]["code"] if error is not None else None
    if question.check == FORBIDDEN:
        return None if value is None and code == FORBIDDEN else f"{str(value)[:200]}, {code} instead of FORBIDDEN"
    if code is not None:
        return f"{code}: {error['message']}"
    assert callable(question.check)
    return question.check(value)


def _two_guesses(entity: Entity, seen: set[str], depth: int) -> Iterator[str]:
    """Yield filters that ask for two values of one protected field, reached over relations too."""
    if entity.name in seen or depth < 0:
        return
    for name, one in entity.filters.items():
        if isinstance(one, ValueField) and one.protected is not None and one.protected.search:
            values = [UNKNOWN.get(one.protected.kind, "nobody_here"), OTHERS.get(one.protected.kind, "nobody_there")]
            yield "{or: [" + ", ".join(f'{{{name}: {{eq: "{value}"}}}}' for value in values) + "]}"
        elif isinstance(one, ToOneField | ToManyField):
            for inner in _two_guesses(one.target, seen | {entity.name}, depth - 1):
                yield f"{{{name}: {inner}}}" if isinstance(one, ToOneField) else f"{{{name}: {{some: {inner}}}}}"


OTHERS = {"phone": "13712345679", "email": "none@example.org", "plate": "沪B99998", "identity": "110101199003070134"}


async def prepare(sample: SampleDealer, *, rows: int, seed: int, declared: bool = True) -> list[Person]:
    """Fill a dealer with rows, and invite people.

    Args:
        rows: Of each entity.
        declared: Whether somebody comes for each role that the modules declare.
    """
    stores = await two_stores(sample)
    await fill(sample, rows, seed)
    return await invite(sample, stores, seed, declared=declared)
