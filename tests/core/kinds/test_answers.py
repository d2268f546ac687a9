"""Every kind of field, with every operator that it has, on both databases, beside Python's answer."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from functools import cmp_to_key
from typing import Any

import pytest
from graphql import get_named_type

from core.kinds.kind import Operator
from core.kinds.operators import LAST4
from core.testing.harness import Client, SampleDealer
from tests.core.kinds.specimens import TEXTS, VALUES, Specimens, exact, folded, numbers, sent

FIELDS = (*(name for name in VALUES if name != "price"), "price.amount_minor", "price.currency")
UNORDERED = ("phone", "tags", "grades")
NAMES = {"price.amount_minor": ("price", "amountMinor"), "price.currency": ("price", "currency")}


@pytest.fixture
def client(sample: SampleDealer) -> Client:
    return sample.client()


def operators(sample: SampleDealer, field: str) -> Sequence[Operator]:
    """Return the operators of a field's kind."""
    column = sample.dealer.kernel.catalog.entities["Specimen"].columns[field.partition(".")[0]]
    for name in NAMES.get(field, ())[1:]:
        column = column.named_part(name)
    return column.kind.operators


def operands(field: str, operator: Operator, specimens: Specimens) -> Iterator[Any]:
    """Yield what a field is compared with: the values that there are, some that there aren't, and lists of them."""
    values = [value for value in specimens.values(field) if value is not None]
    if operator.takes == "flag":
        yield from (True, False)
    elif operator.takes == "many" and isinstance(values[0], list):
        yield from ([], *values, ["red", "nothing"], ["A\u0308"])
    elif operator.takes == "many":
        found = list(dict.fromkeys(values))
        yield from ([], found[:1], found[1:4], found)
    elif operator.matches:
        found = list(dict.fromkeys(values))
        yield from (
            *found,
            "änd",
            "ÄND",
            "a\u0308nd",
            "ｂｃ",
            "ω",
            "жу",
            "SS",
            "ς",
            "%",
            "_b!",
            "\\",
            "字",
            "ガ",
            "FIN",
        )
    elif operator is LAST4:
        yield from {value[-4:]: None for value in values}
    else:
        yield from dict.fromkeys(values)


@pytest.mark.parametrize("field", FIELDS)
async def test_each_operator_answers_as_python_does(
    sample: SampleDealer, client: Client, specimens: Specimens, field: str
) -> None:
    wrong = set()
    values = specimens.values(field)
    for operator in operators(sample, field):
        for operand in operands(field, operator, specimens):
            condition: Any = {operator.name: names_of(field, operand)}
            for name in reversed(NAMES.get(field, (field,))):
                condition = {name: condition}
            expected = [number for number, value in enumerate(values) if operator.holds(value, operand)]
            if await numbers(client, condition) != expected:
                wrong.add(operator.name)
    assert not wrong


def names_of(field: str, operand: Any) -> Any:
    """Return an operand as a client sends it; members of an enum by their names."""
    if field != "colour" or isinstance(operand, bool):
        return sent(operand)
    return [one.upper() for one in operand] if isinstance(operand, list) else operand.upper()


@pytest.mark.parametrize("direction", ["ASC", "DESC"])
@pytest.mark.parametrize("field", [name for name in VALUES if name not in UNORDERED])
async def test_pages_by_the_cursors_given_have_every_row_in_python_s_order(
    client: Client, specimens: Specimens, field: str, direction: str
) -> None:
    values = specimens.values("price.amount_minor" if field == "price" else field)

    def compare(one: int, other: int) -> int:
        first, second = values[one], values[other]
        if first != second and None in (first, second):
            return 1 if first is None else -1
        if first == second:
            return (one > other) - (one < other) if direction == "ASC" else (one < other) - (one > other)
        return (-1 if first < second else 1) * (1 if direction == "ASC" else -1)

    expected = sorted(range(len(values)), key=cmp_to_key(compare))
    assert await walk(client, field, direction, "first", "after") == expected
    assert await walk(client, field, direction, "last", "before") == expected[::-1]


async def walk(client: Client, field: str, direction: str, size: str, beyond: str) -> list[int]:
    """Return the numbers of all rows, page by page, each by the cursor that the one before has given."""
    found: list[int] = []
    cursor = None
    while True:
        page = (
            await client(
                f"query($c: String) {{ specimens({size}: 7, {beyond}: $c, orderBy: {{{field}: {direction}}})"
                " { pageInfo { startCursor endCursor hasNextPage hasPreviousPage } nodes { number } } }",
                c=cursor,
            )
        ).data["specimens"]
        here = [node["number"] for node in page["nodes"]]
        found += here if size == "first" else here[::-1]
        info = page["pageInfo"]
        if not info["hasNextPage" if size == "first" else "hasPreviousPage"]:
            return found
        cursor = info["endCursor" if size == "first" else "startCursor"]


@pytest.mark.parametrize(
    "text", [*(t for t in TEXTS if t.strip()), "änd", "a\u0308nd", "ｂｃ", "ω", "жу", "ss", "ガ", "fin", "13800138000"]
)
async def test_a_search_finds_what_python_finds(client: Client, specimens: Specimens, text: str) -> None:
    def holds(row: Mapping[str, Any]) -> bool:
        return all(
            any(folded(word) in folded(row[name] or "") for name in ("name", "note")) or row["phone"] == word
            for word in text.split()
        )

    answer = await client(
        "query($t: String) { specimens(search: $t, first: 100, orderBy: {number: ASC}) { nodes { number } } }", t=text
    )
    expected = [row["number"] for row in specimens.rows if holds(row)]
    assert [node["number"] for node in answer.data["specimens"]["nodes"]] == expected


