"""What is done later: sending, asking, reading, birthdays."""

from __future__ import annotations

from uuid import UUID

from forecourt import Scope, job
from plugins.sms_marketing.services import asking, birthdays, callbacks, sending, simulator


@job(steps=True)
async def send_due(scope: Scope) -> None:
    """Hand over what may leave now, after what a worker that died has left is known as such."""
    await asking.find_abandoned(scope)
    await sending.send_due(scope)


@job(steps=True)
async def ask_providers(scope: Scope) -> None:
    """Ask for messages of which providers have told nothing."""
    await asking.find_abandoned(scope)
    await asking.ask_due(scope)


@job
async def read_callback(scope: Scope, callback_id: UUID) -> None:
    """Apply what a provider has sent."""
    await callbacks.read(scope, callback_id)


@job
async def greet_birthdays(scope: Scope) -> None:
    """Plan today's birthday greetings."""
    await birthdays.greet(scope)


@job
async def simulate_answers(scope: Scope, simulated_id: UUID, replies: bool) -> None:
    """Send what the simulator has to tell of a message."""
    await simulator.answer(scope, simulated_id, replies=replies)
