from datetime import date
from typing import Annotated, Any

import strawberry
from library import models
from library.types import Author, Book
from pydantic import Field

from forecourt import Permission, PreconditionRefusal
from forecourt.graphql import ID, Info, Input, query, resolver


@strawberry.type(description="Opening hours, as plain Strawberry.")
class Hours:
    opens: str = strawberry.field(description="From.")


async def _oldest() -> Any:
    return await models.Book.all().order_by("id").first()


async def _all() -> Any:
    return await models.Book.all().order_by("id")


@strawberry.type
class Query:
    hours: Hours = resolver(public=True, description="When one may come.")(lambda: Hours(opens="09:00"))
    oldest_book: Book | None = strawberry.field(resolver=_oldest, description="The book that has been here longest.")
    all_books: list[Book] = strawberry.field(resolver=_all, description="Every book, whoever asks.")


COUNT = Permission("library.shelf.count", {"en": "Count the shelf", "zh-CN": "盘点书架"})


@strawberry.type(description="Books that belong together.")
class Selection:
    title: str = strawberry.field(description="What they have in common.")
    since: date | None = strawberry.field(description="Since when.")
    first: models.Book | None = strawberry.field(description="The thickest; null out of sight.")
    books: list[models.Book] = strawberry.field(description="All of them in sight.")
    parts: list["Selection"] = strawberry.field(description="What it is made of.")


@strawberry.type(description="How many there are.")
class Count:
    title: str = strawberry.field(description="The number.")

    @resolver()
    def shout(self) -> str:
        """The number, loud."""
        return f"{self.title}!"


class PagesInput(Input):
    """How thick a book is."""

    at_least: int = Field(0, ge=0, description="The fewest pages.")
    at_most: int | None = Field(None, ge=0, description="The most.")


@query(permission=COUNT)
async def thick_books(
    info: Info,
    pages: Annotated[PagesInput, Field(description="How thick.")],
    but: Annotated[list[ID[Book]] | None, Field(max_length=10, description="Not these.")] = None,
    limit: Annotated[int, Field(ge=1, le=100, description="How many at the most.")] = 50,
) -> list[models.Book]:
    """The thickest books of the caller's store, whoever looks after them."""
    rows = models.Book.filter(store_id=info.scope.store_id, pages__gte=pages.at_least)
    if pages.at_most is not None:
        rows = rows.filter(pages__lte=pages.at_most)
    return await rows.exclude(id__in=[one.uuid for one in but or ()]).order_by("-pages", "id").limit(limit)


@query(permission=COUNT)
async def book_selection(
    info: Info[models.Book], book: Annotated[ID[Book], Field(description="The one to begin with.")]
) -> Selection:
    """A book and those of its author; null out of sight."""
    books = await models.Book.filter(author_id=info.subject.author_id).order_by("-pages", "id")
    parts = [Selection(title=str(one.genre), since=None, first=one, books=[one], parts=[]) for one in books]
    return Selection(title=info.subject.title, since=date(2026, 1, 1), first=books[0], books=books, parts=parts)


@query()
async def author_of(
    info: Info[models.Author], author: Annotated[ID[Author], Field(description="Whom.")]
) -> models.Author | None:
    """The author again, unless nothing of him is here."""
    return info.subject if await models.Book.filter(author_id=info.subject.id).exists() else None


@query(permission=COUNT)
async def refused_count(
    info: Info, how: Annotated[str, Field(description="REFUSED, BROKEN or NULL; counts without it.")] = ""
) -> Count:
    """Counts, and may fail after it."""
    count = await models.Book.all().count()
    if how == "REFUSED":
        raise PreconditionRefusal("count the other shelf first")
    if how == "BROKEN":
        raise RuntimeError("secret inside")
    title: str = None if how == "NULL" else str(count)  # type: ignore[assignment]  # it is never null
    return Count(title=title)
