"""Templates of the demo dealership: three promotions, seven notifications."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

from plugins.sms_marketing.services.gate import SmsCategory

PROMOTION, NOTIFICATION = SmsCategory.PROMOTION, SmsCategory.NOTIFICATION


@dataclass(frozen=True, slots=True)
class DemoTemplate:
    """A template as the demo writes it."""

    code: str
    title: str
    body: str
    category: SmsCategory = NOTIFICATION
    lengths: dict[str, int] = field(default_factory=dict)
    urgent: bool = False
    legally_required: bool = False


TEMPLATES: Final = (
    DemoTemplate(
        "delivery_thank_you",
        "交车感谢",
        "{customer_name}您好,感谢您选择{store_name},祝您用车愉快!老友推荐购车另有好礼。",
        PROMOTION,
    ),
    DemoTemplate("birthday_greeting", "生日祝福", "{customer_name}您好,祝您生日快乐!本月到店保养享九折。", PROMOTION),
    DemoTemplate(
        "weekend_event", "周末团购会", "{customer_name}您好,本周末{store_name}举办团购会,欢迎到店品鉴试驾。", PROMOTION
    ),
    DemoTemplate(
        "maintenance_reminder",
        "保养提醒",
        "{customer_name}您好,您的爱车计划于{due_on}保养,请致电门店预约工位。",
        lengths={"due_on": 10},
    ),
    DemoTemplate(
        "test_drive_confirmation",
        "试驾预约确认",
        "{customer_name}您好,您的试驾已预约在{at},请携带驾驶证到{store_name}。",
        lengths={"at": 16},
    ),
    DemoTemplate(
        "appointment_confirmation",
        "维修预约确认",
        "{customer_name}您好,您的维修预约时间为{at},请准时到店。",
        lengths={"at": 16},
    ),
    DemoTemplate(
        "vehicle_arrived", "车辆到店通知", "{customer_name}您好,您订购的车辆已到店,销售顾问将与您联系交车事宜。"
    ),
    DemoTemplate("work_order_ready", "维修完工取车", "{customer_name}您好,您的爱车已完工,可到店取车。", urgent=True),
    DemoTemplate(
        "request_received", "诉求受理通知", "{customer_name}您好,我们已受理您的诉求,专员将尽快与您联系。", urgent=True
    ),
    DemoTemplate(
        "recall_notice",
        "召回通知",
        "{customer_name}您好,您的车辆属于召回范围,请联系{store_name}预约免费检修。",
        legally_required=True,
    ),
)
