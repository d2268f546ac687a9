"""What a subscription delivers is the same from a plan as from graphql-core, for who gets it at that moment."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import aclosing
from dataclasses import dataclass, field, replace
from inspect import isawaitable
from itertools import cycle
from typing import Any, cast

import orjson
import pytest
from graphql import ExecutionResult, OperationType
from graphql.execution import create_source_event_stream, execute_subscription_event
from strawberry.schema.schema import StrawberryGraphQLCoreExecutionContext

from core.api.context import Context
from core.api.execute import Operation, RequestError
from core.api.responses import response
from core.caller import Caller, Reach
from core.scope import Scope
from core.testing.harness import SampleDealer
from tests.core.api.operations import Generator
from tests.core.api.operations import Operation as Made
from tests.core.api.outcomes import assert_same
from tests.core.api.test_same_answers import made_of
from tests.core.library import make_author, make_book

REQUEST = "the request"
BOOK = "title lentTo secret author { name royalty { amountMinor } books(first: 2) { totalCount nodes { title } } }"


@dataclass
class Delivered:
    """What came of a subscription.

    Attributes:
        bodies: Data and errors of each event.
        unplanned: Why an event was left to graphql-core, for each.
        statements: How many each event cost.
    """

    operation: Operation
    bodies: list[bytes] = field(default_factory=list)
    unplanned: list[str] = field(default_factory=list)
    statements: list[int] = field(default_factory=list)

    @property
    def data(self) -> list[Any]:
        return [orjson.loads(body)["data"] for body in self.bodies]


def scope_of(sample: SampleDealer, caller: Caller) -> Scope:
    return sample.dealer.scope(caller, locale="en", request_id=REQUEST)


async def planned(sample: SampleDealer, made: Made, callers: Sequence[Caller]) -> Delivered:
    """Subscribe; the callers come one after the other, one for each event."""
    operation = Operation(sample.dealer, made.text, made.variables, made.name)
    delivered, turns = Delivered(operation), cycle(callers)

    async def renew() -> Scope:
        delivered.statements.append(len(statements))
        return scope_of(sample, next(turns))

    with sample.dealer.database.counting() as statements:
        async with aclosing(operation.stream(scope_of(sample, callers[0]), renew)) as stream:
            async for answer in stream:
                body = {key: value for key, value in orjson.loads(answer.body).items() if key != "extensions"}
                delivered.bodies.append(orjson.dumps(body))
                delivered.unplanned.append(operation.unplanned)
                if delivered.statements:
                    delivered.statements[-1] = len(statements) - delivered.statements[-1]
    return delivered


async def executed(sample: SampleDealer, made: Made, callers: Sequence[Caller]) -> list[bytes]:
    """Do the same by graphql-core alone."""
    prepared = Operation(sample.dealer, made.text, made.variables, made.name).prepared
    coerced = prepared.variables.coerce(made.variables)
    if isinstance(coerced, list):
        raise RequestError(coerced)

    def context(caller: Caller) -> Context:
        new = sample.dealer.context(scope_of(sample, caller), made.variables)
        new.coerced = new.reader.variables = coerced
        return new

    executor = StrawberryGraphQLCoreExecutionContext.build(
        sample.dealer.kernel.schema.graphql,
        prepared.document,
        raw_variable_values=made.variables,
        operation_name=made.name,
        context_value=context(callers[0]),
    )
    assert not isinstance(executor, list)
    opened = create_source_event_stream(executor)
    source = await opened if isawaitable(opened) else opened
    assert not isinstance(source, ExecutionResult)
    bodies, turns = [], cycle(callers)
    async with aclosing(cast("Any", source)) as events:
        async for event in events:
            one = executor.build_per_event_executor(event)
            one.context_value = context(next(turns))
            answer = execute_subscription_event(one)
            result = await answer if isawaitable(answer) else answer
            body = response(result, one.context_value.scope, {})
            body.pop("extensions", None)
            bodies.append(orjson.dumps(body))
    return bodies


async def both_ways(sample: SampleDealer, made: Made, callers: Sequence[Caller]) -> Delivered:
    """Return what was delivered, the same both ways."""

    async def work() -> Delivered:
        delivered = await planned(sample, made, callers)
        for one, other in zip(delivered.bodies, await executed(sample, made, callers), strict=True):
            assert_same(one, other)
        return delivered

    return await sample.read(work)


async def shelf(sample: SampleDealer, books: int = 3) -> None:
    client = sample.client(reach=Reach.GROUP)
    author = await make_author(client, royalty={"amountMinor": "50", "currency": "CNY"})
    for number in range(books):
        await make_book(client, author, f"isbn {number}", lentTo="13800138000")


def everything(sample: SampleDealer) -> Caller:
    return sample.client(reach=Reach.GROUP).caller


def without(caller: Caller, *names: str) -> Caller:
    return replace(caller, permissions={n: reach for n, reach in caller.permissions.items() if n not in names})


@pytest.mark.parametrize(
    ("text", "resolvers"),
    [
        ("{ bookSeen { id __typename title } }", ()),
        (f"{{ b: bookSeen {{ {BOOK} }} }}", ()),
        (f"{{ sureBookSeen {{ ...F reviews {{ nodes {{ stars }} }} }} }} fragment F on Book {{ {BOOK} heading }}", ()),
        (f"{{ shelfSeen {{ {BOOK} }} }}", ()),
        ("{ placeSeen { number row __typename } }", ()),
        ("{ bookSeen { title shout } }", ("Book.shout",)),
        (f"{{ shelved {{ place book {{ {BOOK} }} }} }}", ("Subscription.shelved",)),
    ],
)
async def test_events_are_answered_by_a_plan(sample: SampleDealer, text: str, resolvers: tuple[str, ...]) -> None:
    await shelf(sample)
    delivered = await both_ways(sample, Made(f"subscription {text}"), [everything(sample)])
    assert len(delivered.bodies) > 1
    assert {*delivered.unplanned} == {""}
    assert delivered.operation.resolvers == resolvers
    assert all(data is not None for data in delivered.data)


async def test_rights_taken_away_between_two_events_hold_for_the_second(sample: SampleDealer) -> None:
    await shelf(sample)
    full = everything(sample)
    callers = [full, without(full, "library.royalty.read"), without(full, "library.book.read")]
    delivered = await both_ways(sample, Made(f"subscription {{ bookSeen {{ {BOOK} }} }}"), callers)
    first, masked, gone = (data["bookSeen"] for data in delivered.data)
    assert (first["author"]["royalty"], masked["author"]["royalty"]) == ({"amountMinor": "50"}, None)
    assert (first["secret"], masked["secret"]) == ("0 nbsi", None)
    assert first["author"]["books"]["totalCount"] == masked["author"]["books"]["totalCount"] == 3
    assert gone is None
    assert {*delivered.unplanned} == {""}


async def test_row_out_of_sight_where_the_schema_promises_one_is_an_error(sample: SampleDealer) -> None:
    await shelf(sample, 1)
    blind = without(everything(sample), "library.book.read")
    delivered = await both_ways(sample, Made("subscription { sureBookSeen { title } }"), [blind])
    [body] = delivered.bodies
    assert orjson.loads(body)["errors"][0]["path"] == ["sureBookSeen"]
    assert "promises" in delivered.unplanned[0]


async def test_event_costs_a_statement_for_each_level_however_many_rows(sample: SampleDealer) -> None:
    await shelf(sample, 4)
    levels = 1 if sample.dealer.database.dialect == "postgres" else 4  # rows, authors, their books, how many
    one = await both_ways(sample, Made(f"subscription {{ bookSeen {{ {BOOK} }} }}"), [everything(sample)])
    assert one.statements == [levels] * 4
    many = await both_ways(sample, Made(f"subscription {{ shelfSeen {{ {BOOK} }} }}"), [everything(sample)])
    assert many.statements == [0, levels, 0, levels]
    assert [len(data["shelfSeen"] or []) for data in many.data] == [0, 3, 0, 5]


async def test_plan_of_a_subscription_is_explained(sample: SampleDealer) -> None:
    operation = Operation(sample.dealer, f"subscription {{ bookSeen {{ {BOOK} }} }}", {}, None)
    told = operation.explain(scope_of(sample, everything(sample)))
    assert (operation.kind, told.unplanned) == (OperationType.SUBSCRIPTION, "")
    assert {name for name, _ in told.statements} == {"bookSeen"}
    assert told.computed == ("Book.secret",)
    assert "library_book" in told.statements[0][1]


async def test_random_subscriptions_give_the_same_answers(sample: SampleDealer) -> None:
    """Each event to another caller."""
    comparison = await made_of(sample)
    callers = list(comparison.callers.values())
    schema = sample.dealer.kernel.schema.graphql
    run = events = by_plan = 0
    for seed in range(80):
        made = Generator(schema, comparison.pool, seed).subscription()
        try:
            delivered = await both_ways(sample, made, callers)
        except RequestError:
            continue  # `__typename`, a wrong variable, or too large for the caller with the usual limits
        run += 1
        events += len(delivered.bodies)
        by_plan += sum(not why for why in delivered.unplanned)
    assert run > 40
    assert events > 5 * run
    assert by_plan > 0.8 * events
