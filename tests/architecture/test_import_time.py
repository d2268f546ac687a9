"""Importing does nothing and keeps nothing: all that lives hangs off a kernel or a dealer."""

from __future__ import annotations

import ast
import json
import subprocess
import sys
from collections.abc import Callable, Iterator

import pytest

from tests.architecture.source import ROOT, Source, dotted, listed, sources

pytestmark = pytest.mark.once

# The command line is built by registering commands with typer at import; nothing else imports it.
REGISTERS_AT_IMPORT = "core/cli/"

CONTAINERS = {
    "dict", "list", "set", "bytearray", "defaultdict", "OrderedDict", "Counter", "deque", "WeakKeyDictionary",
    "WeakValueDictionary", "WeakSet", "Queue", "Lock", "RLock", "Semaphore", "Event", "Condition", "local",
}  # fmt: skip
MUTATORS = {
    "add", "append", "appendleft", "clear", "discard", "extend", "insert", "pop", "popitem", "popleft", "remove",
    "setdefault", "sort", "update",
}  # fmt: skip
WORK = {
    "open", "connect", "create_connection", "create_pool", "read_text", "read_bytes", "write_text", "mkdir", "run",
    "Popen", "urlopen", "getenv", "import_module", "entry_points", "getLogger.addHandler", "Thread",
    "ThreadPoolExecutor", "ProcessPoolExecutor", "PluginManager", "Typer.run", "now", "today", "monotonic",
    "token_bytes", "token_hex", "urandom", "uuid4", "uuid7", "Schema", "Starlette", "InMemoryBroker",
}  # fmt: skip
HARMLESS_TESTS = {"TYPE_CHECKING", "sys.version_info", "sys.platform"}


def _module_level(body: list[ast.stmt]) -> Iterator[ast.stmt]:
    """Yield the statements that run at import, those of class bodies included."""
    for node in body:
        yield node
        if isinstance(node, ast.ClassDef | ast.If):
            yield from _module_level(node.body)


def _assigned(node: ast.stmt) -> tuple[list[str], ast.expr | None]:
    if isinstance(node, ast.Assign):
        return [dotted(target) for target in node.targets], node.value
    if isinstance(node, ast.AnnAssign):
        return [dotted(node.target)], node.value
    return [], None


def _called(value: ast.expr) -> str:
    return dotted(value.func).rpartition(".")[2] if isinstance(value, ast.Call) else ""


def _evaluated(node: ast.AST) -> Iterator[ast.AST]:
    """Walk what runs at import; bodies of functions and lambdas don't, their decorators and defaults do."""
    if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
        parts: list[ast.AST] = [*node.decorator_list, *node.args.defaults, *filter(None, node.args.kw_defaults)]
    elif isinstance(node, ast.ClassDef):
        parts = [*node.decorator_list, *node.bases]  # its body is walked as module level
    elif isinstance(node, ast.If):
        parts = [node.test]
    elif isinstance(node, ast.Lambda):
        parts = []
    else:
        yield node
        parts = list(ast.iter_child_nodes(node))
    for part in parts:
        yield from _evaluated(part)


def _is_empty_container(value: ast.expr) -> bool:
    if isinstance(value, ast.Dict):
        return not value.keys
    if isinstance(value, ast.List | ast.Set):
        return not value.elts
    return _called(value) in CONTAINERS and isinstance(value, ast.Call) and not value.args


def _is_read_only(node: ast.stmt) -> bool:
    """Tell whether mypy keeps everybody from changing what is assigned."""
    annotation = ast.unparse(node.annotation) if isinstance(node, ast.AnnAssign) else ""
    return annotation.removeprefix("ClassVar[").startswith(("Mapping[", "Sequence["))


def empty_containers(source: Source) -> list[str]:
    """An empty container at module or class level waits to be filled: a registry."""
    return [
        source.at(node, f"{' '.join(names)} is a container that import time leaves empty")
        for node in _module_level(source.tree.body)
        for names, value in [_assigned(node)]
        if value is not None and names != ["__all__"] and _is_empty_container(value) and not _is_read_only(node)
    ]


def changed_globals(source: Source) -> list[str]:
    """A function that changes a name of its module keeps state there."""
    owned = {name for node in source.tree.body for name in _assigned(node)[0] if name}
    faults = []
    for function in source.functions():
        local = _local_names(function)
        for node in ast.walk(function):
            if isinstance(node, ast.Global):
                faults.append(source.at(node, f"global {', '.join(node.names)}"))
            name = _changed_name(node)
            if name in owned - local and isinstance(node, ast.stmt | ast.expr):
                faults.append(source.at(node, f"{function.name} changes {name} of the module"))
    return faults


