"""State machines as data: which state may follow which."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from types import MappingProxyType
from typing import Generic, TypeVar

from core.errors import TransitionRefusal

S = TypeVar("S", bound=str)


class StateMachine(Generic[S]):
    """The states of one kind of row and the moves between them.

    Guards that need more than the two states stay with the service that makes the move.

    Args:
        name: What a refusal calls the row, such as "the order".
        transitions: Every state with those that may follow it; one that nothing follows is final.
        initial: The states in which a row may begin; the first one named is the default.

    Raises:
        ValueError: A move leads to a state that isn't in the table.
    """

    def __init__(self, name: str, transitions: Mapping[S, Collection[S]], *, initial: Collection[S] = ()) -> None:
        self.name = name
        self.transitions: Mapping[S, tuple[S, ...]] = MappingProxyType(
            {state: tuple(followers) for state, followers in transitions.items()}
        )
        self.initial: tuple[S, ...] = tuple(initial) or tuple(self.transitions)[:1]
        named = {follower for followers in self.transitions.values() for follower in followers} | set(self.initial)
        unknown = sorted(named - set(self.transitions))
        if unknown:
            raise ValueError(f"the states of {name} lack {', '.join(unknown)}")

    @property
    def states(self) -> tuple[S, ...]:
        """All states, in the table's order."""
        return tuple(self.transitions)

    @property
    def final(self) -> tuple[S, ...]:
        """The states that nothing follows."""
        return tuple(state for state, followers in self.transitions.items() if not followers)

    def allowed(self, state: str) -> tuple[S, ...]:
        """Return the states that may follow; none for a final or an unknown one."""
        return next((followers for key, followers in self.transitions.items() if key == state), ())

    def sources(self, to: str) -> tuple[S, ...]:
        """Return the states that `to` may follow, for the WHERE of a conditional update."""
        return tuple(state for state, followers in self.transitions.items() if to in followers)

    def may(self, state: str, to: str) -> bool:
        """Tell whether `to` may follow `state`; staying is no move."""
        return to in self.allowed(state)

    def check(self, state: str, to: str) -> None:
        """Refuse a move that isn't in the table.

        Raises:
            TransitionRefusal: With the moves that would be right.
        """
        if not self.may(state, to):
            raise TransitionRefusal(self.name, state, to, self.allowed(state))
