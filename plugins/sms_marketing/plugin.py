"""SMS marketing: templates, messages, consent, and what providers tell."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Iterable
from typing import Any
from uuid import UUID

from starlette.routing import Route

from forecourt import HealthCheck, Manifest, Role, Scope, hookimpl
from plugins.customers.api import TimelineEntry
from plugins.sms_marketing import jobs, routes
from plugins.sms_marketing.demo import messages as demo
from plugins.sms_marketing.hooks import SmsHooks
from plugins.sms_marketing.models.inbox import SmsReply
from plugins.sms_marketing.models.messages import SmsMessage, SmsSuppression
from plugins.sms_marketing.roles import ROLES
from plugins.sms_marketing.services import health, timeline
from plugins.sms_marketing.services.providers import SIMULATOR, SmsProvider
from plugins.sms_marketing.services.simulator import Simulator
from plugins.sms_marketing.settings import SmsSettings

plugin = Manifest(
    name="sms_marketing",
    version="0.1.0",
    api=">=1,<2",
    title={"en": "SMS marketing", "zh-CN": "短信营销"},
    description={
        "en": "Text messages to customers: approved templates, consent, sending hours, receipts and replies.",
        "zh-CN": "客户短信：模板审批、营销同意、发送时段、回执与上行短信。",
    },
    requires=["organisation", "customers"],
    optional=["sales", "aftersales"],
    settings=SmsSettings,
)


@hookimpl
def hook_specifications() -> Iterable[type]:
    return (SmsHooks,)


@hookimpl
def sms_provider(kind: str) -> SmsProvider | None:
    return Simulator() if kind == SIMULATOR else None


@hookimpl
def roles() -> Iterable[Role]:
    return ROLES


@hookimpl
def scheduled_jobs() -> Iterable[object]:
    # Each planned message calls for its sending; this finds what such a call has left, and what waits for a cap.
    yield jobs.send_due.every(minutes=1, per_store=True)
    yield jobs.ask_providers.every(minutes=5, per_store=True)
    yield jobs.greet_birthdays.daily(at="09:00", per_store=True)


@hookimpl
def http_routes() -> Iterable[Route]:
    return routes.ROUTES


@hookimpl
def health_checks() -> Iterable[HealthCheck]:
    yield HealthCheck("sms_marketing.providers", health.check_providers)


@hookimpl
def customer_timeline(scope: Scope, customer_id: UUID, limit: int) -> Awaitable[Iterable[TimelineEntry]]:
    return timeline.entries(scope, customer_id, limit)


@hookimpl
def customer_references() -> Iterable[tuple[type[Any], str]]:
    return ((SmsMessage, "customer_id"), (SmsReply, "customer_id"), (SmsSuppression, "customer_id"))


@hookimpl
def demo_data(scope: Scope) -> AsyncIterator[object]:
    return demo.write(scope)
