"""The code lists of customers."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final

from forecourt import CodeDeclaration, CodeSetDeclaration

_LISTS: Final[Mapping[str, tuple[str, str, Mapping[str, tuple[str, str]]]]] = {
    "source_kind": ("Kinds of source", "来源类型", {
        "SHOWROOM": ("Walk-in", "展厅自然到店"), "PHONE": ("Phone", "来电"), "WEB_INQUIRY": ("Web inquiry", "网络咨询"),
        "MOTOR_SHOW": ("Motor show", "车展"), "EVENT": ("Event", "市场活动"), "PARTNER": ("Partner", "合作渠道"),
        "REFERRAL": ("Referral", "转介绍"), "SOCIAL": ("Social media", "社交媒体"), "FIELD": ("Field visit", "外拓"),
        "SERVICE": ("Service", "售后转销售"), "REPURCHASE": ("Buys again", "增换购"),
    }),
    "channel": ("Channels", "沟通渠道", {
        "CALL": ("Call", "电话"), "SMS": ("Text message", "短信"), "WECHAT": ("WeChat", "微信"),
        "WECOM": ("WeCom", "企业微信"), "EMAIL": ("E-mail", "邮件"), "SHOWROOM": ("In the showroom", "展厅面谈"),
        "HOME_VISIT": ("Home visit", "上门拜访"), "EVENT": ("At an event", "活动现场"), "WEB": ("Web", "网站"),
    }),
    "relation": ("Relations", "关系", {
        "SPOUSE": ("Spouse", "配偶"), "PARENT": ("Parent", "父母"), "CHILD": ("Child", "子女"),
        "DRIVER": ("Driver", "司机"), "BUYER": ("Buyer", "采购人"), "PAYER": ("Payer", "付款人"),
        "DECISION_MAKER": ("Decides", "决策人"), "COLLEAGUE": ("Colleague", "同事"), "FRIEND": ("Friend", "朋友"),
    }),
    "intent_level": ("Intent levels", "意向级别", {
        "O": ("Has paid a deposit", "O级：已付订金"), "H": ("Buys within 7 days", "H级：7天内购车"),
        "A": ("Buys within 30 days", "A级：30天内购车"), "B": ("Buys within 90 days", "B级：90天内购车"),
        "C": ("Buys later", "C级：90天以上"),
    }),
    "purchase_purpose": ("Purposes", "购车用途", {
        "FIRST": ("First car", "首购"), "EXTRA": ("Another car", "增购"), "REPLACE": ("Instead of a car", "换购"),
        "COMPANY": ("For a company", "公务用车"),
    }),
    "follow_up_kind": ("Kinds of follow-up", "跟进类型", {
        "FIRST_CONTACT": ("First contact", "首次联系"), "INVITE": ("Invitation to the store", "邀约到店"),
        "TEST_DRIVE": ("Test drive", "试乘试驾"), "AFTER_VISIT": ("After a visit", "到店后回访"),
        "QUOTATION": ("Quotation", "报价跟进"), "WIN_BACK": ("Win back", "战败激活"),
    }),
    "objection": ("Objections", "顾虑", {
        "PRICE": ("Price", "价格"), "RANGE": ("Range", "续航"), "DELIVERY_TIME": ("Time of delivery", "交车时间"),
        "FAMILY": ("The family disagrees", "家人意见"), "COMPETITOR": ("Another brand", "竞品"),
        "FINANCE": ("Financing", "金融方案"), "TRADE_IN": ("Value of the old car", "旧车估值"),
    }),
}  # fmt: skip


def code_sets() -> Iterable[CodeSetDeclaration]:
    """Yield the lists, which dealers and other modules may extend; the levels alone are fixed."""
    for name, (english, chinese, codes) in _LISTS.items():
        yield CodeSetDeclaration(
            name=f"customers.{name}",
            module="customers",
            codes=[CodeDeclaration(code, {"en": en, "zh-CN": zh}) for code, (en, zh) in codes.items()],
            extendable=name != "intent_level",
            titles={"en": english, "zh-CN": chinese},
        )
