"""Writing templates, and the four eyes on each text."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from forecourt import ConflictRefusal, Scope, ValidationRefusal
from plugins.sms_marketing.models.choices import SmsTemplateState
from plugins.sms_marketing.models.templates import SmsTemplate, SmsTemplateVersion
from plugins.sms_marketing.services.accounts import account_for
from plugins.sms_marketing.services.gate import SmsCategory
from plugins.sms_marketing.services.providers import Capabilities, provider_of
from plugins.sms_marketing.services.refusals import OptOutTextRefusal, OwnTemplateRefusal
from plugins.sms_marketing.services.rendering import DEFAULT_LENGTH, blanks_of, has_stray_braces
from plugins.sms_marketing.services.states import VERSION_STATES

OPEN = (SmsTemplateState.DRAFT, SmsTemplateState.SUBMITTED, SmsTemplateState.REJECTED)


async def create(
    scope: Scope, template: SmsTemplate, body: str, *, lengths: Mapping[str, int], opt_out_text: str | None
) -> SmsTemplate:
    """Write a new template with its first version, a draft.

    Args:
        lengths: The longest value of a blank, where it is another than 20 characters.
        opt_out_text: Of a promotion; the one that the provider wants without it.
    """
    await template.save()
    version = SmsTemplateVersion(store_id=template.store_id, template_id=template.id, number=1)
    await _write(scope, template, version, body, lengths, opt_out_text)
    return template


async def revise(
    scope: Scope, template: SmsTemplate, body: str, *, lengths: Mapping[str, int], opt_out_text: str | None
) -> SmsTemplateVersion:
    """Change what a template says: in its draft, or else in a new version; the approved one is sent until then.

    Raises:
        ConflictRefusal: A version waits for a decision.
    """
    last = await SmsTemplateVersion.filter(template_id=template.id, archived_at=None).order_by("-number").first()
    if last is not None and last.state == SmsTemplateState.SUBMITTED:
        raise ConflictRefusal("a version of this template waits for a decision; decide on it first")
    if last is None or last.state not in OPEN:
        number = 1 if last is None else last.number + 1
        last = SmsTemplateVersion(store_id=template.store_id, template_id=template.id, number=number)
    await _write(scope, template, last, body, lengths, opt_out_text)
    return last


async def submit(scope: Scope, version: SmsTemplateVersion) -> SmsTemplateVersion:
    """Ask for approval of a draft."""
    author, actor = version.author, scope.caller.actor
    if actor not in author.split():
        author = f"{author} {actor}"
    submitted = {"submitted_at": scope.now(), "author": author}
    await VERSION_STATES.move(version, SmsTemplateState.SUBMITTED, submitted, where={"version": version.version})
    return version


async def approve(scope: Scope, version: SmsTemplateVersion, provider_codes: Mapping[str, str]) -> SmsTemplateVersion:
    """Let a version be sent from now on, instead of the one before.

    Args:
        provider_codes: Account code to the code under which its provider has approved the version.

    Raises:
        OwnTemplateRefusal: The caller wrote or submitted it.
    """
    return await _decide(scope, version, SmsTemplateState.APPROVED, {"provider_codes": dict(provider_codes)})


async def reject(scope: Scope, version: SmsTemplateVersion, reason: str) -> SmsTemplateVersion:
    """Send a version back, with the reason; its author writes it anew.

    Raises:
        OwnTemplateRefusal: The caller wrote or submitted it.
    """
    return await _decide(scope, version, SmsTemplateState.REJECTED, {"reason": reason})


async def disable(scope: Scope, version: SmsTemplateVersion, reason: str) -> SmsTemplateVersion:
    """Stop a version: messages that wait with it are suppressed when their time comes."""
    await VERSION_STATES.move(version, SmsTemplateState.DISABLED, {"reason": reason})
    return version


async def approved_version(store_id: UUID, code: str) -> tuple[SmsTemplate, SmsTemplateVersion] | None:
    """Return a template of a store and the version of it that is sent now; None if there is none."""
    template = await SmsTemplate.filter(store_id=store_id, code=code, archived_at=None).first()
    if template is None:
        return None
    approved = SmsTemplateVersion.filter(template_id=template.id, state=SmsTemplateState.APPROVED, archived_at=None)
    version = await approved.order_by("-number").first()
    return None if version is None else (template, version)


async def _decide(
    scope: Scope, version: SmsTemplateVersion, to: SmsTemplateState, values: Mapping[str, Any]
) -> SmsTemplateVersion:
    VERSION_STATES.check(version.state, to)
    if scope.caller.actor in version.author.split():
        raise OwnTemplateRefusal
    decided = {"approver": scope.caller.actor, "decided_at": scope.now(), **values}
    # What was read is what is decided on: a version of another text is another version.
    await VERSION_STATES.move(version, to, decided, where={"version": version.version})
    return version


async def _write(
    scope: Scope,
    template: SmsTemplate,
    version: SmsTemplateVersion,
    body: str,
    lengths: Mapping[str, int],
    opt_out_text: str | None,
) -> None:
    account = await account_for(scope, template.store_id)
    wants = provider_of(scope, account.kind).capabilities()
    promotion = template.category is SmsCategory.PROMOTION
    ending = (wants.opt_out_text if opt_out_text is None else opt_out_text) if promotion else (opt_out_text or "")
    version.body = body.strip()
    version.opt_out_text = ending.strip()
    version.variables = {name: lengths.get(name, DEFAULT_LENGTH) for name in blanks_of(body)}
    version.author = scope.caller.actor
    version.reason = ""
    _check(template.category, version, lengths, wants)
    await version.save()
    if version.state is SmsTemplateState.REJECTED:
        await VERSION_STATES.move(version, SmsTemplateState.DRAFT)


def _check(category: SmsCategory, version: SmsTemplateVersion, lengths: Mapping[str, int], wants: Capabilities) -> None:
    if not version.body:
        raise ValidationRefusal("a template says something", path=("body",))
    if has_stray_braces(version.body):
        raise ValidationRefusal("a blank is written as {customer_name}; no other braces are allowed", path=("body",))
    if not set(lengths) <= set(version.variables):
        raise ValidationRefusal("each length is that of a blank of the text", path=("lengths",))
    if not all(1 <= most <= wants.longest_variable for most in version.variables.values()):
        raise ValidationRefusal(
            f"the provider takes 1 to {wants.longest_variable} characters in each blank", path=("lengths",)
        )
    if category is not SmsCategory.PROMOTION:
        if version.opt_out_text or (wants.opt_out_text and wants.opt_out_text in version.body):
            raise OptOutTextRefusal("only a promotion says how to refuse it", path=("optOutText",))
        return
    if version.opt_out_text != wants.opt_out_text:
        raise OptOutTextRefusal(
            f"the provider wants a promotion to end with {wants.opt_out_text!r}",
            path=("optOutText",),
            wanted=wants.opt_out_text,
        )
    if version.variables and not wants.variables_in_promotions:
        raise ValidationRefusal("the provider takes no blanks in a promotion", path=("body",))
