"""What other modules may use."""

from library.models import Book

__all__ = ["Book"]
