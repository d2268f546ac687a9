from library.models import IsbnTakenRefusal
from library.types import Book

from forecourt.graphql import Problem, problem


@problem(IsbnTakenRefusal)
class IsbnTakenProblem(Problem):
    """A book with the same ISBN is on the shelf."""

    isbn: str
    """The number that is taken."""
    book: Book
    """The book that has it; null if the caller may not see it."""
