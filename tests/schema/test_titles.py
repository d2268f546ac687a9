"""All that the API has is called by a word of the trade in Chinese, and reads well in English."""

from __future__ import annotations

import asyncio
import re
from collections import defaultdict
from collections.abc import Iterable
from importlib.resources import files

import pytest

from core.catalog.titles import EVERY_TYPE, LOCALES, Key, Titles, shown, titles_in, words
from core.kernel import Kernel
from core.plugins.discovery import KERNEL
from core.testing.contract.titles import Titled, titled, unused
from core.testing.harness import sample_kernel
from tests.schema.subsets import EVERYTHING, smallest

pytestmark = pytest.mark.once

LATIN = {"ID", "PDI"}
"""What Chinese dealers write in Latin letters; single letters, such as those of levels, are none of it."""
ABBREVIATED = re.compile(r"\b(Bp|Cert|Id|Milli|No(?! |-)|Pdi|Sms|Vin)\b", re.IGNORECASE)


@pytest.fixture(scope="module")
def kernel() -> Kernel:
    return asyncio.run(sample_kernel(EVERYTHING))


@pytest.fixture(scope="module")
def known(kernel: Kernel) -> list[Titled]:
    return list(titled(kernel))


def own(kernel: Kernel, module: str, locale: str) -> dict[Key, str]:
    return titles_in(module, files(kernel.loaded[module].package) / "locale", locale)


def alone(kernel: Kernel, module: str) -> Titles:
    """Return the titles that there are in the smallest set with a module."""
    present = (KERNEL, *smallest(module)) if module != KERNEL else (KERNEL,)
    return Titles.read((name, files(kernel.loaded[name].package) / "locale") for name in present)


def told(found: Iterable[Titled], locale: str) -> list[str]:
    return [f"{one.module}: {one} is {one.texts[locale]}" for one in found]


def test_everything_has_a_chinese_title_whatever_else_is_on(kernel: Kernel) -> None:
    lacking = []
    for module in (KERNEL, *EVERYTHING):
        known = titled(kernel, alone(kernel, module))
        lacking += [one for one in known if one.module == module and "zh-CN" not in one.texts]
    assert [f"{one.module}: {one}" for one in lacking] == []


def test_no_title_is_of_something_that_there_is_not(kernel: Kernel, known: list[Titled]) -> None:
    for locale, texts in kernel.catalog.titles.texts.items():
        for module in (KERNEL, *EVERYTHING):
            assert [shown(key) for key in unused(own(kernel, module, locale), known, texts)] == [], (module, locale)


def test_members_of_one_type_have_titles_of_their_own(known: list[Titled]) -> None:
    for locale in LOCALES:
        by_title = defaultdict(list)
        for one in known:
            if one.key[1]:
                by_title[one.key[0], one.texts[locale]].append(str(one))
        assert {title: alike for title, alike in by_title.items() if len(alike) > 1} == {}


def test_chinese_titles_are_words_of_chinese(known: list[Titled]) -> None:
    odd = [one for one in known if set(re.findall(r"[A-Za-z]{2,}", one.texts["zh-CN"])) - LATIN]
    odd += [one for one in known if re.search(r"[\s,.;:。；，、]", one.texts["zh-CN"])]
    assert told(odd, "zh-CN") == []


def test_no_title_says_what_would_be_said_without_it(kernel: Kernel) -> None:
    idle = []
    for module in (KERNEL, *EVERYTHING):
        for locale, texts in alone(kernel, module).texts.items():
            for (type_name, member), title in own(kernel, module, locale).items():
                everywhere = texts.get((EVERY_TYPE, member)) if type_name != EVERY_TYPE else None
                if title == (everywhere or (words(member or type_name) if locale == "en" else None)):
                    idle.append(f"{module}: {shown((type_name, member))} in {locale}")
    assert idle == []


def test_english_titles_spell_out_what_the_name_abbreviates(known: list[Titled]) -> None:
    short = [one for one in known if any(not word.isupper() for word in ABBREVIATED.findall(one.texts["en"]))]
    assert told(short, "en") == []
