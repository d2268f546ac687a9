"""State machines as data: which state may follow which, by which command; and the one way to make a move."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final, Generic, TypeVar

from pydantic.alias_generators import to_camel

from core.errors import ConflictRefusal, TransitionRefusal
from core.scope import current

if TYPE_CHECKING:
    from core.data.model import Record
    from core.event import Event

S = TypeVar("S", bound=StrEnum)
Makers = str | Sequence[str | None] | None
"""The command that makes a move, such as `assign_lead`, or several; `BY_SYSTEM` for whatever else makes it."""

BY_SYSTEM: Final = None
"""Makes a move in place of a command: a job, a handler, or the service of another module."""


@dataclass(frozen=True, slots=True)
class Move(Generic[S]):
    """One move of a machine.

    Attributes:
        commands: Functions of the commands that make it, such as `assign_lead`.
        by_system: Whether a job, a handler or another module makes it as well, or alone.
    """

    state: S
    to: S
    commands: tuple[str, ...]
    by_system: bool


class StateMachine(Generic[S]):
    """The states of one kind of row, the moves between them, and who makes them.

    It belongs to a column: `state = fields.StateField(MACHINE, …)`. Guards that need more than the two states stay with
    the service that makes the move.

    Args:
        title: What one such row is called, per language: `{"en": "lead", "zh-CN": "线索"}`.
        moves: Every state with those that may follow it, each with the command that makes the move, several, or
            `BY_SYSTEM`; a state that nothing follows is final.
        initial: The states in which a row may begin; the first state of the table without it.

    Raises:
        ValueError: A move leads to a state that isn't in the table, or the title lacks a language.
    """

    def __init__(
        self, title: Mapping[str, str], moves: Mapping[S, Mapping[S, Makers]], *, initial: Collection[S] = ()
    ) -> None:
        self.title: Mapping[str, str] = MappingProxyType(dict(title))
        self.moves: Mapping[S, tuple[Move[S], ...]] = MappingProxyType(
            {state: tuple(_moves(state, followers)) for state, followers in moves.items()}
        )
        self.initial: tuple[S, ...] = tuple(initial) or tuple(self.moves)[:1]
        self._commands = frozenset(
            to_camel(name) for moves in self.moves.values() for move in moves for name in move.commands
        )
        if not (self.title.get("en") and self.title.get("zh-CN")):
            raise ValueError(f"the title {dict(title)} of a state machine lacks a language: it has en and zh-CN")
        named = {move.to for moves in self.moves.values() for move in moves} | set(self.initial)
        unknown = sorted(named - set(self.moves))
        if unknown:
            raise ValueError(f"the states of {title['en']} lack {', '.join(unknown)}")

    @property
    def enum(self) -> type[S]:
        """The enum of all states."""
        return type(next(iter(self.moves)))

    @property
    def states(self) -> tuple[S, ...]:
        """All states, in the table's order."""
        return tuple(self.moves)

    @property
    def final(self) -> tuple[S, ...]:
        """The states that nothing follows."""
        return tuple(state for state, moves in self.moves.items() if not moves)

    def allowed(self, state: str) -> tuple[S, ...]:
        """Return the states that may follow; none for a final or an unknown one."""
        return tuple(move.to for key, moves in self.moves.items() if key == state for move in moves)

    def sources(self, to: str) -> tuple[S, ...]:
        """Return the states that `to` may follow."""
        return tuple(state for state, moves in self.moves.items() if any(move.to == to for move in moves))

    def may(self, state: str, to: str) -> bool:
        """Tell whether `to` may follow `state`; staying is no move."""
        return to in self.allowed(state)

    def check(self, state: str, to: str) -> None:
        """Refuse a move that isn't in the table.

        Raises:
            TransitionRefusal: With the moves that would be right.
        """
        if not self.may(state, to):
            raise self.refusal(state, to)

    def refusal(self, state: str, to: str) -> TransitionRefusal:
        """Return the refusal of a move, for a guard of a service that knows more than the table."""
        return TransitionRefusal(self.title, self._known(state), self._known(to), self.allowed(state))

    async def move(
        self,
        row: Record,
        to: S,
        values: Mapping[str, Any] | None = None,
        *,
        where: Mapping[str, Any] | None = None,
        event: Event | None = None,
    ) -> S:
        """Bring a row from the state in which it was loaded into another one, unless somebody else was faster.

        Of several who try at once, one wins, because the database compares the state while it writes. Version, audit
        entry and events are those of any change.

        Args:
            values: Further attributes and their new values.
            where: What else must still be so in the database.
            event: Published with the move.

        Returns:
            The state before.

        Raises:
            TransitionRefusal: The table has no such move: not from the state in which the row was loaded, or not from
                the one into which somebody else has brought it meanwhile. Or the move is there, but not for the
                running command, which makes others.
            ConflictRefusal: Somebody else has changed the row meanwhile; from its present state the move is possible.
        """
        before = self.state_of(row)
        if not await self.try_move(row, to, values, where=where, event=event):
            await row.refresh_from_db()
            self.check(self.state_of(row), to)
            message = f"somebody else has just changed this {self.title['en']}; read it again and repeat the change"
            raise ConflictRefusal(message, row=row, rule="faster", what=self.title)
        return before

    async def try_move(
        self,
        row: Record,
        to: S,
        values: Mapping[str, Any] | None = None,
        *,
        where: Mapping[str, Any] | None = None,
        event: Event | None = None,
    ) -> bool:
        """Move as `move` does, but leave a row alone that somebody else has changed meanwhile; for jobs.

        Returns:
            Whether it moved.

        Raises:
            TransitionRefusal: The table has no such move from the state in which the row was loaded.
        """
        column, before = self.column_of(type(row)), self.state_of(row)
        self.check(before, to)
        self._check_maker(before, to)
        if not await row.change_where(where={**(where or {}), column: before}, **{**(values or {}), column: to}):
            return False
        if event is not None:
            current().publish(event)
        return True

    def column_of(self, model: type[Record]) -> str:
        """Return the column of a model that this machine moves.

        Raises:
            TypeError: It has none.
        """
        for name, machine in model.machines.items():
            if machine is self:
                return name
        raise TypeError(f"{model.__name__} has no column that is a StateField of the {self.title['en']}'s machine")

    def state_of(self, row: Record) -> S:
        """Return the state of a row."""
        state: S = getattr(row, self.column_of(type(row)))
        return state

    def _check_maker(self, state: S, to: S) -> None:
        """Refuse a move that is another command's: what refuses a cancellation may lead where a confirmation leads."""
        running = current().writing().action
        move = next(move for move in self.moves[state] if move.to == to)
        if running in self._commands and not move.by_system and running not in map(to_camel, move.commands):
            others = tuple(other for other in self.allowed(state) if other != to)
            raise TransitionRefusal(self.title, state, to, others)

    def _known(self, state: str) -> str:
        """Return the member of a state, which has titles; an unknown one as it is."""
        return next((member for member in self.moves if member == state), state)


def _moves(state: S, followers: Mapping[S, Makers]) -> Iterator[Move[S]]:
    for to, makers in followers.items():
        named = (makers,) if makers is None or isinstance(makers, str) else tuple(makers)
        commands = tuple(name for name in named if name is not None)
        yield Move(state, to, commands, by_system=BY_SYSTEM in named)
