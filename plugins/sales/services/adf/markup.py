"""From text to elements: finds the document, mends what can be mended, refuses what is dangerous."""

from __future__ import annotations

import html.entities
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final
from xml.etree.ElementTree import ParseError

from defusedxml.common import DefusedXmlException
from defusedxml.ElementTree import DefusedXMLParser

from plugins.sales.services.adf.errors import AdfForbiddenDtdError, AdfMalformedError, AdfTooDeepError, AdfTooLargeError

MAX_DEPTH: Final = 32
MAX_PROSPECTS: Final = 500
MAX_DOCUMENTS: Final = 50

_LANDMARK: Final = re.compile(r"<(?:\?|!|(?:[\w.-]{1,40}:)?(?:adf|prospect)(?=[\s/>]))", re.IGNORECASE)
_PROSPECT: Final = re.compile(r"<(?P<end>/?)prospect(?=[\s/>])", re.IGNORECASE)
_DECLARATION: Final = re.compile(r"<!\s*(?:DOCTYPE|ENTITY|ELEMENT|ATTLIST|NOTATION)\b", re.IGNORECASE)
_SUSPECT: Final = re.compile(r"&|<!\[CDATA\[|<!--")
_REFERENCE: Final = re.compile(r"&(?:#(\d{1,8})|#[xX]([0-9a-fA-F]{1,8})|([A-Za-z][A-Za-z0-9]{0,31}));")
_CLOSING: Final = {"<![CDATA[": "]]>", "<!--": "-->", "<?": "?>"}
_XML_ENTITIES: Final = frozenset({"amp", "lt", "gt", "quot", "apos"})
# Source: XML 1.0, production 2 (Char).
_NO_XML_CHARACTER: Final = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


@dataclass(slots=True, eq=False)
class Node:
    """An element; names in lower case and without a prefix, because senders differ in both.

    Attributes:
        pieces: Text and elements in their order.
        line: Where it begins, from 1.
    """

    name: str
    attributes: Mapping[str, str]
    line: int
    pieces: list[str | Node] = field(default_factory=list)

    @property
    def children(self) -> list[Node]:
        """The elements directly inside."""
        return [piece for piece in self.pieces if isinstance(piece, Node)]

    @property
    def text(self) -> str:
        """All text inside, without the white space around it."""
        return "".join(self._texts()).strip()

    @property
    def own_text(self) -> str:
        """The text directly inside, without the white space around it."""
        return "".join(piece for piece in self.pieces if isinstance(piece, str)).strip()

    def _texts(self) -> Iterator[str]:
        for piece in self.pieces:
            if isinstance(piece, Node):
                yield from piece._texts()
            else:
                yield piece


@dataclass(frozen=True, slots=True)
class BrokenProspect:
    """A prospect whose markup can't be read."""

    error: AdfMalformedError


def find_prospects(text: str) -> tuple[list[Node | BrokenProspect], bool]:
    """Return the prospects of every document in a text, and whether something had to be mended.

    Whatever stands before, between and after the documents is passed over: greetings, signatures, processing
    instructions in the wrong place. None is found in a text without a document, as in a document without prospects.

    Raises:
        AdfForbiddenDtdError: A document type or an entity is declared.
        AdfTooDeepError: Elements are nested too deep.
        AdfTooLargeError: There are too many prospects.
        AdfMalformedError: There is a document, but none of it can be read.
    """
    found: list[Node | BrokenProspect] = []
    mended = False
    position = 0
    documents = 0
    while (start := _next_root(text, position)) is not None:
        documents += 1
        fragment, end, touched = _repaired_root(text, start)
        mended = mended or touched
        try:
            root = parse_element(fragment, text.count("\n", 0, start))
        except AdfMalformedError as error:
            found += _salvage(text, start, end, error)
            mended = True
        else:
            found += [root] if root.name == "prospect" else [node for node in root.children if node.name == "prospect"]
        if len(found) > MAX_PROSPECTS or documents > MAX_DOCUMENTS:
            raise AdfTooLargeError(f"a message has at most {MAX_DOCUMENTS} documents and {MAX_PROSPECTS} prospects")
        position = end
    return found, mended


def has_document(text: str) -> bool:
    """Tell whether there is an `adf` element, be it empty.

    Raises:
        AdfForbiddenDtdError: A document type or an entity is declared.
    """
    return _next_root(text, 0) is not None


def parse_element(text: str, lines_before: int = 0) -> Node:
    """Read one element; what follows it in the text is ignored.

    Raises:
        AdfForbiddenDtdError: A document type or an entity is declared.
        AdfTooDeepError: Elements are nested too deep.
        AdfMalformedError: The markup is broken.
    """
    tree = _Tree(lines_before)
    parser = DefusedXMLParser(target=tree, encoding="utf-8", forbid_dtd=True)
    tree.parser = parser
    try:
        parser.feed(text.encode("utf-8"))
        parser.close()
    except DefusedXmlException as error:
        raise AdfForbiddenDtdError("a lead document must declare no document type and no entity") from error
    except ParseError as error:
        if not tree.complete:
            line, column = error.position
            reason = str(error).partition(":")[0]
            raise AdfMalformedError(f"the markup is broken: {reason}", line + lines_before, column + 1) from error
    if tree.root is None:
        raise AdfMalformedError("the markup is broken: no element found", lines_before + 1, 1)
    return tree.root


