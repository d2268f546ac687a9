"""Why a lead document can't be read."""

from __future__ import annotations

from typing import ClassVar

from forecourt import ValidationRefusal


class AdfError(ValidationRefusal):
    """The document as a whole can't be read.

    Args:
        message: What is wrong; it never repeats text of the document, which may be personal.
        line: Where in the document, from 1; None where there is no place to name.
        column: Where in the line, from 1.
    """

    code: ClassVar[str] = "ADF_INVALID"

    def __init__(self, message: str, line: int | None = None, column: int | None = None) -> None:
        place = "" if line is None else f" (line {line}, column {column})"
        super().__init__(message + place, line=line, column=column)
        self.line = line
        self.column = column


class AdfEmptyError(AdfError):
    """There is nothing in it."""

    code = "ADF_EMPTY"


class AdfTooLargeError(AdfError):
    """It is larger, or has more prospects, than a lead document ever needs."""

    code = "ADF_TOO_LARGE"


class AdfTooDeepError(AdfError):
    """Its elements or its mail parts are nested deeper than a lead document ever needs."""

    code = "ADF_TOO_DEEP"


class AdfForbiddenDtdError(AdfError):
    """It declares a document type or an entity, which a lead document never needs and attackers do."""

    code = "ADF_FORBIDDEN_DTD"


class AdfNotFoundError(AdfError):
    """It has no `adf` element: something else was sent."""

    code = "ADF_NOT_ADF"


class AdfMalformedError(AdfError):
    """Its markup is broken beyond what can be mended."""

    code = "ADF_MALFORMED"
