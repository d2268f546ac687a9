from typing import ClassVar
from uuid import UUID

from forecourt import Event


class BookRenamed(Event):
    type: ClassVar[str] = "library.book_renamed"
    aggregate: ClassVar[str] = "book_id"

    book_id: UUID
