"""The demo dealership has templates of both kinds, and messages that wait or leave."""

from __future__ import annotations

from forecourt import Scope
from forecourt.testing import SampleDealer
from plugins.sms_marketing.demo import messages as demo
from plugins.sms_marketing.models.choices import SmsMessageState, SmsTemplateState
from plugins.sms_marketing.models.messages import SmsMessage
from plugins.sms_marketing.models.templates import SmsTemplate, SmsTemplateVersion
from tests.plugins.sms_marketing.conftest import Shop


async def test_demo_has_ten_approved_templates_and_messages_that_leave(sample: SampleDealer) -> None:
    shop = Shop(sample)
    for last in range(3):
        await shop.customer(f"1380013812{last}", consent=last < 2)

    async def work(scope: Scope) -> None:
        async for _ in demo.write(scope):
            pass

    await sample.run(work)
    await shop.send()

    async def read() -> tuple[list[str], int, list[str]]:
        categories = [str(row.category) for row in await SmsTemplate.all()]
        approved = await SmsTemplateVersion.filter(state=SmsTemplateState.APPROVED).count()
        return categories, approved, [str(row.state) for row in await SmsMessage.all()]

    categories, approved, states = await sample.read(read)
    assert (categories.count("PROMOTION"), categories.count("NOTIFICATION"), approved) == (3, 7, 10)
    assert states == [SmsMessageState.SUBMITTED] * 5