MEASURED = ("small", "count", "big", "rate", "weight", "day", "moment")


@pytest.mark.parametrize("field", MEASURED)
async def test_each_measure_is_python_s(sample: SampleDealer, client: Client, specimens: Specimens, field: str) -> None:
    values = [value for value in specimens.values(field) if value is not None]
    kinds = sample.dealer.kernel.schema.graphql.type_map
    measures: dict[str, Any] = {"min": min(values), "max": max(values)}
    if field in kinds["SpecimenSum"].fields:  # type: ignore[attr-defined]  # an object type
        measures |= {"sum": sum(values), "average": sum(values) / len(values)}
    wrong = set()
    for measure, expected in measures.items():
        answer = await client(f"{{ specimenStats {{ {measure} {{ {field} }} }} }}")
        got = answer["data"]["specimenStats"][0][measure][field] if "errors" not in answer else None
        if not _same(got, expected, approximately=measure in ("sum", "average")):
            wrong.add(measure)
    assert not wrong


def _same(got: Any, expected: Any, *, approximately: bool) -> bool:
    if got is None:
        return False
    if isinstance(expected, Decimal) and not approximately:
        return isinstance(got, str) and Decimal(got) == expected
    if isinstance(expected, int | float | Decimal):
        return float(got) == pytest.approx(float(expected), rel=1e-12)
    return type(expected).fromisoformat(got) == expected  # type: ignore[no-any-return]  # a date or an instant


async def test_amounts_are_measured_by_currency(client: Client, specimens: Specimens) -> None:
    answer = await client(
        "{ specimenStats { sum { price { amountMinor currency } } min { price { amountMinor currency } } } }"
    )
    prices = [price for price in specimens.values("price") if price is not None]
    stats = answer.data["specimenStats"][0]
    for measure, function in (("sum", sum), ("min", min)):
        got = {one["currency"]: int(one["amountMinor"]) for one in stats[measure]["price"]}
        assert got == {
            currency: function(p.amount_minor for p in prices if p.currency == currency) for currency in ("CNY", "EUR")
        }


WRITTEN = (
    "name", "small", "count", "big", "flag", "day", "moment", "key", "rate", "weight", "tags", "grade",
    "release",
)  # fmt: skip
GROUPED = ("NAME", "SMALL", "BIG", "FLAG", "DAY", "COLOUR", "KEY", "RATE")


@pytest.mark.parametrize("field", GROUPED)
async def test_groups_of_one_size_come_in_order_and_the_one_without_a_value_last(
    client: Client, specimens: Specimens, field: str
) -> None:
    name = field.lower()
    answer = await client(f"{{ specimenStats(groupBy: [{field}]) {{ count key {{ {name} }} }} }}")
    groups = [(group["count"], group["key"][name]) for group in answer.data["specimenStats"]]
    counts: dict[Any, int] = {}
    for value in map(exact, specimens.values(name)):
        counts[value] = counts.get(value, 0) + 1
    expected = sorted(counts, key=lambda value: (-counts[value], value is None, 0 if value is None else value))
    shown = [(counts[value], _shown(name, value)) for value in expected]
    assert groups == shown


def _shown(name: str, value: Any) -> Any:
    if value is None:
        return None
    return value.upper() if name == "colour" else str(value) if name == "big" else sent(value)


@pytest.mark.parametrize(
    "field", ["name", "small", "count", "big", "flag", "day", "moment", "key", "rate", "weight", "tags", "grade"]
)
async def test_an_input_takes_the_type_that_the_answer_has_and_keeps_its_value(
    sample: SampleDealer, client: Client, field: str
) -> None:
    kinds = sample.dealer.kernel.schema.graphql.type_map
    shown = get_named_type(kinds["Specimen"].fields[field].type).name  # type: ignore[attr-defined]  # an object type
    taken = get_named_type(kinds["CreateSpecimenInput"].fields[field].type).name  # type: ignore[attr-defined]  # an input
    assert shown == taken
    values = [value for value in VALUES[field] if not isinstance(value, int) or abs(value) < 10**15]  # the most taken
    for number, value in enumerate([*values, None]):
        written = str(value) if taken == "BigInt" and value is not None else sent(value)
        payload = await client.command(
            "mutation($i: CreateSpecimenInput!) { createSpecimen(input: $i)"
            f" {{ specimen {{ {field} }} problems {{ message }} }} }}",
            i={"number": 100 + number, field: written},
        )
        assert _equal(payload["specimen"][field], exact(value))


def _equal(got: Any, value: Any) -> bool:
    if got is None or value is None:
        return got is value
    if isinstance(value, str | bool | list):
        return got == value  # type: ignore[no-any-return]  # JSON
    if isinstance(value, int | float | Decimal):
        return type(value)(got) == value
    return bool(type(value).fromisoformat(got) == value if hasattr(type(value), "fromisoformat") else str(value) == got)
