"""Columns of one value that know more than tortoise's own: texts, codes, lists, and numbers with limits."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Final, Literal, NamedTuple, TypeVar, overload
from uuid import UUID

from tortoise import fields as tortoise_fields
from tortoise.fields import Field

from core.errors import ConfigurationError
from core.kinds import families, numbers, texts
from core.kinds.folding import FOLDED_FORM, composed
from core.kinds.kind import Kind, kind_of
from core.kinds.limits import limited
from core.kinds.texts import FOLDED

T_STR = TypeVar("T_STR", str, str | None)

if TYPE_CHECKING:  # mypy and pyright: the attribute is what the field says, whatever the column holds

    class _Decimal(Field[Decimal], Decimal):  # type: ignore[misc]  # as tortoise's own
        pass
else:
    _Decimal = tortoise_fields.BigIntField

MOST_DIGITS: Final = 18
"""Of a decimal number: so many fit into 64 bits, whatever they are."""


def _in_one_form(value: Any) -> Any:
    """Return a text composed; most are ASCII, and left alone at no cost."""
    return composed(value) if type(value) is str and not value.isascii() else value


class _Bounded:
    """A number between two others; both may be missing.

    Inputs of generated commands refuse what lies beyond, and so does the database.
    """

    def __init__(self, *, min: float | None = None, max: float | None = None, **options: Any) -> None:
        super().__init__(**options)
        self.min = min
        self.max = max

    def make_kind(self) -> Kind:
        return limited(families.family_of(self), at_least=self.min, at_most=self.max)


if TYPE_CHECKING:  # tortoise's types take any option, and tell by null what the attribute is
    SmallIntField = tortoise_fields.SmallIntField
    IntField = tortoise_fields.IntField
    BigIntField = tortoise_fields.BigIntField
    FloatField = tortoise_fields.FloatField
else:

    class SmallIntField(_Bounded, tortoise_fields.SmallIntField):
        """A whole number of 16 bits."""

    class IntField(_Bounded, tortoise_fields.IntField):
        """A whole number of 32 bits."""

    class BigIntField(_Bounded, tortoise_fields.BigIntField):
        """A whole number of 64 bits."""

    class FloatField(_Bounded, tortoise_fields.FloatField):
        """A binary number of 64 bits."""


class CharField(tortoise_fields.CharField[T_STR]):
    """A text of a limited length, kept in Unicode's composed form.

    Args:
        max_length: In characters.
        min_length: The same.
        searched: Whether `search`, `contains` and `startsWith` are asked often: the model then keeps the folded form
            in the column `<name>_search`, with an index.
        folded: The text itself is kept folded, and so needs no other column: for keys that nobody reads.
    """

    if TYPE_CHECKING:

        @overload
        def __init__(
            self: CharField[str],
            max_length: int,
            *,
            min_length: int = 0,
            null: Literal[False] = False,
            searched: bool = False,
            folded: bool = False,
            **options: Any,
        ) -> None: ...
        @overload
        def __init__(
            self: CharField[str | None],
            max_length: int,
            *,
            min_length: int = 0,
            null: Literal[True],
            searched: bool = False,
            folded: bool = False,
            **options: Any,
        ) -> None: ...

    def __init__(
        self, max_length: int, *, min_length: int = 0, searched: bool = False, folded: bool = False, **options: Any
    ) -> None:
        super().__init__(max_length, **options)  # type: ignore[misc]  # tortoise types null by overloads
        self.searched = searched and not folded
        self.folded = folded
        self.min_length = min_length

    def make_kind(self) -> Kind:
        kind = texts.text(max_length=self.max_length, searched=self.searched, folded=self.folded)
        return limited(kind, min_length=self.min_length)

    def to_db_value(self, value: Any, instance: Any) -> Any:
        return super().to_db_value(_in_one_form(value), instance)


class CodeField(CharField[T_STR]):
    """A code of a list that dealers extend and reword; a row that gets one the list doesn't have today is refused.

    Empty stands for no code. What the code is called, `code_title` tells.

    Args:
        code_set: The list, such as `customers.channel`; a module that is on must declare it.
    """

    if TYPE_CHECKING:

        @overload
        def __init__(
            self: CodeField[str], code_set: str, *, null: Literal[False] = False, max_length: int = 60, **options: Any
        ) -> None: ...
        @overload
        def __init__(
            self: CodeField[str | None], code_set: str, *, null: Literal[True], max_length: int = 60, **options: Any
        ) -> None: ...

    def __init__(self, code_set: str, *, max_length: int = 60, **options: Any) -> None:
        super().__init__(max_length, **options)  # type: ignore[misc]  # as above
        self.code_set = code_set

    def make_kind(self) -> Kind:
        return replace(super().make_kind(), family="code", codes=self.code_set)


class TextField(tortoise_fields.TextField):
    """A text of any length, kept in Unicode's composed form.

    Args:
        searched: As of a `CharField`, but without an index, which has no room for every text.
    """

    folded = False

    def __init__(self, *, searched: bool = False, **options: Any) -> None:
        super().__init__(**options)
        self.searched = searched

    def make_kind(self) -> Kind:
        return texts.text(searched=self.searched)

    def to_db_value(self, value: Any, instance: Any) -> Any:
        return super().to_db_value(_in_one_form(value), instance)


class TextListField(tortoise_fields.JSONField[list[str]]):
    """A list of texts; empty without a word.

    Args:
        max_length: Of each, in characters.
        most: How many there may be.
    """

    def __init__(self, *, max_length: int, most: int = 100, **options: Any) -> None:
        super().__init__(**{"default": list, **options} if not options.get("null") else options)
        self.max_length = max_length
        self.most = most

    def make_kind(self) -> Kind:
        return texts.texts(max_length=self.max_length, most=self.most)

    def to_db_value(self, value: Any, instance: Any) -> Any:
        return kind_of(self).stored("sqlite", value)  # JSON on both


class CodeListField(TextListField):
    """A list of codes, of which each is checked as that of a `CodeField` is.

    Args:
        code_set: The list of what is allowed, such as `inventory.option_pack`.
    """

    def __init__(self, code_set: str, *, most: int = 100, **options: Any) -> None:
        super().__init__(max_length=60, most=most, **options)
        self.code_set = code_set

    def make_kind(self) -> Kind:
        return replace(super().make_kind(), family="codes", codes=self.code_set)


class ReferenceField(tortoise_fields.UUIDField[UUID | None]):
    """The id of a row of a module that may be off, without a foreign key; its name ends in `_id`.

    While the module is on, `optional/<module>.py` may add the relation to the entity, by the name without `_id`, and
    a list of those that refer to it at the other side.

    Args:
        model: Such as `aftersales.ServiceVehicle`.
    """

    def __init__(self, model: str, *, db_index: bool = True, **options: Any) -> None:
        super().__init__(**{"null": True, "db_index": db_index, **options})
        self.model_name = model

    def make_kind(self) -> Kind:
        return replace(families.key(), references=self.model_name)


class FoldedField(tortoise_fields.TextField):
    """The folded form of a text, which the model keeps beside it; an index over it begins with the letters.

    Args:
        of: The name of the text.
    """

    def __init__(self, of: str) -> None:
        super().__init__(null=True)
        self.of = of

    def make_kind(self) -> Kind:
        return replace(texts.text(), stored_as=f"{FOLDED_FORM}{self.of}")


class DecimalField(_Decimal):
    """A decimal number, exact on both databases: a BIGINT of units of its last place.

    Args:
        digits: Before and after the point, 18 at the most.
        places: After the point; migrations refuse to change them.
        min, max: As of the other numbers.

    Raises:
        ConfigurationError: There are too many.
    """

    field_type = Decimal

    def __init__(
        self,
        digits: int,
        places: int,
        *,
        min: Decimal | int | None = None,
        max: Decimal | int | None = None,
        **options: Any,
    ) -> None:
        if not 0 <= places <= digits <= MOST_DIGITS:
            raise ConfigurationError(
                f"a DecimalField has 1 to {MOST_DIGITS} digits, and as many or fewer decimal places, "
                f"not {digits} and {places}"
            )
        super().__init__(**options)
        self.digits = digits
        self.places = places
        self.bounds = min, max

    def make_kind(self) -> Kind:
        return limited(numbers.decimal(self.digits, self.places), at_least=self.bounds[0], at_most=self.bounds[1])

    @property
    def constraints(self) -> dict[str, Any]:
        return {}

    def to_db_value(self, value: Any, instance: Any) -> Any:
        return kind_of(self).stored("sqlite", value)  # a whole number on both

    def to_python_value(self, value: Any) -> Any:
        return value if value is None or isinstance(value, Decimal) else kind_of(self).read["sqlite"](value)


MOST_INDEXED: Final = 600
"""Characters of a folded text that is indexed: PostgreSQL's indexes have room for 2,704 bytes."""


class KeptText(NamedTuple):
    """A text of a model.

    Attributes:
        search: The attribute of its folded form; empty where there is none.
        folded: It is kept folded itself.
        indexed: Whether that has an index, for which it may be cut.
    """

    name: str
    search: str
    folded: bool
    indexed: bool


def kept_texts(attributes: Mapping[str, Any]) -> Sequence[KeptText]:
    """Return the texts among the attributes of a model's class."""
    return tuple(_kept(name, field) for name, field in attributes.items() if isinstance(field, CharField | TextField))


def _kept(name: str, field: CharField[Any] | TextField) -> KeptText:
    length = getattr(field, "max_length", None)
    indexed = field.searched and length is not None and length <= MOST_INDEXED
    return KeptText(name, f"{name}_{FOLDED}" if field.searched else "", field.folded, indexed)
