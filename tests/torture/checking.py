"""Whether what the database holds agrees with all that writers were told."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence

from tests.torture.history import Call, Kind, State


def broken(calls: Sequence[Call], state: State) -> list[str]:
    """Return what is wrong, in words; nothing when all is well."""
    return [
        *_lost_or_doubled(calls, state),
        *_renamed(calls, state),
        *_sums(state),
        *_effects(state),
        *_versions(state),
        *_numbers(state),
        *(f"the client of {call.key} saw {code}" for call in calls for code in call.faults),
        *state.waiting,
        *state.unsound,
    ]


def _lost_or_doubled(calls: Sequence[Call], state: State) -> Iterator[str]:
    made = Counter(key for key, *_ in state.postings)
    ids = {key: row_id for key, row_id, *_ in state.postings}
    wanted = {call.key: call for call in calls if call.kind is Kind.POST}
    for key, call in wanted.items():
        if call.acknowledged and not made[key]:
            yield f"{key} was acknowledged and is lost"
        if made[key] > 1:
            yield f"{key} was done {made[key]} times"
        if call.refused and made[key]:
            yield f"{key} was refused with {call.refused} and is done"
        for row_id in {row_id for row_id, _ in call.answers} - {ids.get(key, "")}:
            yield f"{key} was answered with the posting {row_id}, which is another one"
    yield from (f"nobody has asked for {key}" for key in made if key not in wanted)


def _renamed(calls: Sequence[Call], state: State) -> Iterator[str]:
    """Of those who saw one version of an account, one may have changed it; and the last name is somebody's."""
    winners: defaultdict[tuple[str, int], list[str]] = defaultdict(list)
    names: defaultdict[str, set[str]] = defaultdict(set)
    for call in calls:
        if call.kind is Kind.RENAME:
            names[call.account].add(call.key)
            if call.acknowledged and call.expected is not None:
                winners[call.account, call.expected].append(call.key)
    for (account, version), keys in winners.items():
        if len(keys) > 1:
            yield f"{' and '.join(keys)} have all changed version {version} of the account {account}"
    for account, (name, _, _) in state.accounts.items():
        if name != "new" and name not in names[account]:
            yield f"the account {account} is called {name}, which nobody has asked for"


def _sums(state: State) -> Iterator[str]:
    sums: Counter[str] = Counter()
    for _, _, account, amount, _ in state.postings:
        sums[account] += amount
    for account, (_, balance, _) in state.accounts.items():
        if balance != sums[account]:
            yield f"the account {account} holds {balance}, and its postings come to {sums[account]}"


def _effects(state: State) -> Iterator[str]:
    ids = {row_id for _, row_id, *_ in state.postings}
    for what, rows in (("delivered", state.echoes), ("worked off", state.chores)):
        counts = Counter(rows)
        yield from (f"the posting {row_id} was never {what}" for row_id in ids if not counts[row_id])
        yield from (
            f"the posting {row_id} was {what} {number} times" for row_id, number in counts.items() if number > 1
        )
        yield from (f"the posting {row_id} was {what} and is not there" for row_id in counts if row_id not in ids)


def _versions(state: State) -> Iterator[str]:
    for row_id, versions in state.versions.items():
        if sorted(versions) != list(range(1, len(versions) + 1)):
            yield f"the audit has the versions {_short(sorted(versions))} of {row_id}, with a gap or a twin"
    for account, (_, _, version) in state.accounts.items():
        if len(state.versions.get(account, ())) != version:
            known = len(state.versions.get(account, ()))
            yield f"the account {account} has version {version}, and the audit knows {known} changes"


def _numbers(state: State) -> Iterator[str]:
    by_day: defaultdict[str, list[int]] = defaultdict(list)
    for *_, number in state.postings:
        series, _, sequence = number.rpartition("-")
        by_day[series].append(int(sequence))
    for series, numbers in by_day.items():
        if sorted(numbers) != list(range(1, len(numbers) + 1)):
            yield f"the numbers {series} have a gap or a twin: {_short(sorted(numbers))}"


def _short(numbers: Iterable[int]) -> str:
    listed = [str(number) for number in numbers]
    return ", ".join(listed if len(listed) < 20 else [*listed[:10], "…", *listed[-10:]])
