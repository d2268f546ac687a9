"""The plugin loads by itself and beside whatever it can make use of."""

from __future__ import annotations

from core.errors import ForecourtError
from core.testing.contract.subject import Fault, Subject


async def loads(subject: Subject) -> list[Fault]:
    """Check that every set of the plugin, its requirements and a choice of its optional modules makes a kernel."""
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
    return faults
