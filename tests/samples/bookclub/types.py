from typing import Any

from bookclub import models
from library.types import Book

from forecourt import Scope
from forecourt.graphql import Connection, Input, computed, entity, extend


@entity(models.Meeting, filter=["topic", "book"], order=["topic", "book"])
class Meeting:
    """An evening about a book."""

    book: Book
    """Which."""
    topic: str
    """What about."""


class MeetingInput(Input):
    """An evening to plan for the new book."""

    topic: str

    async def apply(self, scope: Scope, row: Any) -> None:
        await models.Meeting(book_id=row.id, store_id=row.store_id, topic=self.topic).save()


@extend(Book, filter=["meetings"], create=[MeetingInput])
class BookMeetings:
    meetings: Connection[Meeting]
    """Evenings about this book."""

    @computed
    @staticmethod
    def is_long(pages: int) -> bool:
        """Whether one evening is not enough."""
        return pages > 300
