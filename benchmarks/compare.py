"""Whether all servers give the same answers; what differs is not worth a measurement."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import islice
from typing import Any

from benchmarks.errors import BenchmarkError
from benchmarks.operations import Asked, Operation, Samples, questions
from benchmarks.peers import Running
from benchmarks.words import normalised

SAMPLES = 20


def compare_answers(servers: Sequence[Running], operations: Sequence[Operation], samples: Samples) -> int:
    """Ask all servers the same, compare what they answer with the first one, and return how much was compared.

    Raises:
        BenchmarkError: Two differ; it names the first difference.
    """
    compared = 0
    for operation in operations:
        count = SAMPLES if operation.name in ("customer", "deep") else 7
        by_server = [list(islice(questions(operation.name, samples, s.peer.name), count)) for s in servers]
        for index in range(count):
            first: Any = None
            for server, asked in zip(servers, by_server, strict=True):
                answer = _answer(server, operation, asked[index])
                if server is servers[0]:
                    first = answer
                elif answer != first:
                    where = _difference(first, answer, operation.name)
                    raise BenchmarkError(
                        f"{servers[0].peer.title} and {server.peer.title} answer {operation.name} differently "
                        f"for {asked[index]}: {where}"
                    )
                compared += 1
    if any(operation.name == "update" for operation in operations):
        _compare_refusals(servers, samples)
    return compared


def _answer(server: Running, operation: Operation, asked: Asked) -> Any:
    answer = server.answer(operation.name, asked)
    if answer.get("errors") or not answer.get("data"):
        raise BenchmarkError(f"{server.peer.title} answers {operation.name} with {str(answer)[:1500]}")
    return normalised(server.peer.family, operation.name, asked, answer)


def _compare_refusals(servers: Sequence[Running], samples: Samples) -> None:
    """Make sure that nobody writes over a version that he has not seen."""
    asked = Asked(follow_up=samples.follow_ups[0].id, version=0, subject="never written")
    for server in servers:
        answer = server.answer("update", asked)
        written = not answer.get("errors") and _has_row(answer.get("data"))
        if written:
            raise BenchmarkError(f"{server.peer.title} writes over a row of another version: {answer}")


def _has_row(value: Any) -> bool:
    return isinstance(value, dict) and ("version" in value or any(_has_row(inner) for inner in value.values()))


def _difference(left: Any, right: Any, path: str) -> str:
    if isinstance(left, dict) and isinstance(right, dict):
        for key in [*left, *(key for key in right if key not in left)]:
            if left.get(key) != right.get(key):
                return _difference(left.get(key), right.get(key), f"{path}.{key}")
    if isinstance(left, list) and isinstance(right, list):
        for index, (one, other) in enumerate(zip(left, right, strict=False)):
            if one != other:
                return _difference(one, other, f"{path}[{index}]")
        return f"{path} has {len(left)} and {len(right)} entries"
    return f"{path} is {left!r} and {right!r}"
