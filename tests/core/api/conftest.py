"""The dealer with a library that these tests ask."""

from tests.core.library import client, sample

__all__ = ["client", "sample"]
