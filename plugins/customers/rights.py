"""Rights on customers that are asked for in more than one place."""

from __future__ import annotations

from typing import Final

from forecourt import Permission

CREATE: Final = Permission("customers.customer.create", {"en": "Enter customers", "zh-CN": "录入客户"})
MERGE: Final = Permission("customers.customer.merge", {"en": "Merge customers", "zh-CN": "合并客户"})
REASSIGN: Final = Permission("customers.customer.reassign", {"en": "Give customers to others", "zh-CN": "分配客户"})
READ_BIRTH: Final = Permission("customers.customer.read_birth", {"en": "See days of birth", "zh-CN": "查看出生日期"})
READ_TALKS: Final = Permission(
    "customers.interaction.read_talks", {"en": "Read what was said", "zh-CN": "查看沟通内容"}
)
WRITE_CONTACTS: Final = Permission(
    "customers.contact_point.write", {"en": "Change contact points", "zh-CN": "维护联系方式"}
)
RECORD_CONSENT: Final = Permission("customers.consent.record", {"en": "Record consents", "zh-CN": "登记授权"})
WRITE_TASKS: Final = Permission(
    "customers.follow_up_task.write", {"en": "Plan and do follow-up", "zh-CN": "安排并完成跟进"}
)
