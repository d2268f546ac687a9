"""Runs random operations through the planner and through graphql-core, and counts what came of them."""

from __future__ import annotations

import asyncio
import os
import random
import secrets
import time
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import Any
from unittest.mock import patch
from uuid import UUID

import orjson

from core.api.execute import Operation, RequestError
from core.api.mistakes import InputError
from core.api.planned_roots import NODES_LIMIT
from core.caller import Caller, Reach
from core.errors import BadInputError
from core.ids import parse_global_id
from core.limits import Limits
from core.people.callers import NOBODY
from core.read.access import ForbiddenError
from core.testing.harness import SampleDealer
from core.write.models import AuditEntry
from tests.core.api.levels import Levels
from tests.core.api.operations import Generator
from tests.core.api.operations import Operation as Made
from tests.core.api.outcomes import assert_same, assert_same_outcome
from tests.core.api.pool import Pool

WIDE = Limits(depth=40, aliases=200, directives=200, cost=1_000_000_000)
AGAIN = 2
REQUEST = "the request"
WRONG_BELOW_NOTHING = (BadInputError.__name__, ForbiddenError.__name__)
"""What a plan gives up for, and graphql-core never comes to where there is no row above it."""


def all_callers(sample: SampleDealer, stores: Sequence[UUID], people: Sequence[UUID]) -> Mapping[str, Caller]:
    """Return callers of every kind of right.

    Args:
        stores: Three, the last of which is out of everybody's sight but for those who see all.
        people: Users who have rows.
    """
    kernel = sample.dealer.kernel
    every = dict.fromkeys(kernel.permissions, Reach.GROUP)
    fields = {field.permission for entity in kernel.catalog.entities.values() for field in entity.fields.values()}
    names = sorted(every)
    chance = random.Random(7)
    user = people[0]

    def of(rights: Mapping[str, Reach], own: Sequence[UUID], **more: Any) -> Caller:
        values: dict[str, Any] = {"user_id": user, "actor": f"user:{user}", "limits": WIDE, **more}
        return Caller(store_id=own[0], store_ids=frozenset(own), permissions=rights, **values)

    def some(share: float, *reaches: Reach) -> dict[str, Reach]:
        return {name: chance.choice(reaches) for name in names if chance.random() < share}

    here, there = some(0.9, Reach.OWN, Reach.STORE), some(0.9, Reach.STORE, Reach.TEAM)
    widest = {n: max(r[n] for r in (here, there) if n in r) for n in {*here, *there}}
    team = frozenset(people[:3])
    return {
        "everything": of(every, stores[:1]),
        "everything, usual limits": replace(of(every, stores[:1]), limits=Limits()),
        "one store": of(dict.fromkeys(names, Reach.STORE), stores[1:2]),
        "two stores": of(dict.fromkeys(names, Reach.STORE), stores[:2]),
        "own": of(dict.fromkeys(names, Reach.OWN), stores[:1]),
        "team": of(dict.fromkeys(names, Reach.TEAM), stores[:2], team_ids=team),
        "other rights in each store": of(
            widest, stores[:2], by_store={stores[0]: here, stores[1]: there}, team_ids=team
        ),
        "some rights": of(some(0.75, *Reach), stores[:2]),
        "no rights to fields": of({name: Reach.GROUP for name in names if name not in fields}, stores[:1]),
        "key": of(some(0.9, Reach.STORE, Reach.GROUP, Reach.OWN), stores[:1], user_id=None, actor="key:test"),
        "nobody": NOBODY,
    }


