from datetime import date
from enum import StrEnum
from typing import ClassVar
from uuid import UUID

from forecourt import ConflictRefusal, GroupModel, Model, UniqueWhere, ValidationRefusal, fields


class IsbnTakenRefusal(ConflictRefusal):
    code = "ISBN_TAKEN"

    def __init__(self, isbn: str, book: "Book | None") -> None:
        super().__init__("a book with this ISBN is on the shelf already", path=("isbn",), isbn=isbn, book=book)


class Genre(StrEnum):
    NOVEL = "NOVEL"
    POETRY = "POETRY"


class Author(GroupModel):
    name = fields.CharField(max_length=40, searched=True)
    born_on: date | None = fields.DateField(null=True)
    royalty = fields.MoneyField(null=True)


class Book(Model):
    constraint_refusals: ClassVar = {
        "library_live_isbn": lambda broken: IsbnTakenRefusal(broken.row.isbn, broken.taken_by)
    }

    title = fields.CharField(max_length=80, searched=True)
    isbn = fields.CharField(max_length=20, searched=True)
    genre = fields.CharEnumField(Genre, max_length=10, default=Genre.NOVEL)
    pages = fields.IntField(default=0)
    price = fields.MoneyField()
    author: fields.ForeignKeyRelation[Author] = fields.ForeignKeyField("library.Author")
    author_id: UUID
    keeper_id: UUID | None = fields.UUIDField(null=True)
    lent_to = fields.ProtectedField("phone", search=True, last4=True, null=True)

    class Meta:
        indexes = (UniqueWhere(fields=("store", "isbn"), condition={"archived_at": None}, name="library_live_isbn"),)

    async def prepare(self) -> None:
        if not self.title.strip():
            raise ValidationRefusal("a book has a title", path=("title",))


class Review(Model):
    book: fields.ForeignKeyRelation[Book] = fields.ForeignKeyField("library.Book")
    book_id: UUID
    stars = fields.IntField()
    text = fields.CharField(max_length=200, default="")
