"""Names as people search for them: Chinese, pinyin, initials."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from typing import Final

# Surnames that pypinyin reads as the word of the same character.
_SURNAMES: Final = {
    "单": "shan", "仇": "qiu", "曾": "zeng", "解": "xie", "查": "zha",
    "区": "ou", "朴": "piao", "缪": "miao", "盖": "ge",
}  # fmt: skip
_COMPOUND_SURNAMES: Final = {
    "欧阳": ("ou", "yang"), "司马": ("si", "ma"), "上官": ("shang", "guan"), "诸葛": ("zhu", "ge"),
    "夏侯": ("xia", "hou"), "皇甫": ("huang", "fu"), "尉迟": ("yu", "chi"), "公孙": ("gong", "sun"),
    "慕容": ("mu", "rong"), "令狐": ("ling", "hu"), "司徒": ("si", "tu"), "单于": ("chan", "yu"),
    "长孙": ("zhang", "sun"), "宇文": ("yu", "wen"), "东方": ("dong", "fang"), "南宫": ("nan", "gong"),
    "万俟": ("mo", "qi"), "澹台": ("tan", "tai"), "端木": ("duan", "mu"), "轩辕": ("xuan", "yuan"),
    "呼延": ("hu", "yan"), "独孤": ("du", "gu"), "西门": ("xi", "men"), "申屠": ("shen", "tu"),
    "太史": ("tai", "shi"), "钟离": ("zhong", "li"), "鲜于": ("xian", "yu"), "闻人": ("wen", "ren"),
    "濮阳": ("pu", "yang"), "淳于": ("chun", "yu"), "公冶": ("gong", "ye"), "宗政": ("zong", "zheng"),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class NameKeys:
    """What a name is found by, all in lower case and without spaces.

    Attributes:
        folded: The name itself.
        pinyin: Its reading, the surname's first.
        initials: The first letter of each syllable or word.
    """

    folded: str
    pinyin: str
    initials: str


def clean_name(name: str) -> str:
    """Return a name half-width and with single spaces, as it is kept."""
    return " ".join(unicodedata.normalize("NFKC", name).split())


def name_keys(name: str, *, person: bool = True) -> NameKeys:
    """Return what a name is found by.

    Args:
        person: Whether the first characters are a surname, read as one; a company's name has none.
    """
    cleaned = clean_name(name)
    syllables = _syllables(cleaned, person=person)
    return NameKeys(
        folded=_folded(cleaned),
        pinyin="".join(syllables),
        initials="".join(syllable[0] for syllable in syllables),
    )


def search_key(text: str) -> str:
    """Return what somebody typed in the form of the keys."""
    return _folded(clean_name(text))


def split_name(name: str) -> tuple[str, str]:
    """Return surname and given name of a Chinese name, of two characters if the surname is compound.

    Another name is split at its last space, because the surname stands there; without a space it is all surname.
    """
    cleaned = clean_name(name)
    if not _is_chinese(cleaned[:1]):
        given, _, surname = cleaned.rpartition(" ")
        return surname, given
    length = 2 if cleaned[:2] in _COMPOUND_SURNAMES and len(cleaned) > 2 else 1
    return cleaned[:length], cleaned[length:].strip()


def _syllables(cleaned: str, *, person: bool) -> list[str]:
    # Its dictionary takes longer to load than most commands run.
    from pypinyin import lazy_pinyin

    head: tuple[str, ...] = ()
    if person and len(cleaned) > 1:
        head = _COMPOUND_SURNAMES.get(cleaned[:2], ())
        if not head and cleaned[0] in _SURNAMES:
            head = (_SURNAMES[cleaned[0]],)
    read = lazy_pinyin(cleaned[len(head) :], v_to_u=False)
    words = [*head, *(word for part in read for word in part.split())]
    return [letters for letters in (_folded(word) for word in words) if letters]


def _folded(text: str) -> str:
    """Return letters and digits alone, in lower case and without accents."""
    plain = unicodedata.normalize("NFKD", text.casefold())
    return unicodedata.normalize("NFC", "".join(letter for letter in plain if letter.isalnum()))


def _is_chinese(letter: str) -> bool:
    return "\u3400" <= letter <= "\u9fff"
