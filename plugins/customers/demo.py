"""The customers of the demo dealership: invented people, the same ones each time."""

from __future__ import annotations

import random
from collections.abc import AsyncIterator, Sequence
from datetime import date, timedelta
from typing import Final
from uuid import UUID

from forecourt import Membership, Money, Scope, Store
from plugins.customers.models.choices import (
    ConsentPurpose,
    ContactKind,
    CustomerKind,
    Gender,
    InteractionDirection,
    PaymentWay,
    Priority,
    Visibility,
)
from plugins.customers.models.follow_up import FollowUpTemplate
from plugins.customers.models.people import Customer
from plugins.customers.services.consents import grant_consent
from plugins.customers.services.contacts import NewContact
from plugins.customers.services.entry import NewCustomer, write_customer
from plugins.customers.services.intentions import Wishes, add_intention
from plugins.customers.services.interactions import record_interaction
from plugins.customers.services.levels_in_store import apply_preset
from plugins.customers.services.lifecycle import LifecycleTrigger
from plugins.customers.services.moves import follow_lifecycle
from plugins.customers.services.tasks import plan_task
from plugins.customers.services.vehicles import add_owned_vehicle

SEED: Final = 20261121
CUSTOMERS: Final = 400
INTERACTIONS: Final = 900
STEP: Final = 50

_SURNAMES: Final = "王李张刘陈杨黄赵吴周徐孙马朱胡郭何林高罗郑梁谢宋唐许韩冯邓曹彭曾肖田董潘袁蔡蒋余"
_GIVEN: Final = "伟芳娜敏静强磊洋艳勇军杰娟涛超明霞平刚桂英华建国志文丽春燕飞鹏宇浩然欣怡子涵梓轩雨桐思远嘉琪"
_COMPANY_PLACES: Final = ("东海", "江南", "临江", "云岭", "北湖", "西川")
_COMPANY_TRADES: Final = ("物流有限公司", "建筑工程有限公司", "餐饮管理有限公司", "科技有限公司", "旅行社有限公司")
_SOURCES: Final = ("SHOWROOM", "SHOWROOM", "PHONE", "WEB_INQUIRY", "WEB_INQUIRY", "MOTOR_SHOW", "REFERRAL", "SOCIAL")
_MODELS: Final = ("DEMO_S1", "DEMO_S2", "DEMO_S3", "DEMO_S4")
_COLORS: Final = ("WHITE", "BLACK", "GREY", "BLUE", "RED")
_TALKS: Final = (
    "了解车型配置与优惠", "预约周末到店看车", "对比两款车型的续航", "询问金融方案与月供", "家人想一起试驾",
    "咨询置换补贴", "确认到店时间", "价格仍在考虑",
)  # fmt: skip
_TEMPLATE_KINDS: Final = {
    "FIRST_CONTACT": ("首次联系", "您好，我是{store}的销售顾问，收到您的咨询，想了解一下您的用车需求。"),
    "INVITE": ("邀约到店", "本周到店可试驾新车，请问您哪天方便？"),
    "TEST_DRIVE": ("试驾邀约", "为您预留了试驾车辆，试驾约四十分钟，请携带驾驶证。"),
    "AFTER_VISIT": ("到店后回访", "感谢您到店，请问对车辆和接待还有哪些疑问？"),
    "QUOTATION": ("报价跟进", "给您的报价有效期为七天，有任何疑问请随时联系。"),
    "WIN_BACK": ("战败激活", "近期有新的政策与车型，不知您的购车计划是否有变化？"),
}
_QUESTIONS: Final = ("购车时间", "预算", "意向车型", "现有车辆")


async def write(scope: Scope, *, size: int = CUSTOMERS, talks: int = INTERACTIONS) -> AsyncIterator[object]:
    """Write templates, presets, customers and what was talked about with them; a second call writes nothing."""
    stores = await Store.filter(archived_at=None).order_by("code")
    if await FollowUpTemplate.exists() or not stores:
        return
    chance = random.Random(SEED)  # noqa: S311 - the same people each time
    for index, store in enumerate(stores):
        await apply_preset(scope, "slow" if index % 3 == 2 else "fast", store.id)
    await _templates(stores[0].id)
    yield "templates"
    staff = [await _salespeople(store.id) for store in stores]
    customers: list[Customer] = []
    while len(customers) < size:
        for _ in range(min(STEP, size - len(customers))):
            place = len(customers) % len(stores)
            customers.append(await _customer(scope, chance, len(customers), stores[place].id, staff[place]))
        yield "customers"
    for number in range(talks):
        # Everybody was talked to, some more often than others.
        customer = customers[number] if number < size else chance.choice(customers)
        await _talk(scope, chance, customer)
    yield "interactions"
    for customer in customers[::2]:
        await _task(scope, chance, customer)
    yield "tasks"


async def _templates(store_id: UUID) -> None:
    for kind, (title, script) in _TEMPLATE_KINDS.items():
        for customer_kind, suffix in ((CustomerKind.PERSON, "个人"), (CustomerKind.COMPANY, "企业")):
            await FollowUpTemplate(
                store_id=store_id,
                code=f"{kind}_{customer_kind}",
                title=f"{title}（{suffix}）",
                customer_kind=customer_kind,
                kind=kind,
                script=script,
                questions=list(_QUESTIONS),
            ).save()


