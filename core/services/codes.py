"""Code lists: declared by modules, extended and reworded by dealers, overridden by stores."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from types import EllipsisType
from typing import TYPE_CHECKING, Any
from uuid import UUID

from core.errors import NotFoundRefusal, PluginError, PreconditionRefusal, ValidationRefusal
from core.services.recent_reads import cached

if TYPE_CHECKING:
    from core.scope import Scope
    from core.services.models import Code


@dataclass(frozen=True, slots=True)
class CodeDeclaration:
    """One code as a module ships it.

    Attributes:
        code: Stable, in capitals; rows refer to it for ever.
        titles: Language to title; `en` and `zh-CN`.
        parent: A code of the same set, for trees.
    """

    code: str
    titles: Mapping[str, str]
    parent: str = ""


@dataclass(frozen=True, slots=True)
class CodeSetDeclaration:
    """A list of codes as a module ships it, in the order in which clients show it.

    Attributes:
        extendable: Whether dealers and other modules may add codes.
    """

    name: str
    module: str
    codes: Sequence[CodeDeclaration]
    extendable: bool = True
    titles: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class CodeEntry:
    """One code as it is in force somewhere."""

    code: str
    titles: Mapping[str, str]
    position: int
    parent: str
    valid_from: date | None
    valid_to: date | None

    def valid_on(self, day: date) -> bool:
        """Tell whether new rows may use the code on a day; `valid_to` is the last one."""
        return (self.valid_from is None or self.valid_from <= day) and (self.valid_to is None or day <= self.valid_to)

    def title(self, locale: str) -> str:
        """Return the title in a language, else in English, else the code."""
        return self.titles.get(locale) or self.titles.get("en") or self.code


def merge_declarations(declarations: Iterable[CodeSetDeclaration]) -> dict[str, CodeSetDeclaration]:
    """Return one declaration per set; a second module adds its codes after the first's.

    Raises:
        PluginError: A set that isn't extendable is declared twice, a code is declared twice, or a parent is missing.
    """
    merged: dict[str, CodeSetDeclaration] = {}
    for new in declarations:
        old = merged.get(new.name)
        merged[new.name] = new if old is None else _joined(old, new)
    for declared in merged.values():
        _check_codes(declared)
    return merged


def _joined(old: CodeSetDeclaration, new: CodeSetDeclaration) -> CodeSetDeclaration:
    if not old.extendable:
        raise PluginError(
            f"{new.module} adds codes to the set {old.name} of {old.module}, which is not extendable; "
            "declare a set of its own",
            old.module,
            new.module,
        )
    twice = {code.code for code in old.codes} & {code.code for code in new.codes}
    if twice:
        raise PluginError(
            f"{old.module} and {new.module} both declare {', '.join(sorted(twice))} of the set {old.name}; "
            "rename one of them",
            old.module,
            new.module,
        )
    return CodeSetDeclaration(old.name, old.module, (*old.codes, *new.codes), old.extendable, old.titles)


def _check_codes(declared: CodeSetDeclaration) -> None:
    names = [code.code for code in declared.codes]
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise PluginError(f"the set {declared.name} declares {', '.join(twice)} twice", declared.module)
    for code in declared.codes:
        if code.parent and code.parent not in names:
            raise PluginError(
                f"{code.code} of the set {declared.name} names the parent {code.parent}, which the set lacks",
                declared.module,
            )


def dealer_changed(row: Mapping[str, Any], declared: Mapping[str, Any]) -> set[str]:
    """Return which attributes of a stored code the dealer has changed since the module declared them."""
    return {name for name, value in declared.items() if row.get(name) != value}


async def sync_code_sets(scope: Scope, declarations: Iterable[CodeSetDeclaration]) -> int:
    """Bring the stored sets up to what the modules declare; return how many rows were written.

    New codes are added; titles, order and parents follow the module unless the dealer has changed them. Codes that a
    module no longer declares stay. A second run writes nothing. Needs a unit of work.
    """
    written = 0
    for declared in merge_declarations(declarations).values():
        written += await _sync_set(declared)
    return written


async def _sync_set(declared: CodeSetDeclaration) -> int:
    from core.services.models import Code, CodeSet

    code_set = await CodeSet.get_or_none(name=declared.name)
    version = 0 if code_set is None else code_set.version
    if code_set is None:
        code_set = CodeSet(name=declared.name)
    code_set.module = declared.module
    code_set.extendable = declared.extendable
    code_set.titles = dict(declared.titles)
    await code_set.save()
    written = int(code_set.version != version)
    rows = {row.code: row for row in await Code.filter(code_set_id=code_set.id, store_key="")}
    for position, code in enumerate(declared.codes):
        content = {"titles": dict(code.titles), "position": position * 10, "parent_code": code.parent}
        row = rows.get(code.code)
        if row is None:
            row = Code(code_set_id=code_set.id, store_id=None, code=code.code, declared=content, **content)
        else:
            _follow(row, content)
        version = row.version if code.code in rows else 0
        await row.save()
        written += int(row.version != version)
    return written


def _follow(row: Code, content: dict[str, Any]) -> None:
    kept = dealer_changed({name: getattr(row, name) for name in content}, row.declared)
    for name, value in content.items():
        if name not in kept:
            setattr(row, name, value)
    row.declared = content


async def codes(scope: Scope, code_set: str, *, store_id: UUID | None = None) -> list[CodeEntry]:
    """Return the codes of a set in order, those no longer valid included; a store's row wins over the dealer's.

    Args:
        store_id: The caller's store without it.

    Raises:
        NotFoundRefusal: There is no such set.
    """
    store = store_id or scope.caller.store_id
    from core.services.models import Code, CodeSet

    return await cached(scope, (CodeSet, Code), (code_set, store), lambda: _read(code_set, store))


async def _read(code_set: str, store: UUID | None) -> list[CodeEntry]:
    from core.services.models import Code, CodeSet

    known = await CodeSet.get_or_none(name=code_set)
    if known is None:
        raise NotFoundRefusal(f"there is no code set {code_set!r}", rule="code_set", code_set=code_set)
    keys = [""] if store is None else ["", str(store)]
    rows = await Code.filter(code_set_id=known.id, store_key__in=keys, archived_at=None).order_by("store_key")
    in_force = {row.code: _entry(row) for row in rows}
    return sorted(in_force.values(), key=lambda entry: (entry.position, entry.code))


def _entry(row: Code) -> CodeEntry:
    return CodeEntry(row.code, row.titles, row.position, row.parent_code, row.valid_from, row.valid_to)


async def require_code(
    scope: Scope, code_set: str, code: str, *, store_id: UUID | None = None, path: Sequence[str | int] = ()
) -> CodeEntry:
    """Return a code that is valid today.

    Raises:
        ValidationRefusal: It is none of the set or not valid today; the message names the valid ones.
    """
    today = scope.today()
    valid = [entry for entry in await codes(scope, code_set, store_id=store_id) if entry.valid_on(today)]
    for entry in valid:
        if entry.code == code:
            return entry
    allowed = ", ".join(entry.code for entry in valid) or "none"
    raise ValidationRefusal(
        f"this is no valid code of {code_set}; valid are {allowed}",
        path=path,
        rule="code",
        code_set=code_set,
        allowed=allowed,
    )


async def code_title(scope: Scope, code_set: str, code: str, *, store_id: UUID | None = None) -> str:
    """Return what a code is called in the language of the scope, one that is no longer valid, too; else the code."""
    known = await codes(scope, code_set, store_id=store_id)
    return next((entry.title(scope.locale) for entry in known if entry.code == code), code)


async def put_code(
    scope: Scope,
    code_set: str,
    code: str,
    *,
    titles: Mapping[str, str] | None = None,
    position: int | None = None,
    parent: str | None = None,
    valid_from: date | EllipsisType | None = ...,
    valid_to: date | EllipsisType | None = ...,
    store_id: UUID | None = None,
) -> Code:
    """Add a code, or reword, reorder, end or reopen one, for the dealer or for one store; needs a unit of work.

    A store's row begins as a copy of the dealer's. What is left out stays as it is; `valid_to=None` reopens.

    Raises:
        NotFoundRefusal: There is no such set.
        PreconditionRefusal: The code is new and the set takes no new codes.
        ValidationRefusal: The parent is no code of the set, or lies below the code itself.
    """
    from core.services.models import Code, CodeSet

    known = await CodeSet.get_or_none(name=code_set)
    if known is None:
        raise NotFoundRefusal(f"there is no code set {code_set!r}", rule="code_set", code_set=code_set)
    here = await Code.get_or_none(code_set_id=known.id, code=code, store_key=str(store_id or ""))
    base = here or await Code.get_or_none(code_set_id=known.id, code=code, store_key="")
    if base is None and not known.extendable:
        raise PreconditionRefusal(f"the set {code_set} takes no new codes", rule="code_set_closed", code_set=code_set)
    if parent:
        await _check_parent(scope, code_set, code, parent, store_id)
    row = here or _copy(base, known.id, code, store_id)
    changes = {
        "titles": None if titles is None else dict(titles),
        "position": position,
        "parent_code": parent,
    }
    for name, value in changes.items():
        if value is not None:
            setattr(row, name, value)
    if valid_from is not ...:
        row.valid_from = valid_from
    if valid_to is not ...:
        row.valid_to = valid_to
    await row.save()
    return row


def _copy(base: Code | None, set_id: UUID, code: str, store_id: UUID | None) -> Code:
    from core.services.models import Code

    row = Code(code_set_id=set_id, store_id=store_id, code=code)
    if base is not None:
        for name in ("titles", "position", "parent_code", "valid_from", "valid_to"):
            setattr(row, name, getattr(base, name))
    return row


async def _check_parent(scope: Scope, code_set: str, code: str, parent: str, store_id: UUID | None) -> None:
    entries = {entry.code: entry for entry in await codes(scope, code_set, store_id=store_id)}
    above, seen = parent, {code}
    while above:
        if above not in entries:
            raise ValidationRefusal(
                f"the parent is no code of {code_set}", path=("parent",), rule="code_parent", code_set=code_set
            )
        if above in seen:
            raise ValidationRefusal(
                "a code that lies below another can't be its parent", path=("parent",), rule="code_parent_cycle"
            )
        seen.add(above)
        above = entries[above].parent
