"""Why text messages are refused."""

from __future__ import annotations

from forecourt import PreconditionRefusal, ValidationRefusal


class NoApprovedTemplateRefusal(PreconditionRefusal):
    """The template has no version that may be sent."""

    code = "SMS_TEMPLATE_NOT_APPROVED"

    def __init__(self) -> None:
        super().__init__(
            "this template is not there, or has no approved version: write it and have it approved", path=("template",)
        )


class NoProviderRefusal(PreconditionRefusal):
    """No module that is on sends through an account of this kind."""

    code = "SMS_NO_PROVIDER"

    def __init__(self, kind: str, instead: str) -> None:
        super().__init__(
            f"no module that is on sends text messages through {kind!r}: switch its module on, or use {instead!r}",
            kind=kind,
            instead=instead,
        )


class BlanksRefusal(ValidationRefusal):
    """What fills a template's blanks is missing or too long."""

    code = "SMS_BLANKS"

    def __init__(self, names: str, problem: str) -> None:
        super().__init__(f"{names}: {problem}", path=("filling",), names=names, problem=problem)


class OwnTemplateRefusal(PreconditionRefusal):
    """Who wrote or submitted a text doesn't approve it."""

    code = "SMS_TEMPLATE_OWN"

    def __init__(self) -> None:
        super().__init__("somebody else than who wrote and submitted a text must decide on it")


class OptOutTextRefusal(ValidationRefusal):
    """A promotion says how to refuse it; nothing else does."""

    code = "SMS_OPT_OUT_TEXT"


class NoConsentRefusal(PreconditionRefusal):
    """A number that opted out is written to again only with a new consent."""

    code = "SMS_RELEASE_NEEDS_CONSENT"

    def __init__(self) -> None:
        super().__init__("record the customer's new consent first: without it his number stays as it is")
