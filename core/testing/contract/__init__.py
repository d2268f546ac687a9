"""The conformance suite: what dealers, clients and other plugins rely on, checked for any plugin in one line.

# tests/test_contract.py
from forecourt.testing import contract

test_contract = contract("insurance")
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from pathlib import Path

from core.errors import PluginError
from core.testing.contract import documents, dry_runs, run, schema, sets, titles, words
from core.testing.contract.subject import Fault, Subject

Rule = Callable[[Subject], Awaitable[list[Fault]]]

RULES: Mapping[str, Rule] = {
    "loads": sets.loads,
    "schema": schema.valid,
    "descriptions": schema.described,
    "names": schema.named,
    "manifest": words.manifest,
    "permissions": words.permissions,
    "events": words.events,
    "hooks": words.hooks,
    "states": words.states,
    "migrations": documents.migrations,
    "locale": documents.locale,
    "titles": titles.titles,
    "readme": documents.readme,
    "statements": run.statements,
    "replay": run.replay,
    "dry_run": dry_runs.dry_run,
}
"""What the suite asks for, by the name that `leave_out` takes."""


def contract(
    name: str, *, folders: Sequence[Path] = (), leave_out: Mapping[str, str] | None = None
) -> Callable[[str], None]:
    """Return a test, one case for each rule, that checks a plugin on its own and with its optional modules.

    Optional modules that are not installed are left out. `docs/plugin-guide.md` tells what each rule asks for.

    Args:
        name: The plugin; built in, installed, or in one of the folders.
        folders: Folders of plugins, as the configuration names them.
        leave_out: Rules that the plugin doesn't keep, each with the reason; they are skipped and the reason is shown.

    Raises:
        ValueError: `leave_out` names no rule, or gives no reason.
    """
    import pytest  # what runs tests has it; what only imports the SDK need not

    reasons = dict(leave_out or {})
    wrong = [rule for rule, reason in reasons.items() if rule not in RULES or not reason.strip()]
    if wrong:
        raise ValueError(f"leave_out takes rules with reasons, not {wrong}; the rules are {', '.join(RULES)}")
    subject = Subject(name, tuple(folders))

    @pytest.mark.parametrize("rule", list(RULES))
    def test(rule: str) -> None:
        if rule in reasons:
            pytest.skip(f"{name} leaves out {rule}: {reasons[rule]}")
        faults = asyncio.run(_faults(subject, rule))
        if faults:
            lines = "\n".join(f"  {fault}" for fault in faults)
            pytest.fail(f"{name} breaks the rule {rule} of the contract:\n{lines}", pytrace=False)

    return test


async def _faults(subject: Subject, rule: str) -> list[Fault]:
    try:
        return await RULES[rule](subject)
    except PluginError as error:
        return [Fault("the plugin", error.message, "it has to load before anything else of it can be checked")]
