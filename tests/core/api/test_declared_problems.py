"""Problems that modules declare: their own fields, from a service and from a broken rule of the database alike."""

from __future__ import annotations

from typing import Any

import pytest

from core.caller import Reach
from core.kernel import kernel_without_database
from core.testing.harness import Client, SampleDealer
from tests.core.api.test_catalog import Workshop, refused, workshop
from tests.core.library import make_author, make_book, money

__all__ = ["workshop"]  # the fixture

PROBLEMS = """problems { __typename code message path
  ... on IsbnTakenProblem { isbn book { title author { name } } } }"""
RELABEL = f"mutation($i: RelabelBookInput!) {{ relabelBook(input: $i) {{ book {{ isbn }} {PROBLEMS} }} }}"
CREATE = f"mutation($i: CreateBookInput!) {{ createBook(input: $i) {{ book {{ isbn }} {PROBLEMS} }} }}"


def taken(isbn: str, book: Any) -> dict[str, Any]:
    return {
        "__typename": "IsbnTakenProblem",
        "code": "ISBN_TAKEN",
        "message": "a book with this ISBN is on the shelf already",
        "path": ["isbn"],
        "isbn": isbn,
        "book": book,
    }


ONE = {"title": "Book 1", "author": {"name": "Lu Xun"}}


@pytest.mark.parametrize("unchecked", [False, True], ids=["by a service", "by the database"])
async def test_problem_has_its_own_fields_whoever_finds_it(client: Client, unchecked: bool) -> None:
    author = await make_author(client)
    await make_book(client, author, "1")
    second = await make_book(client, author, "2")
    payload = await client.payload(RELABEL, i={"book": second, "isbn": "1", "unchecked": unchecked})
    assert payload == {"book": None, "problems": [taken("1", ONE)]}
    assert (await client.command(RELABEL, i={"book": second, "isbn": "3"}))["book"] == {"isbn": "3"}


async def test_generated_command_meets_the_same_problem(client: Client) -> None:
    author = await make_author(client)
    await make_book(client, author, "1")
    payload = await client.payload(CREATE, i={"title": "T", "isbn": "1", "price": money(1), "author": author})
    assert payload == {"book": None, "problems": [taken("1", ONE)]}


async def test_rows_of_one_transaction_that_meet_name_none_in_the_way(client: Client) -> None:
    values = {"title": "T", "isbn": "1", "price": money(1), "author": await make_author(client)}
    many = f"mutation($i: CreateBooksInput!) {{ createBooks(input: $i) {{ books {{ isbn }} {PROBLEMS} }} }}"
    payload = await client.payload(many, i={"items": [values, {**values, "title": "U"}]})
    assert [(one["code"], one["isbn"], one["book"]) for one in payload["problems"]] == [("ISBN_TAKEN", "1", None)]


async def test_row_in_a_problem_is_null_for_whoever_may_not_read_it(sample: SampleDealer, client: Client) -> None:
    author = await make_author(client)
    await make_book(client, author, "1")
    own = sample.client(await sample.add_user("li"), reach=Reach.OWN)
    payload = await own.payload(CREATE, i={"title": "T", "isbn": "1", "price": money(1), "author": author})
    assert payload == {"book": None, "problems": [taken("1", None)]}


async def test_message_comes_in_the_clients_language_and_the_type_stands_in_the_schema(sample: SampleDealer) -> None:
    sdl = sample.dealer.kernel.schema.sdl()
    assert '"""A book with the same ISBN is on the shelf."""\ntype IsbnTakenProblem implements Problem {' in sdl
    assert '"""The number that is taken."""\n  isbn: String!' in sdl
    assert "  book: Book\n" in sdl


@pytest.mark.once
@pytest.mark.parametrize(
    ("field", "parameters", "says"),
    [
        ("rack: str", "rock", "Problem.rack: TakenRefusal is not told of it; give its constructor a parameter rack"),
        ("rack: Rack", "rack", "name 'Rack' is not defined"),
    ],
)
async def test_problem_that_does_not_fit_its_refusal_stops_the_start(
    workshop: Workshop,
    field: str,
    parameters: str,
    says: str,
) -> None:
    more = f"""

    from forecourt import ConflictRefusal
    from forecourt.graphql import Problem, problem


    class TakenRefusal(ConflictRefusal):
        def __init__(self, {parameters}):
            super().__init__("taken", {parameters}={parameters})


    @problem(TakenRefusal)
    class TakenProblem(Problem):
        \"\"\"Taken.\"\"\"

        {field}
    """
    package = workshop.make(more=more)
    error = await refused(workshop, package)
    assert says in error.message
    assert error.plugins == (package,)


@pytest.mark.once
async def test_two_problems_for_one_refusal_stop_the_start(workshop: Workshop) -> None:
    more = """

    from forecourt import ConflictRefusal
    from forecourt.graphql import Problem, problem


    class TakenRefusal(ConflictRefusal):
        pass


    @problem(TakenRefusal)
    class OneProblem(Problem):
        \"\"\"One.\"\"\"


    @problem(TakenRefusal)
    class OtherProblem(Problem):
        \"\"\"Other.\"\"\"
    """
    error = await refused(workshop, workshop.make(more=more))
    assert "OneProblem and OtherProblem are both for TakenRefusal: keep one" in error.message


@pytest.mark.once
@pytest.mark.parametrize(
    ("makers", "says"),
    [
        ('"clsoe_thing"', "names the command clsoe_thing, and there is none"),
        ('"update_thing"', ""),
    ],
)
async def test_state_machine_names_commands_that_are_there(
    workshop: Workshop,
    makers: str,
    says: str,
) -> None:
    package = workshop.make(options=', update=["name"]')
    models = workshop.folder / package / "models.py"
    models.write_text(
        models.read_text().replace(
            "from forecourt import Model, fields",
            f"""from enum import StrEnum

from forecourt import Model, StateMachine, fields


class ThingState(StrEnum):
    OPEN = "OPEN"
    CLOSED = "CLOSED"


THING = StateMachine(
    {{"en": "thing", "zh-CN": "物"}}, {{ThingState.OPEN: {{ThingState.CLOSED: {makers}}}, ThingState.CLOSED: {{}}}}
)
""",
        )
        + "    state = fields.StateField(THING, max_length=10)\n"
    )
    if says:
        assert says in (await refused(workshop, package)).message
        return
    kernel = await kernel_without_database([package], folders=[workshop.folder])
    machine = kernel.catalog.entities["Thing"].machines["state"]
    (move,) = machine.moves[machine.initial[0]]
    assert [command.name for command in kernel.catalog.makers(move)] == ["updateThing"]
