from typing import Any

import strawberry
from library import models
from library.types import Book


@strawberry.type(description="Opening hours, as plain Strawberry.")
class Hours:
    opens: str = strawberry.field(description="From.")


async def _oldest() -> Any:
    return await models.Book.all().order_by("id").first()


async def _all() -> Any:
    return await models.Book.all().order_by("id")


@strawberry.type
class Query:
    hours: Hours = strawberry.field(resolver=lambda: Hours(opens="09:00"), description="When one may come.")
    oldest_book: Book | None = strawberry.field(resolver=_oldest, description="The book that has been here longest.")
    all_books: list[Book] = strawberry.field(resolver=_all, description="Every book, whoever asks.")
