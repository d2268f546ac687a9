from __future__ import annotations

import json
from collections.abc import AsyncIterator
from uuid import UUID

import httpx
import pytest

from core.http.app import App
from forecourt import Scope, change_setting, uuid7
from forecourt.testing import SampleDealer, sample_dealer
from plugins.customers.api import ConsentPurpose, create_customer, grant_consent, withdraw_consent
from plugins.sms_marketing.demo.templates import TEMPLATES
from plugins.sms_marketing.models.choices import SmsSuppressionScope, SmsSuppressionSource, SmsTemplateState
from plugins.sms_marketing.models.inbox import SimulatedSms
from plugins.sms_marketing.models.messages import SmsMessage
from plugins.sms_marketing.models.templates import SmsProviderAccount, SmsTemplate, SmsTemplateVersion
from plugins.sms_marketing.services import suppressions, templates
from plugins.sms_marketing.services.accounts import new_receipts_address
from plugins.sms_marketing.services.messages import PlannedSms, plan
from plugins.sms_marketing.services.states import VERSION_STATES
from plugins.sms_marketing.settings import SmsSettings

PHONE = "+8613800138000"


class Shop:
    """A store that has approved the demo's templates, and shortcuts to what tests do with it."""

    def __init__(self, sample: SampleDealer) -> None:
        self.sample = sample

    async def open(self) -> Shop:
        async def work(scope: Scope) -> None:
            for one in TEMPLATES:
                row = SmsTemplate(
                    store_id=scope.store_id,
                    code=one.code,
                    title=one.title,
                    category=one.category,
                    urgent=one.urgent,
                    legally_required=one.legally_required,
                )
                await templates.create(scope, row, one.body, lengths=one.lengths, opt_out_text=None)
                version = await SmsTemplateVersion.get(template_id=row.id)
                for state in (SmsTemplateState.SUBMITTED, SmsTemplateState.APPROVED):
                    await VERSION_STATES.move(version, state)

        await self.sample.run(work)
        return self

    async def customer(self, phone: str = PHONE, *, consent: bool = True, name: str = "王女士") -> UUID:
        async def work(scope: Scope) -> UUID:
            customer = await create_customer(scope, name=name, phone=phone)
            if consent:
                await grant_consent(scope, customer.id, ConsentPurpose.MARKETING_SMS, evidence="form 1")
            return customer.id

        return await self.sample.run(work)

    async def withdraw(self, customer_id: UUID) -> None:
        async def work(scope: Scope) -> None:
            await withdraw_consent(scope, customer_id, ConsentPurpose.MARKETING_SMS)

        await self.sample.run(work)

    async def plan(self, template: str, customer_id: UUID, key: str = "", **filling: str) -> SmsMessage:
        async def work(scope: Scope) -> SmsMessage:
            wanted = PlannedSms(
                template=template,
                dedupe_key=key or f"{template}:{customer_id}:{scope.now()}",
                customer_id=customer_id,
                filling=filling,
            )
            return await plan(scope, wanted)

        return await self.sample.run(work)

    async def set(self, key: str, value: object) -> None:
        async def work(scope: Scope) -> None:
            await change_setting(scope, SmsSettings, key, value, store_id=self.sample.store_id)

        await self.sample.run(work)

    async def suppress(self, number: str, what: SmsSuppressionScope = SmsSuppressionScope.MARKETING) -> None:
        async def work(scope: Scope) -> None:
            await suppressions.suppress(scope, number, what=what, source=SmsSuppressionSource.MANUAL)

        await self.sample.run(work)

    async def send(self, **later: float) -> None:
        """Let the time pass and the workers do what is due then."""
        self.sample.advance(**later)
        await self.sample.settle()

    async def message(self, message: SmsMessage) -> SmsMessage:
        async def work() -> SmsMessage:
            return await SmsMessage.get(id=message.id)

        return await self.sample.read(work)

    async def submissions(self, message: SmsMessage | None = None) -> list[SimulatedSms]:
        """Return what the simulator was given."""

        async def work() -> list[SimulatedSms]:
            rows = SimulatedSms.all() if message is None else SimulatedSms.filter(out_id=message.id)
            return await rows.order_by("accepted_at", "id")

        return await self.sample.read(work)


@pytest.fixture
async def sample(kept_database_url: str) -> AsyncIterator[SampleDealer]:
    async with sample_dealer(["organisation", "customers", "sms_marketing"], database_url=kept_database_url) as made:
        yield made


@pytest.fixture
async def shop(sample: SampleDealer) -> Shop:
    return await Shop(sample).open()


class Provider:
    """Calls the receipts address as a provider does."""

    def __init__(self, shop: Shop, http: httpx.AsyncClient, path: str) -> None:
        self.shop = shop
        self.http = http
        self.path = path

    async def tell(self, *items: dict[str, object]) -> None:
        response = await self.http.post(self.path, content=json.dumps(items))
        assert (response.status_code, response.json()) == (200, {"code": 0})
        await self.shop.sample.settle()

    async def report(self, message: SmsMessage, *states: str) -> None:
        items: list[dict[str, object]] = [{"out_id": str(message.id), "state": state, "code": ""} for state in states]
        await self.tell(*items)

    async def reply(self, text: str, number: str = PHONE, ref: str = "") -> None:
        await self.tell({"from": number, "content": text, "id": ref or str(uuid7())})


@pytest.fixture
async def provider(shop: Shop) -> AsyncIterator[Provider]:
    async def work(_: Scope) -> str:
        return await new_receipts_address(await SmsProviderAccount.get(code="simulator"))

    path = await shop.sample.run(work)
    transport = httpx.ASGITransport(App(shop.sample.host))
    async with httpx.AsyncClient(transport=transport, base_url="http://dealer") as http:
        yield Provider(shop, http, path)
