"""What writers have asked for, and what they were told."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum
from typing import Any


class Kind(Enum):
    """What a call asks for."""

    POST = "post"
    RENAME = "rename"


@dataclass
class Call:
    """One wish of a writer under one key, however often it was sent.

    Attributes:
        expected: The version that it names, if it names one.
        answers: What it was told each time it got an answer: the row's id and version.
        refused: The code of the problem that ended it.
        faults: Codes of errors that no client should see.
        sent: How often it was sent; answers may have been lost.
    """

    key: str
    kind: Kind
    account: str
    amount: int = 0
    expected: int | None = None
    answers: list[tuple[str, int]] = field(default_factory=list)
    refused: str = ""
    faults: list[str] = field(default_factory=list)
    sent: int = 0

    @property
    def acknowledged(self) -> bool:
        return bool(self.answers)


@dataclass(frozen=True)
class State:
    """What the database holds when all is quiet.

    Attributes:
        accounts: By id: name, balance and version.
        postings: Key, id, account, amount and number of each.
        echoes: The postings that the handler has heard of.
        chores: Those whose job has been done.
        versions: The versions that the audit knows of each row, by the row's id.
        waiting: What is not at rest, in words: streams, leases, jobs, dead letters, unsealed entries.
        unsound: What is wrong with the audit's chains, in words.
    """

    accounts: dict[str, tuple[str, int, int]]
    postings: list[tuple[str, str, str, int, str]]
    echoes: list[str]
    chores: list[str]
    versions: dict[str, list[int]]
    waiting: list[str]
    unsound: list[str]


Answer = dict[str, Any]
