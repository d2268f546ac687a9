"""What state machines and problems say of commands and refusals, checked against these."""

from __future__ import annotations

import inspect
from collections.abc import Iterable, Mapping

from pydantic.alias_generators import to_camel

from core.catalog.catalog import Command, Entity
from core.catalog.declare import ProblemDeclaration
from core.errors import PluginError, Refusal


def check_moves(entity: Entity, commands: Mapping[str, Command]) -> None:
    """Refuse a state machine that names a command which no module has that is on."""
    for column, machine in entity.machines.items():
        for move in (move for moves in machine.moves.values() for move in moves):
            for name in move.commands:
                if to_camel(name) not in commands:
                    raise PluginError(
                        f"{entity.model.__name__}.{column}: the move from {move.state} to {move.to} names the command "
                        f"{name}, and there is none; name the function of a command, or BY_SYSTEM",
                        entity.module,
                    )


def problem_types(declared: Iterable[tuple[str, type]], names: Mapping[str, str]) -> dict[type[Refusal], type]:
    """Return the types of problems by the refusals that become one.

    Args:
        declared: Each with its module.
        names: Names of types that there are already, with their modules.

    Raises:
        PluginError: Two have one name or one refusal, or a refusal is not told of a field.
    """
    found: dict[type[Refusal], type] = {}
    owners = dict(names)
    for module, cls in declared:
        declaration: ProblemDeclaration = cls.__forecourt_problem__  # type: ignore[attr-defined]  # collect looked for it
        if cls.__name__ in owners:
            other = owners[cls.__name__]
            raise PluginError(
                f"the modules {other} and {module} both declare a type {cls.__name__}; rename one of them",
                other,
                module,
            )
        owners[cls.__name__] = module
        if declaration.refusal in found:
            first = found[declaration.refusal].__name__
            raise PluginError(
                f"{first} and {cls.__name__} are both for {declaration.refusal.__name__}: keep one", module
            )
        _check_fields(module, cls, declaration)
        found[declaration.refusal] = cls
    return found


def _check_fields(module: str, cls: type, declaration: ProblemDeclaration) -> None:
    refusal = declaration.refusal
    told = inspect.signature(refusal).parameters
    for name in declaration.fields:
        if name not in told:
            raise PluginError(
                f"{cls.__name__}.{name}: {refusal.__name__} is not told of it; give its constructor a parameter "
                f"{name}, and hand it on: super().__init__(…, {name}={name})",
                module,
            )