@dataclass
class Tally:
    """What came of the operations.

    Attributes:
        again: Queries that another caller has sent with other variables, when their plans were there already.
        changes: Rows that commands have changed, as the audit has them.
        planned: Answered by a plan altogether.
        resolvers: Answered by a plan with fields inside that have resolvers; which ones, each with its operations.
        unplanned: Answered by graphql-core, and why.
        refused: By validation, by the limits, or for variables that don't fit.
        errors: Answers with errors, by the first one's code.
        different: Who asked what, where the two answers were not the same.
        faults: The same where something went wrong inside, or a plan was given up for no reason that the answer shows.
    """

    run: int = 0
    again: int = 0
    commands: int = 0
    changes: int = 0
    planned: int = 0
    with_resolvers: int = 0
    resolvers: Counter[str] = field(default_factory=Counter)
    unplanned: Counter[str] = field(default_factory=Counter)
    refused: Counter[str] = field(default_factory=Counter)
    errors: Counter[str] = field(default_factory=Counter)
    most_statements: int = 0
    rows: int = 0
    seconds: float = 0.0
    different: list[str] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)

    @property
    def accepted(self) -> int:
        """Operations that were answered without an error."""
        return self.planned + self.with_resolvers + self.unplanned.total()

    def __str__(self) -> str:
        share = 100 * self.planned / (self.accepted or 1)
        parts = [
            f"{self.run} operations in {self.seconds:.0f} s, {self.commands} of them mutations, "
            f"which changed {self.changes} rows; {self.again} queries again, by another caller with other variables",
            f"{self.accepted} accepted: {self.planned} planned altogether ({share:.1f} %), "
            f"{self.with_resolvers} with resolvers inside {_listed(self.resolvers)}, "
            f"{self.unplanned.total()} left to graphql-core {_listed(self.unplanned)}",
            f"{self.errors.total()} gave errors {_listed(self.errors)}",
            f"{self.refused.total()} refused {_listed(self.refused)}",
            f"{self.rows} objects in the answers, at most {self.most_statements} statements for one",
            f"{len(self.different)} were different, {len(self.faults)} met a fault",
        ]
        return "\n  ".join(parts)


def _listed(counted: Counter[str]) -> str:
    return f"({', '.join(f'{what}: {n}' for what, n in counted.most_common())})" if counted else ""


@dataclass(frozen=True, slots=True)
class Cost:
    """What a query cost.

    Attributes:
        reached: The places of the answer, by the keys that lead there, that have an object.
    """

    text: str
    count: int
    objects: int
    reached: frozenset[tuple[str, ...]]


