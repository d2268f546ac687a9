from uuid import UUID

from library.api import Book

from forecourt import Model, fields


class Meeting(Model):
    book_id: UUID
    book: "fields.ForeignKeyRelation[Book]" = fields.ForeignKeyField("library.Book")
    topic = fields.CharField(max_length=60)
