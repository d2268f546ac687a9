"""With the library: a specimen may be described in a book."""

from library.types import Book
from specimen.types import Specimen

from forecourt.graphql import Connection, extend


@extend(Specimen, filter=["book"], order=["book"])
class SpecimenBook:
    """The book of a specimen."""

    book: Book | None
    """The book that describes it."""


@extend(Book, filter=["specimens"])
class BookSpecimens:
    """The specimens of a book."""

    specimens: Connection[Specimen]
    """What it describes."""
