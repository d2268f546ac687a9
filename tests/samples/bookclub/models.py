from uuid import UUID

from forecourt import Model, fields


class Meeting(Model):
    book_id: UUID
    book: "fields.ForeignKeyRelation" = fields.ForeignKeyField(
        "library.Book", related_name=False, on_delete=fields.RESTRICT
    )
    topic = fields.CharField(max_length=60)
