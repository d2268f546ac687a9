"""Limits of fields: what generated commands refuse, and what clients read of it."""

from __future__ import annotations

from typing import Any

import pytest

from core.kinds.kind import kind_of
from core.testing.harness import Client, SampleDealer

CREATE = """mutation($i: CreateSpecimenInput!) { createSpecimen(input: $i) {
  specimen { id grade grades } problems { message path } } }"""


@pytest.fixture
def client(sample: SampleDealer) -> Client:
    return sample.client()


@pytest.mark.parametrize(
    ("field", "beyond", "within"),
    [
        ("score", [-1, 101], [0, 100]),
        ("small", [-(2**15) - 1, 2**15], [-(2**15), 2**15 - 1]),
        ("ratio", ["-0.01", "1.01", "0.123"], ["0", "1.00", "0.5"]),
        ("rate", ["12345678901.00", "0.001"], ["-9999999999.99"]),
        ("name", ["x" * 41], ["x" * 40]),
        ("mark", ["x", "xxxxx"], ["xx", "xxxx"]),
        ("release", ["1.2", "new"], ["1.2.3"]),
        ("tags", [["x"] * 6, ["x" * 41]], [["x" * 40] * 5]),
    ],
)
async def test_a_generated_command_refuses_what_lies_beyond(
    client: Client, field: str, beyond: list[Any], within: list[Any]
) -> None:
    for value in within:
        await client.command(CREATE, i={"number": 1, field: value})
    for value in beyond:
        payload = await client.payload(CREATE, i={"number": 1, field: value})
        assert [problem["path"][0] for problem in payload["problems"]] == [field], value


async def test_clients_read_the_limits_of_an_input(sample: SampleDealer) -> None:
    kind: Any = sample.dealer.kernel.schema.graphql.type_map["CreateSpecimenInput"]
    texts = {name: field.description for name, field in kind.fields.items()}
    assert texts["score"] == "A number between two others. From 0 to 100."
    assert texts["ratio"].endswith("At most 4 digits, 2 of them after the point. From 0 to 1.")
    assert texts["mark"].endswith("2 to 4 characters.")
    assert texts["tags"].endswith("At most 5 entries.")


async def test_a_number_beyond_the_column_s_bits_is_compared_all_the_same(client: Client) -> None:
    await client.command(CREATE, i={"number": 1, "small": 5})
    for condition, count in (({"lt": 2**31 - 1}, 1), ({"gt": 2**20}, 0), ({"in": [5, 2**20]}, 1), ({"eq": 2**20}, 0)):
        answer = await client(
            "query($f: SpecimenFilter) { specimens(filter: $f) { totalCount } }", f={"small": condition}
        )
        assert answer.data["specimens"]["totalCount"] == count


def test_made_up_values_are_within_the_limits(sample: SampleDealer) -> None:
    model = sample.dealer.kernel.catalog.entities["Specimen"].model
    now = sample.clock.at
    made = {
        name: [kind_of(model._meta.fields_map[name]).sample(number, now) for number in (0, 1, 500)]
        for name in ("score", "ratio", "mark", "name")
    }
    assert all(0 <= value <= 100 for value in made["score"])
    assert all(0 <= value <= 1 for value in made["ratio"])
    assert [len(value) for value in made["mark"]] == [2, 2, 3]


@pytest.mark.parametrize(
    ("given", "path"), [({"grade": "LOST"}, ["grade"]), ({"grades": ["FINE", "LOST"]}, ["grades", "1"])]
)
async def test_a_code_that_the_list_does_not_have_is_refused(
    client: Client, given: dict[str, Any], path: list[Any]
) -> None:
    payload = await client.payload(CREATE, i={"number": 1, **given})
    (problem,) = payload["problems"]
    assert problem["path"] == path
    assert problem["message"] == "this is no valid code of specimen.grade; valid are FINE, FAIR, POOR"


async def test_what_a_code_is_called_follows_the_language(sample: SampleDealer) -> None:
    from forecourt import code_title

    async def titles(scope: Any) -> list[str]:
        scope.locale = "zh-CN"
        return [await code_title(scope, "specimen.grade", code) for code in ("FINE", "GONE")]

    assert await sample.run(titles) == ["优", "GONE"]