def _local_names(function: ast.FunctionDef | ast.AsyncFunctionDef) -> set[str]:
    arguments = function.args
    stored = {n.id for n in ast.walk(function) if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store)}
    named = [*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs, arguments.vararg, arguments.kwarg]
    return stored | {one.arg for one in named if one is not None}


def _changed_name(node: ast.AST) -> str:
    """Return the plain name whose content a node changes in place."""
    target: ast.expr | None = None
    if isinstance(node, ast.Subscript | ast.Attribute) and isinstance(node.ctx, ast.Store | ast.Del):
        target = node.value
    elif isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in MUTATORS:
        target = node.func.value
    return target.id if isinstance(target, ast.Name) else ""


def caches_without_bound(source: Source) -> list[str]:
    """A cache without a bound grows with what the process has seen."""
    faults = []
    for function in source.functions():
        arguments = [one.arg for one in (*function.args.args, *function.args.kwonlyargs)]
        for mark in function.decorator_list:
            name = dotted(mark.func if isinstance(mark, ast.Call) else mark).rpartition(".")[2]
            unbounded = name == "lru_cache" and "maxsize=None" in ast.unparse(mark)
            if arguments and (name == "cache" or unbounded):
                faults.append(source.at(function, f"{function.name} has a cache without a bound"))
    return faults


def statements_that_act(source: Source) -> list[str]:
    """Loops, attempts and calls for their effect are work."""
    if source.name.startswith(REGISTERS_AT_IMPORT):
        return []
    acting = ast.For | ast.While | ast.With | ast.Try | ast.Delete | ast.AugAssign
    faults = []
    for node in _module_level(source.tree.body):
        if isinstance(node, acting) or (isinstance(node, ast.Expr) and not isinstance(node.value, ast.Constant)):
            faults.append(source.at(node, f"runs at import: {ast.unparse(node).splitlines()[0]}"))
        if isinstance(node, ast.If) and not any(name in ast.unparse(node.test) for name in HARMLESS_TESTS):
            faults.append(source.at(node, f"decides at import: {ast.unparse(node.test)}"))
    return faults


def calls_that_work(source: Source) -> list[str]:
    """Files, sockets, threads, clocks, the environment and random numbers are for run time."""
    faults = []
    for statement in _module_level(source.tree.body):
        for node in _evaluated(statement):
            # `time(20, 0)` is a constant, `time.time()` is not.
            if isinstance(node, ast.Call) and (_called(node) in WORK or dotted(node.func) == "time.time"):
                faults.append(source.at(node, f"calls {dotted(node.func)} at import"))
            elif isinstance(node, ast.Attribute) and dotted(node) == "os.environ":
                faults.append(source.at(node, "reads the environment at import"))
    return faults


@pytest.mark.parametrize(
    "rule", [empty_containers, changed_globals, caches_without_bound, statements_that_act, calls_that_work]
)
def test_import_keeps_no_state_and_does_no_work(rule: Callable[[Source], list[str]]) -> None:
    faults = [fault for source in sources() for fault in rule(source)]
    assert not faults, f"\n{rule.__doc__}{listed(faults)}"


WATCHED_IMPORT = """
import importlib, json, pkgutil, sys, threading

watched = {"socket.connect", "socket.bind", "subprocess.Popen", "sqlite3.connect", "os.mkdir", "os.remove", "os.rename"}
faults = []

def watch(event, args):
    if event in watched or (event == "open" and isinstance(args[1], str) and set(args[1]) & set("wax+")):
        faults.append(f"{event}: {args[0]!r} while importing {importing}")

modules = []
for package in ("core", "forecourt", "plugins"):
    modules.append(package)
    modules += [one.name for one in pkgutil.walk_packages([package], package + ".")]

sys.addaudithook(watch)
for importing in modules:
    importlib.import_module(importing)
faults += [f"thread {thread.name}" for thread in threading.enumerate() if thread is not threading.main_thread()]
print(json.dumps({"modules": len(modules), "faults": faults}))
"""


def test_importing_every_module_touches_nothing_outside() -> None:
    done = subprocess.run(
        [sys.executable, "-B", "-W", "error", "-c", WATCHED_IMPORT],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    result = json.loads(done.stdout)
    assert result["modules"] >= len(sources()) / 2
    assert not result["faults"], listed(result["faults"])