@dataclass
class Comparison:
    """Compares both ways of answering over one dealer.

    Args:
        commands: The fields of Mutation that may be asked for.
        mutations: How many of the operations are mutations.
        seen: Values that variables have had, by type.
    """

    sample: SampleDealer
    pool: Pool
    callers: Mapping[str, Caller]
    commands: Sequence[str]
    mutations: float = 0.1
    tally: Tally = field(default_factory=Tally)
    seen: dict[str, list[Any]] = field(default_factory=dict)

    async def run(self, seeds: range) -> Tally:
        """Run an operation for each seed, at most as long as `FORECOURT_SECONDS` says."""
        before = await self._changes()
        began, most = time.monotonic(), float(os.environ.get("FORECOURT_SECONDS", "inf"))
        token = self.sample.dealer.database.activate()
        try:
            for seed in seeds:
                if time.monotonic() - began > most:
                    break
                await self._one(seed)
        finally:
            self.sample.dealer.database.deactivate(token)
        self.tally.seconds = time.monotonic() - began
        self.tally.changes = await self._changes() - before
        return self.tally

    async def _changes(self) -> int:
        return await self.sample.read(lambda: AuditEntry.all().count())

    async def _one(self, seed: int) -> None:
        chance = random.Random(f"caller {seed}")
        generator = Generator(self.sample.dealer.kernel.schema.graphql, self.pool, seed, self.commands)
        made = generator.mutation() if chance.random() < self.mutations else generator.query()
        # Most of those who may not do everything may not do what a random command is about.
        name = "everything" if made.commands and chance.random() < 0.5 else chance.choice(list(self.callers))
        self.tally.run += 1
        self.tally.commands += made.commands
        outcome = await self._asked(made, name)
        if outcome is not None:
            self._count(*outcome)
        for _ in range(0 if made.commands else AGAIN):
            self.tally.again += 1
            await self._asked(self._varied(made, chance), chance.choice(list(self.callers)), again=True)

    async def _asked(self, made: Made, name: str, *, again: bool = False) -> tuple[Operation, Any] | None:
        """Compare one request and note what is wrong; return its answer unless it was refused."""
        refused: Counter[str] = Counter() if again else self.tally.refused
        try:
            operation = self._operation(made)
            compare = self._command if made.commands else self._query
            answer = await compare(operation, made, self.callers[name])
        except RequestError as error:
            limits = "is allowed. Ask for" in str(error)
            refused["limits" if limits else error.cause_code] += 1
            wrong = all(isinstance(cause, InputError) for cause in error.causes)
            if not limits and not wrong:  # nothing else can be wrong in what is generated
                self.tally.faults.append(f"{made}\n{error}")
            return None
        except Exception as error:  # noqa: BLE001 - whatever it is, the others are run and all of them told
            self.tally.different.append(f"{name}, {made}\n{type(error).__name__}: {error}")
            return None
        # What is wrong in the filled rows, which no rule has seen, may fail a command, but never a query.
        failed = "INTERNAL" in str(answer.get("errors")) and not made.commands
        given_up = operation.unplanned if "errors" not in answer else ""
        if failed or (given_up and not given_up.startswith(WRONG_BELOW_NOTHING)):
            self.tally.faults.append(f"{name}, {made}\n{operation.unplanned}")
        return operation, answer

    def _varied(self, made: Made, chance: random.Random) -> Made:
        """Return an operation with other variables, most of them of those which others of the type have had."""
        given: dict[str, Any] = {}
        for name, text in made.declared.items():
            kind, _, default = text.partition(" = ")
            known = self.seen.setdefault(kind.rstrip("!"), [])
            if name in made.variables:
                given[name] = made.variables[name]
                known.append(given[name])
            roll = chance.random()
            if known and roll < 0.5:
                given[name] = chance.choice(known)
            elif roll < 0.65 and (default or not kind.endswith("!")):
                given.pop(name, None)
            elif roll < 0.75 and not kind.endswith("!"):
                given[name] = None
        return replace(made, variables=given)

    def _operation(self, made: Made) -> Operation:
        return Operation(self.sample.dealer, made.text, made.variables, made.name)

    async def both_ways(self, made: Made, *, planned: bool = True) -> Any:
        """Return the answer that both give to who sees everything.

        Args:
            planned: Whether there must be a plan that gives it all.
        """
        token = self.sample.dealer.database.activate()
        try:
            operation = self._operation(made)
            compare = self._command if made.commands else self._query
            answer = await compare(operation, made, self.callers["everything"])
        finally:
            self.sample.dealer.database.deactivate(token)
        assert not (planned and operation.unplanned), operation.unplanned
        return answer

    async def at_once(self, seed: int, times: int) -> int:
        """Let everybody ask the same query at the same moment, some several times; return how many answers there were.

        Each must get what he gets when he asks alone.
        """
        made = Generator(self.sample.dealer.kernel.schema.graphql, self.pool, seed).query()
        token = self.sample.dealer.database.activate()
        try:
            alone = {name: await self._body(made, name) for name in self.callers}
            asked = [name for name in self.callers for _ in range(times)]
            random.Random(seed).shuffle(asked)
            answers = await asyncio.gather(*(self._body(made, name) for name in asked))
        finally:
            self.sample.dealer.database.deactivate(token)
        for name, answer in zip(asked, answers, strict=True):
            assert answer == alone[name], f"{name}, {made}"
        return sum(b'"data":{' in answer for answer in answers)

    async def _body(self, made: Made, name: str) -> bytes:
        scope = self.sample.dealer.scope(self.callers[name], locale="en", request_id=REQUEST)
        try:
            return (await self._operation(made).run(scope)).body
        except RequestError as error:
            return str(error).encode()

    async def statements(self, seed: int) -> Cost | None:
        """Return what a query costs who sees everything; None where it is not planned altogether."""
        made = Generator(self.sample.dealer.kernel.schema.graphql, self.pool, seed).query()
        token = self.sample.dealer.database.activate()
        try:
            operation = self._operation(made)
            with self.sample.dealer.database.counting() as statements:
                scope = self.sample.dealer.scope(self.callers["everything"])
                answer = orjson.loads((await operation.run(scope)).body)
        except RequestError:
            return None
        finally:
            self.sample.dealer.database.deactivate(token)
        if operation.unplanned or operation.resolvers:
            return None
        return Cost(str(made), len(statements), _objects(answer["data"]), frozenset(_reached(answer["data"], ())))

    async def _query(self, operation: Operation, made: Made, caller: Caller) -> Any:
        scope = self.sample.dealer.scope(caller, locale="en", request_id=REQUEST)
        with self.sample.dealer.database.counting() as statements:
            planned = (await operation.run(scope)).body
        executed = (await operation.execute(scope)).body
        assert_same(planned, executed)
        # What a written query's own function asks for is nobody's level.
        written = any(name in made.text for name in self.sample.dealer.kernel.catalog.queries)
        if not operation.unplanned and not operation.resolvers and not written:
            # What a look-up of a protected value costs beside the query is held in test_look_ups.py.
            read = [text for text in statements if "INSERT INTO" not in text and '"core_setting"' not in text]
            self._check_statements(operation, made, read)
        return orjson.loads(planned)

    def _check_statements(self, operation: Operation, made: Made, statements: Sequence[str]) -> None:
        """Hold a query to one statement for each level, and to counting nothing that nobody has asked for."""
        variables = operation.prepared.variables.coerce(made.variables)
        assert not isinstance(variables, list)
        document = operation.prepared.document
        levels = Levels(self.sample.dealer.kernel.schema.graphql, document, variables)
        allowed = levels.of(operation.prepared.definition, types_of_ids(made))
        assert len(statements) <= allowed, f"{len(statements)} statements, {allowed} allowed: {statements}"
        if "totalCount" not in made.text and "Stats" not in made.text:
            assert not [text for text in statements if "count(" in text.lower()], statements
        self.tally.most_statements = max(self.tally.most_statements, len(statements))

    async def _command(self, operation: Operation, made: Made, caller: Caller) -> Any:
        """Run a mutation by a plan and undo it, run it by graphql-core, then repeat it both ways."""
        scope = self.sample.dealer.scope(caller, locale="en", request_id=REQUEST)
        with _drawn(f"first {made}"):
            planned = await self._undone(operation, caller)
        with _drawn(f"first {made}"):
            executed = (await self._operation(made).execute(scope)).body
        assert_same_outcome(planned, executed)
        with _drawn(f"again {made}"):
            again = (await self._operation(made).run(scope)).body
        with _drawn(f"again {made}"):
            assert_same(again, (await self._operation(made).execute(scope)).body)
        return orjson.loads(planned)

    async def _undone(self, operation: Operation, caller: Caller) -> bytes:
        scope = self.sample.dealer.scope(caller, locale="en", request_id=REQUEST)
        answer = b""
        try:
            async with self.sample.dealer.database.transaction():
                answer = (await operation.run(scope)).body
                raise _UndoneError
        except _UndoneError:
            return answer

    def _count(self, operation: Operation, answer: Any) -> None:
        tally = self.tally
        tally.rows += _objects(answer.get("data"))
        if "data" not in answer:
            tally.refused["variables"] += 1
        elif "errors" in answer:
            tally.errors[answer["errors"][0]["extensions"]["code"]] += 1
        elif operation.unplanned:
            assert operation.unplanned_reason is not None, operation.unplanned
            tally.unplanned[f"{operation.unplanned_reason}: {operation.unplanned}"] += 1
        elif operation.resolvers:
            tally.with_resolvers += 1
            tally.resolvers.update(operation.resolvers)
        else:
            tally.planned += 1


