from typing import Annotated

from library import models
from library.events import BookRenamed
from library.types import Book
from pydantic import Field

from forecourt import Refusal
from forecourt.graphql import ID, Info, Input, command


class DullTitleRefusal(Refusal):
    code = "DULL_TITLE"


class RenameBookInput(Input):
    """Which book, and its new title."""

    book: ID[Book]
    title: Annotated[str, Field(max_length=80, description="The new title.")]


class RelabelBookInput(Input):
    """Which book, and its new ISBN."""

    book: ID[Book]
    isbn: Annotated[str, Field(max_length=20, description="The new number.")]
    unchecked: bool = Field(False, description="Leave it to the database to find that the number is taken.")


@command(Book, permission="library.book.rename")
async def relabel_book(info: Info[models.Book], input: RelabelBookInput) -> models.Book:
    """Give a book another ISBN."""
    book = info.subject
    other = await models.Book.filter(isbn=input.isbn, archived_at=None).first()
    if other is not None and not input.unchecked:
        raise models.IsbnTakenRefusal(input.isbn, other)
    await book.change_where(where={}, isbn=input.isbn)
    return book


@command(Book, permission="library.book.rename")
async def rename_book(info: Info[models.Book], input: RenameBookInput) -> models.Book:
    """Give a book another title."""
    book = info.subject
    if input.title == "Untitled":
        raise DullTitleRefusal("think of something better", path=("title",))
    book.title = input.title
    await book.save()
    info.scope.publish(BookRenamed(book_id=book.id))
    if input.title == "Crash":
        raise RuntimeError("secret inside")
    return book
