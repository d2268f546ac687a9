"""The code lists that aftersales brings, and what it adds to the kernel's."""

from __future__ import annotations

from typing import Final

from forecourt import CodeDeclaration, CodeSetDeclaration
from plugins.aftersales.services.handlers_at_hand import HIGH_VOLTAGE
from plugins.aftersales.services.requests import REQUEST_CHANNELS, REQUEST_KINDS, SYMPTOM_GROUPS


def _codes(*rows: tuple[str, str, str]) -> tuple[CodeDeclaration, ...]:
    return tuple(CodeDeclaration(code, {"en": english, "zh-CN": chinese}) for code, english, chinese in rows)


CODE_SETS: Final = (
    CodeSetDeclaration(
        name=REQUEST_KINDS,
        module="aftersales",
        titles={"en": "Kinds of service request", "zh-CN": "服务请求类型"},
        codes=_codes(
            ("REPAIR", "Repair", "报修"),
            ("MAINTENANCE", "Maintenance", "保养"),
            ("CONSULT", "Question", "咨询"),
            ("RESCUE", "Roadside rescue", "救援"),
            ("CAMPAIGN", "Recall or service campaign", "召回与服务活动"),
        ),
    ),
    CodeSetDeclaration(
        name=SYMPTOM_GROUPS,
        module="aftersales",
        titles={"en": "Groups of symptoms", "zh-CN": "故障分类"},
        codes=_codes(
            ("ENGINE", "Engine", "发动机"),
            ("TRANSMISSION", "Gearbox and drive", "变速箱与传动"),
            ("BRAKES", "Brakes", "制动"),
            ("STEERING", "Steering and chassis", "转向与底盘"),
            ("TYRES", "Tyres and wheels", "轮胎与车轮"),
            ("TRACTION_BATTERY", "Traction battery and charging", "动力电池与充电"),
            ("ELECTRIC", "Electrics and lights", "电气与灯光"),
            ("INFOTAINMENT", "Infotainment and connectivity", "车机与车联网"),
            ("AIR_CONDITIONING", "Air conditioning", "空调"),
            ("BODY", "Body, paint and glass", "车身、漆面与玻璃"),
            ("INTERIOR", "Interior and seats", "内饰与座椅"),
            ("NOISE", "Noise and vibration", "异响与抖动"),
            ("OTHER", "Other", "其他"),
        ),
    ),
    CodeSetDeclaration(
        name=REQUEST_CHANNELS,
        module="aftersales",
        titles={"en": "Ways of service requests", "zh-CN": "服务请求渠道"},
        codes=_codes(
            ("PHONE", "Phone", "电话"),
            ("VISIT", "At the store", "到店"),
            ("SMS", "Text message", "短信"),
            ("WECHAT", "WeChat", "微信"),
            ("PORTAL", "Customer portal or app", "客户端"),
        ),
    ),
    CodeSetDeclaration(
        name="organisation.certification_line",
        module="aftersales",
        titles={"en": "Lines that need a certificate", "zh-CN": "需要资质的业务"},
        codes=_codes((HIGH_VOLTAGE, "High voltage", "高压作业")),
    ),
)