async def _salespeople(store_id: UUID) -> Sequence[UUID]:
    members = await Membership.filter(store_id=store_id, archived_at=None).select_related("department").order_by("id")
    sales = [member.user_id for member in members if member.department and member.department.kind == "SALES"]
    return sales or [member.user_id for member in members]


async def _customer(
    scope: Scope, chance: random.Random, number: int, store_id: UUID, staff: Sequence[UUID]
) -> Customer:
    is_company = number % 20 == 19
    name = _company(chance) if is_company else _person(chance)
    # 199 is a prefix that exists; the numbers are invented and follow one another, so that none comes twice.
    contacts = [NewContact(ContactKind.MOBILE, f"1990000{number:04d}", is_primary=True)]
    if number % 3 == 0:
        contacts.append(NewContact(ContactKind.WECHAT, f"demo_wx_{number:04d}"))
    if number % 5 == 0:
        contacts.append(NewContact(ContactKind.EMAIL, f"customer{number:04d}@example.com"))
    customer = await write_customer(
        scope,
        NewCustomer(
            name=name,
            contacts=contacts,
            kind=CustomerKind.COMPANY if is_company else CustomerKind.PERSON,
            gender=Gender.UNKNOWN if is_company else chance.choice((Gender.MALE, Gender.FEMALE)),
            birth_on=None
            if is_company
            else date(chance.randint(1962, 2004), chance.randint(1, 12), chance.randint(1, 28)),
            source=chance.choice(_SOURCES),
            owner_id=staff[number % len(staff)] if staff else None,
            store_id=store_id,
        ),
    )
    await _what_became(scope, chance, number, customer)
    return customer


async def _what_became(scope: Scope, chance: random.Random, number: int, customer: Customer) -> None:
    if number % 10 < 7:
        await add_intention(scope, customer.id, _wishes(chance, scope.today()))
    if number % 10 in (1, 2, 3):
        await follow_lifecycle(scope, customer.id, LifecycleTrigger.OPPORTUNITY_OPENED)
    if number % 10 in (4, 5):
        await follow_lifecycle(scope, customer.id, LifecycleTrigger.DELIVERED)
        await add_owned_vehicle(
            scope,
            customer.id,
            model=chance.choice(_MODELS),
            plate=f"沪A{chance.randint(10000, 99999)}",
            from_on=scope.today() - timedelta(days=chance.randint(30, 1500)),
        )
    if number % 10 == 6:
        await follow_lifecycle(scope, customer.id, LifecycleTrigger.OPPORTUNITY_OPENED)
        await follow_lifecycle(scope, customer.id, LifecycleTrigger.ALL_LOST, "选择其他品牌")
    if number % 2 == 0:
        await grant_consent(scope, customer.id, ConsentPurpose.MARKETING_SMS, evidence=f"DEMO-{number:04d}")


def _person(chance: random.Random) -> str:
    return chance.choice(_SURNAMES) + "".join(chance.sample(_GIVEN, chance.choice((1, 2, 2))))


def _company(chance: random.Random) -> str:
    return chance.choice(_COMPANY_PLACES) + "".join(chance.sample(_GIVEN, 2)) + chance.choice(_COMPANY_TRADES)


def _wishes(chance: random.Random, today: date) -> Wishes:
    low = chance.randrange(10, 40) * 1_000_000
    return Wishes(
        purpose=chance.choice(("FIRST", "EXTRA", "REPLACE")),
        models=chance.sample(_MODELS, chance.choice((1, 2))),
        colors=chance.sample(_COLORS, 2),
        powertrains=[chance.choice(("ICE", "PHEV", "BEV"))],
        budget_min=Money(low, "CNY"),
        budget_max=Money(low + chance.randrange(2, 6) * 1_000_000, "CNY"),
        payment=chance.choice(tuple(PaymentWay)),
        expected_on=today + timedelta(days=chance.choice((3, 6, 14, 25, 45, 80, 120, 200))),
        trade_in=chance.random() < 0.25,
    )


async def _talk(scope: Scope, chance: random.Random, customer: Customer) -> None:
    await record_interaction(
        scope,
        customer.id,
        channel=chance.choice(("CALL", "CALL", "WECHAT", "SHOWROOM")),
        direction=chance.choice((InteractionDirection.OUT, InteractionDirection.OUT, InteractionDirection.IN)),
        occurred_at=scope.now() - timedelta(minutes=chance.randint(60, 60 * 24 * 80)),
        reached=chance.random() < 0.8,
        content=chance.choice(_TALKS),
        visibility=Visibility.SERVICE if chance.random() < 0.2 else Visibility.TEAM,
        author_id=customer.owner_id,
    )


async def _task(scope: Scope, chance: random.Random, customer: Customer) -> None:
    await plan_task(
        scope,
        customer.id,
        owner_id=customer.owner_id,
        due_at=scope.now() + timedelta(hours=chance.randint(-48, 240)),
        subject=chance.choice(_TALKS),
        priority=chance.choice(tuple(Priority)),
        must=chance.random() < 0.1,
    )
