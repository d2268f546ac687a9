"""A reference to a row of a module that may be off."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from core.errors import PluginError
from core.ids import uuid7
from core.scope import Scope
from core.testing.harness import SampleDealer, sample_dealer, sample_kernel

SAMPLES = [Path(__file__).parents[2] / "samples"]


@pytest.fixture
async def both(database_url: str) -> AsyncIterator[SampleDealer]:
    async with sample_dealer(["specimen", "library"], database_url=database_url, folders=SAMPLES) as made:
        yield made


async def test_while_the_module_is_on_field_filter_and_reverse_list_are_there(both: SampleDealer) -> None:
    entities = both.dealer.kernel.catalog.entities

    async def make(_: Scope) -> None:
        author = entities["Author"].model(name="Lu Xun")
        await author.save()
        books = [
            entities["Book"].model(title=title, isbn=title, price_minor=1, price_currency="CNY", author_id=author.id,
                                   store_id=both.store_id)
            for title in ("one", "two")
        ]  # fmt: skip
        for book in books:
            await book.save()
        for number, book_id in enumerate([books[0].id, books[1].id, books[0].id, None, uuid7()]):
            await entities["Specimen"].model(number=number, book_id=book_id, store_id=both.store_id).save()

    await both.run(make)
    client = both.client()
    listed = await client(
        "{ specimens(orderBy: [{book: {title: DESC}}, {number: ASC}]) { nodes { number book { title } } } }"
    )
    assert [(one["number"], (one["book"] or {}).get("title")) for one in listed.data["specimens"]["nodes"]] == [
        (1, "two"), (0, "one"), (2, "one"), (3, None), (4, None),
    ]  # fmt: skip
    filtered = await client('{ specimens(filter: {book: {title: {eq: "one"}}}) { nodes { number } } }')
    assert [one["number"] for one in filtered.data["specimens"]["nodes"]] == [0, 2]
    reverse = await client(
        "{ books(filter: {specimens: {some: {number: {eq: 1}}}}) { nodes { title specimens { nodes { number } } } } }"
    )
    assert reverse.data["books"]["nodes"] == [{"title": "two", "specimens": {"nodes": [{"number": 1}]}}]


async def test_while_the_module_is_off_the_row_keeps_the_id(sample: SampleDealer) -> None:
    book_id = uuid7()
    model: Any = sample.dealer.kernel.catalog.entities["Specimen"].model

    async def make(_: Scope) -> object:
        await model(number=1, book_id=book_id, store_id=sample.store_id).save()
        return (await model.get(number=1)).book_id

    assert await sample.run(make) == book_id
    assert "book" not in sample.dealer.kernel.catalog.entities["Specimen"].fields


async def test_a_relation_to_another_model_than_the_reference_names_is_refused(tmp_path: Path) -> None:
    package = tmp_path / "shelves"
    package.mkdir()
    files = {
        "__init__.py": "",
        "plugin.py": "from forecourt import Manifest\n\n"
        'plugin = Manifest(name="shelves", version="1.0", api=">=1,<2", title={"en": "S"}, requires=["library"])\n',
        "models.py": "from forecourt import Model, fields\n\n\nclass Shelf(Model):\n"
        '    book_id = fields.ReferenceField("library.Author")\n',
        "types.py": "from library.types import Book\nfrom shelves import models\n\n"
        "from forecourt.graphql import entity\n\n\n"
        '@entity(models.Shelf)\nclass Shelf:\n    """A shelf."""\n\n    book: Book | None\n    """The book."""\n',
    }
    for name, text in files.items():
        (package / name).write_text(text)
    with pytest.raises(PluginError, match=r"the foreign key points to library\.Author, not to library\.Book"):
        await sample_kernel(["library", "shelves"], folders=[*SAMPLES, tmp_path])