class _UndoneError(Exception):
    pass


@contextmanager
def _drawn(seed: str) -> Iterator[None]:
    """Let `secrets` draw from a seed: what a command shows only once is then the same both ways, as is the time."""
    chance = random.Random(seed)
    drawn: dict[str, Any] = {"choice": chance.choice, "randbelow": chance.randrange, "randbits": chance.getrandbits}
    with patch.multiple(secrets, token_bytes=lambda size=None: chance.randbytes(size or 32), **drawn):
        yield


def types_of_ids(made: Made) -> int:
    """Return an upper bound for the types of the ids that an operation names."""
    found = set()
    for word in {*made.text.replace('"', " ").split(), *_texts(made.variables)}:
        try:
            found.add(parse_global_id(word.strip("[],(){}"))[0])
        except BadInputError:
            continue
    return min(len(found), NODES_LIMIT)


def _texts(value: Any) -> list[str]:
    if isinstance(value, str):
        return [value]
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return [text for one in inner for text in _texts(one)]


def _reached(value: Any, path: tuple[str, ...]) -> Iterator[tuple[str, ...]]:
    if isinstance(value, dict):
        yield path
        for key, inner in value.items():
            yield from _reached(inner, (*path, key))
    elif isinstance(value, list):
        for inner in value:
            yield from _reached(inner, path)


def _objects(value: Any) -> int:
    if isinstance(value, dict):
        return 1 + sum(map(_objects, value.values()))
    return sum(map(_objects, value)) if isinstance(value, list) else 0
