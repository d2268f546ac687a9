import asyncio
from datetime import date
from uuid import UUID

from library import models
from library.models import Genre

from forecourt import Money
from forecourt.graphql import Connection, computed, entity, field, resolver


@entity(models.Author, search=["name"], filter=["name", "born_on", "books"], order=["name", "born_on"], public=True)
class Author:
    """Somebody who writes."""

    name: str
    """Pen name."""
    born_on: date | None
    """Birthday."""
    royalty: Money | None = field(permission="library.royalty.read")
    """What one copy earns; not for everyone."""
    books: "Connection[Book]"
    """What is on the shelf."""


@entity(
    models.Book,
    search=["title", "isbn", "lent_to"],
    filter=["title", "genre", "pages", "price", "author", "lent_to", "reviews", "keeper_id"],
    order=["title", "pages", "price", "author"],
    owner="keeper_id",
)
class Book:
    """One copy on the shelf."""

    title: str
    """As on the cover."""
    isbn: str
    """Number of the edition."""
    genre: Genre
    """What kind."""
    pages: int
    """How many."""
    price: Money
    """What it costs."""
    author: Author
    """Who wrote it."""
    keeper_id: UUID | None
    """The colleague who looks after it."""
    lent_to: str | None
    """Telephone of who has it, masked."""
    reviews: "Connection[Review]"
    """What readers say."""

    @computed
    @staticmethod
    def heading(title: str, pages: int, *, today: date) -> str:
        """Title and length, with the year it is."""
        return f"{title} ({pages} p., {today.year})"

    @computed(permission="library.royalty.read")
    @staticmethod
    def secret(isbn: str) -> str:
        """Not for everyone."""
        return isbn[::-1]

    @resolver(needs=["title"])
    async def shout(self) -> str:
        """The title, loud."""
        return self.title.upper()

    @resolver(needs=["author_id", "pages"])
    async def writer(self) -> Author | None:
        """Who wrote it, as a resolver finds it out; some take longer."""
        for _ in range(self.pages % 3):
            await asyncio.sleep(0)
        return models.Author(id=self.author_id)  # type: ignore[attr-defined, return-value]  # needed above; its row is read again

    @resolver(needs=["id"])
    def shelf_mates(self) -> list["Book"]:
        """The same book twice, as a resolver without a wait gives them."""
        return [models.Book(id=self.id), models.Book(id=self.id)]  # type: ignore[attr-defined, list-item]  # the same


@entity(models.Review, filter=["stars", "book"], order=["stars"], visible_through="book")
class Review:
    """What a reader says of a book."""

    book: Book
    """Which."""
    stars: int
    """1 to 5."""
    text: str
    """In words."""
