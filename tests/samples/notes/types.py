from notes import models

from forecourt.graphql import entity


@entity(models.Note, filter=["text"], order=["text"])
class Note:
    """Something to remember."""

    text: str
    """What."""