class _Tree:
    """Builds nodes for the parser."""

    def __init__(self, lines_before: int) -> None:
        self.parser: DefusedXMLParser | None = None
        self.root: Node | None = None
        self.complete = False
        self._open: list[Node] = []
        self._lines_before = lines_before

    def start(self, tag: str, attributes: Mapping[str, str]) -> None:
        if len(self._open) >= MAX_DEPTH:
            raise AdfTooDeepError(f"elements are nested deeper than {MAX_DEPTH}", self._line(), 1)
        node = Node(_local(tag), {_local(key): value.strip() for key, value in attributes.items()}, self._line())
        if self._open:
            self._open[-1].pieces.append(node)
        elif self.root is None:
            self.root = node
        self._open.append(node)

    def end(self, _tag: str) -> None:
        self._open.pop()
        self.complete = self.complete or not self._open

    def data(self, text: str) -> None:
        if self._open:
            self._open[-1].pieces.append(text)

    def close(self) -> None:
        """Called by the parser at the end."""

    def _line(self) -> int:
        return self._lines_before + int(self.parser.parser.CurrentLineNumber if self.parser else 1)


def _local(name: str) -> str:
    return name.rpartition("}")[2].rpartition(":")[2].lower()


def _next_root(text: str, position: int) -> int | None:
    """Return where the next document begins, past comments, processing instructions and other text."""
    while (landmark := _LANDMARK.search(text, position)) is not None:
        start = landmark.start()
        if _DECLARATION.match(text, start):
            line, column = _place(text, start)
            raise AdfForbiddenDtdError("a lead document must declare no document type and no entity", line, column)
        opening = next((mark for mark in _CLOSING if text.startswith(mark, start)), None)
        if opening is None and landmark[0] != "<!":
            return start
        if opening is None:
            position = start + 2
            continue
        end = text.find(_CLOSING[opening], start)
        if end < 0:
            return None
        position = end + len(_CLOSING[opening])
    return None


def _repaired_root(text: str, start: int) -> tuple[str, int, bool]:
    """Return the mended text of the document that begins here, its end in the text, and whether it was mended."""
    name = re.compile(
        r"</(?:[\w.-]{1,40}:)?" + ("adf" if _is_adf(text, start) else "prospect") + r"\s{0,9}>", re.IGNORECASE
    )
    closing = _outside_of_data(text, start, name)
    end = len(text) if closing is None else closing
    fragment = text[start:end]
    repaired = repair(fragment)
    return repaired, end, repaired != fragment


def _is_adf(text: str, start: int) -> bool:
    landmark = _LANDMARK.match(text, start)
    return landmark is not None and landmark[0].lower().endswith("adf")


def _outside_of_data(text: str, start: int, closing: re.Pattern[str]) -> int | None:
    """Return the end of the first match that is in no comment and no CDATA section."""
    position = start
    hidden = re.compile(r"<!\[CDATA\[|<!--|" + closing.pattern, re.IGNORECASE)
    while (found := hidden.search(text, position)) is not None:
        mark = _CLOSING.get(found[0].upper())
        if mark is None:
            return found.end()
        end = text.find(mark, found.end())
        if end < 0:
            return None
        position = end + len(mark)
    return None


def _salvage(text: str, start: int, end: int, broken: AdfMalformedError) -> list[Node | BrokenProspect]:
    """Read each prospect of a broken document for itself.

    Raises:
        AdfMalformedError: The given one, if none can be read.
    """
    entries: list[Node | BrokenProspect] = []
    for first, last in _spans(text, start, end):
        try:
            entries.append(parse_element(repair(text[first:last]), text.count("\n", 0, first)))
        except AdfMalformedError as error:
            entries.append(BrokenProspect(error))
        if len(entries) > MAX_PROSPECTS:
            raise AdfTooLargeError(f"a document has at most {MAX_PROSPECTS} prospects")
    if not any(isinstance(entry, Node) for entry in entries):
        raise broken
    return entries


def _spans(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    """Yield where each prospect begins and ends: at its end tag, or where the next one begins without it."""
    begin: int | None = None
    for tag in _PROSPECT.finditer(text, start, end):
        if tag["end"]:
            if begin is not None:
                close = text.find(">", tag.end(), end)
                yield begin, end if close < 0 else close + 1
            begin = None
        else:
            if begin is not None:
                yield begin, tag.start()
            begin = tag.start()
    if begin is not None:
        yield begin, end


def repair(text: str) -> str:
    """Mend what senders get wrong most: bare ampersands, HTML's names of letters, characters that XML forbids."""
    text = _NO_XML_CHARACTER.sub("", text)
    parts: list[str] = []
    position = 0
    while (suspect := _SUSPECT.search(text, position)) is not None:
        parts.append(text[position : suspect.start()])
        if suspect[0] == "&":
            replacement, position = _reference(text, suspect.start())
            parts.append(replacement)
            continue
        closing = _CLOSING[suspect[0]]
        end = text.find(closing, suspect.end())
        position = len(text) if end < 0 else end + len(closing)
        parts.append(text[suspect.start() : position])
    parts.append(text[position:])
    return "".join(parts)


def _reference(text: str, at: int) -> tuple[str, int]:
    """Return what an ampersand should read, and where the text goes on."""
    reference = _REFERENCE.match(text, at)
    if reference is None:
        return "&amp;", at + 1
    decimal, hexadecimal, name = reference.groups()
    if name is None:
        number = int(decimal) if decimal else int(hexadecimal, 16)
        legal = number <= 0x10FFFF and not _NO_XML_CHARACTER.match(chr(number))
        return (reference[0] if legal else ""), reference.end()
    letters = html.entities.html5.get(f"{name};")
    if name in _XML_ENTITIES or letters is None:
        return reference[0], reference.end()
    return html.escape(letters), reference.end()


def _place(text: str, at: int) -> tuple[int, int]:
    return text.count("\n", 0, at) + 1, at - text.rfind("\n", 0, at)
