"""The plugin loads by itself and beside whatever it can make use of."""

from __future__ import annotations

from collections.abc import Iterator

from pydantic import BaseModel
from pydantic.errors import PydanticUserError

from core.catalog.declare import Input
from core.errors import ForecourtError
from core.event import Event
from core.testing.contract.subject import Fault, Subject, place_of


async def loads(subject: Subject) -> list[Fault]:
    """Check that every set of the plugin, its requirements and a choice of its optional modules makes a kernel.

    Validators of inputs and events are made, too, which a server does at their first use.
    """
    faults = []
    for names in await subject.sets():
        try:
            await subject.kernel(names)
        except ForecourtError as error:
            what = error.message.replace("\n", " ")
            faults.append(
                Fault(
                    f"with {', '.join(names)} on", what, "keep what is for an optional module in optional/<module>.py"
                )
            )
    if not faults:
        for kind in [*await subject.classes(Input), *await subject.classes(Event)]:
            faults += _not_made(kind)
    return faults


def _not_made(kind: type[BaseModel]) -> Iterator[Fault]:
    try:
        kind.model_rebuild()
    except PydanticUserError as error:
        yield Fault(place_of(kind), str(error.message).partition("\n")[0], "mend its annotation or validator")
