"""What may be done after the sale."""

from __future__ import annotations

from typing import Final

from forecourt import Permission

REGISTER: Final = Permission(
    "aftersales.service_vehicle.register", {"en": "Register vehicles bought elsewhere", "zh-CN": "登记外购车辆"}
)
READ_ODOMETER: Final = Permission(
    "aftersales.service_vehicle.record_odometer", {"en": "Record odometers", "zh-CN": "登记里程"}
)
COMPLETE: Final = Permission(
    "aftersales.plan_item.complete", {"en": "Complete planned maintenance", "zh-CN": "完成保养"}
)
SKIP: Final = Permission("aftersales.plan_item.skip", {"en": "Skip planned maintenance", "zh-CN": "跳过保养"})
CREATE: Final = Permission(
    "aftersales.service_request.create", {"en": "Take service requests", "zh-CN": "受理服务请求"}
)
ASSIGN: Final = Permission(
    "aftersales.service_request.assign", {"en": "Assign service requests", "zh-CN": "分派服务请求"}
)
WORK: Final = Permission("aftersales.service_request.work", {"en": "Work on service requests", "zh-CN": "处理服务请求"})
EXTEND: Final = Permission("aftersales.service_request.extend", {"en": "Put off deadlines", "zh-CN": "申请延期"})
APPROVE: Final = Permission(
    "aftersales.service_extension.approve", {"en": "Agree to later deadlines", "zh-CN": "审批延期"}
)
CLOSE: Final = Permission("aftersales.service_request.close", {"en": "Close service requests", "zh-CN": "关闭服务请求"})
REOPEN: Final = Permission(
    "aftersales.service_request.reopen", {"en": "Open service requests again", "zh-CN": "重新打开服务请求"}
)
CANCEL: Final = Permission(
    "aftersales.service_request.cancel", {"en": "Call off service requests", "zh-CN": "取消服务请求"}
)
BOOK: Final = Permission("aftersales.service_appointment.book", {"en": "Book appointments", "zh-CN": "预约保养维修"})
