from collections.abc import AsyncGenerator
from typing import Any

import strawberry
from library import models
from library.types import Book


@strawberry.type(description="That a book stands on the shelf.")
class Shelved:
    place: int = strawberry.field(description="Counted from 1.")
    book: Book | None = strawberry.field(description="Which; null out of sight.")


@strawberry.type(description="Where a book stands.")
class Place:
    number: int = strawberry.field(description="Counted from 1.")
    row: str | None = strawberry.field(description="Letter of the shelf.")


async def _books() -> AsyncGenerator[Any, None]:
    for book in await models.Book.all().order_by("id"):
        yield book


async def _sure_books() -> AsyncGenerator[Any, None]:
    async for book in _books():
        yield book


async def _shelves() -> AsyncGenerator[Any, None]:
    books = await models.Book.all().order_by("id")
    yield []
    yield books[:3]
    yield None
    yield [*books, *books[:1]]


async def _shelved() -> AsyncGenerator[Any, None]:
    number = 0
    async for book in _books():
        number += 1
        yield Shelved(place=number, book=book)


async def _places() -> AsyncGenerator[Any, None]:
    yield Place(number=1, row="A")
    yield Place(number=2, row=None)


@strawberry.type
class Subscription:
    book_seen: AsyncGenerator[Book | None, None] = strawberry.subscription(
        resolver=_books, description="Every book, one after the other."
    )
    sure_book_seen: AsyncGenerator[Book, None] = strawberry.subscription(
        resolver=_sure_books, description="The same, and never null."
    )
    shelf_seen: AsyncGenerator[list[Book] | None, None] = strawberry.subscription(
        resolver=_shelves, description="Several books at once."
    )
    shelved: AsyncGenerator[Shelved, None] = strawberry.subscription(
        resolver=_shelved, description="Every book with its place."
    )
    place_seen: AsyncGenerator[Place, None] = strawberry.subscription(
        resolver=_places, description="Places without their books."
    )
