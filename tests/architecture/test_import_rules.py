"""The rules about import time find what they are for, and let pass what is usual."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.architecture import test_import_time as rules
from tests.architecture.source import ROOT, Source

pytestmark = pytest.mark.once


def _source(text: str) -> Source:
    source = Source(ROOT / "core" / "example.py")
    vars(source)["text"] = text
    return source


@pytest.mark.parametrize(
    ("rule", "text"),
    [
        (rules.empty_containers, "handlers = {}"),
        (rules.empty_containers, "handlers: dict[str, int] = dict()"),
        (rules.empty_containers, "seen = collections.defaultdict(list)" + "\nlock = asyncio.Lock()"),
        (rules.empty_containers, "class Registry:\n    entries: ClassVar[list[str]] = []"),
        (rules.changed_globals, "known = {'a': 1}\ndef learn(k): known[k] = 2"),
        (rules.changed_globals, "known = ['a']\ndef learn(k): known.append(k)"),
        (rules.changed_globals, "count = 0\ndef more():\n    global count\n    count += 1"),
        (rules.caches_without_bound, "@cache\ndef f(x): return x"),
        (rules.caches_without_bound, "@functools.lru_cache(maxsize=None)\ndef f(x): return x"),
        (rules.statements_that_act, "register(1)"),
        (rules.statements_that_act, "for one in range(3): pass"),
        (rules.statements_that_act, "try:\n    import x\nexcept ImportError:\n    x = None"),
        (rules.statements_that_act, "class A:\n    register(1)"),
        (rules.statements_that_act, "if PRODUCTION:\n    x = 1"),
        (rules.calls_that_work, "text = open('x').read()"),
        (rules.calls_that_work, "text = Path(__file__).with_name('x').read_text()"),
        (rules.calls_that_work, "home = os.environ['HOME']"),
        (rules.calls_that_work, "def f(at=datetime.now()): pass"),
        (rules.calls_that_work, "class A:\n    started = time.monotonic()"),
        (rules.calls_that_work, "started = time.time()"),
        (rules.calls_that_work, "@decorate(connect('x'))\ndef f(): pass"),
    ],
)
def test_rule_finds(rule: Callable[[Source], list[str]], text: str) -> None:
    assert rule(_source(text))


@pytest.mark.parametrize(
    "text",
    [
        '"""Only words."""\nfrom typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    import x',
        "__all__: list[str] = []\nLIMIT = 3\nNAME = re.compile('a')\nKINDS = frozenset({'a'})",
        "current: ContextVar[int | None] = ContextVar('current', default=None)",
        "KINDS = {'a': 1}\ndef f(k):\n    found = {}\n    found[k] = KINDS[k]\n    return found",
        "names = ('a',)\ndef f():\n    names = []\n    names.append(1)\n    return names",
        "class A:\n    def __init__(self):\n        self.rows = {}\n        self.at = datetime.now(UTC)",
        "read = lambda path: open(path)",
        "@dataclass\nclass A:\n    rows: list[int] = field(default_factory=list)",
        "@lru_cache(maxsize=64)\ndef f(x): return x",
        "@cache\ndef f(): return 1",
        "OPENS = time(9, 0)",
        "class A:\n    defaults: ClassVar[Mapping[str, int]] = {}",
    ],
)
def test_rules_let_pass(text: str) -> None:
    found = [
        fault
        for rule in (
            rules.empty_containers,
            rules.changed_globals,
            rules.caches_without_bound,
            rules.statements_that_act,
            rules.calls_that_work,
        )
        for fault in rule(_source(text))
    ]
    assert not found
