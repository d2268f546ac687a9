"""The code lists that sales brings; dealers may add to them."""

from __future__ import annotations

from forecourt import CodeDeclaration, CodeSetDeclaration

LOSS_REASONS = "sales.loss_reason"
DISQUALIFY_REASONS = "sales.disqualify_reason"
CANCEL_REASONS = "sales.cancel_reason"
PAYMENT_METHODS = "sales.payment_method"
DISCOUNT_KINDS = "sales.discount_kind"
DELIVERY_CHECKS = "sales.delivery_check"
DELIVERY_DOCUMENTS = "sales.delivery_document"

# What needs a note, because the code alone says nothing.
OTHER = "OTHER"
# The store could not do its part: it pays the earnest money back twice.
STORE_FAULT_REASONS = frozenset({"NO_VEHICLE", "STORE_FAULT"})
# The customer doesn't do his part: the store keeps the earnest money.
FORFEITING_REASONS = frozenset({"CUSTOMER_WITHDREW"})


def _set(name: str, en: str, zh: str, codes: dict[str, tuple[str, str]]) -> CodeSetDeclaration:
    return CodeSetDeclaration(
        name=name,
        module="sales",
        titles={"en": en, "zh-CN": zh},
        codes=tuple(CodeDeclaration(code, {"en": first, "zh-CN": second}) for code, (first, second) in codes.items()),
    )


CODE_SETS = (
    _set(
        LOSS_REASONS,
        "Why deals are lost",
        "战败原因",
        {
            "PRICE": ("Price", "价格"),
            "COMPETITOR_BRAND": ("Another brand", "选择其他品牌"),
            "COMPETITOR_DEALER": ("Another dealer of the brand", "选择同品牌其他店"),
            "NO_STOCK": ("Not in stock", "无现车"),
            "COLOR": ("Colour not available", "颜色不符"),
            "WAIT_TOO_LONG": ("Too long to wait", "等待时间过长"),
            "PRODUCT_SPEC": ("Product does not fit", "产品配置不符"),
            "FINANCE_REFUSED": ("Loan refused", "贷款未通过"),
            "TRADE_IN_PRICE": ("Price of the trade-in", "置换价格"),
            "FAMILY_DECISION": ("The family decided otherwise", "家人不同意"),
            "PLATE_POLICY": ("No number plate to be had", "牌照政策"),
            "POSTPONED": ("Postponed", "推迟购车"),
            "SERVICE_EXPERIENCE": ("Not content with our service", "服务体验不佳"),
            "UNREACHABLE": ("Can't be reached", "无法联系"),
            OTHER: ("Other", "其他"),
        },
    ),
    _set(
        DISQUALIFY_REASONS,
        "Why leads lead nowhere",
        "线索无效原因",
        {
            "INVALID_NUMBER": ("Number is wrong", "号码无效"),
            "NO_INTENT": ("Doesn't want a car", "无购车意向"),
            "OUT_OF_REGION": ("Lives too far away", "不在本区域"),
            "COMPETITOR": ("A competitor who asks", "竞争对手"),
            "SPAM": ("Spam", "垃圾信息"),
            OTHER: ("Other", "其他"),
        },
    ),
    _set(
        CANCEL_REASONS,
        "Why orders are cancelled",
        "退订原因",
        {
            "CUSTOMER_WITHDREW": ("The customer withdrew", "客户放弃"),
            "FINANCE_REFUSED": ("Loan refused", "贷款未通过"),
            "NO_VEHICLE": ("We have no vehicle for it", "无车可交"),
            "STORE_FAULT": ("Another fault of ours", "本店原因"),
            OTHER: ("Other", "其他"),
        },
    ),
    _set(
        PAYMENT_METHODS,
        "Ways to pay",
        "付款方式",
        {
            "CASH": ("Cash", "现金"),
            "CARD": ("Card", "刷卡"),
            "TRANSFER": ("Bank transfer", "银行转账"),
            "MOBILE": ("Mobile payment", "移动支付"),
            "LOAN": ("Paid out by the lender", "贷款放款"),
            "TRADE_IN": ("Value of the trade-in", "旧车抵扣"),
        },
    ),
    _set(
        DISCOUNT_KINDS,
        "Kinds of discount",
        "优惠类型",
        {
            "CASH": ("Cash discount", "现金优惠"),
            "TRADE_IN": ("Trade-in bonus", "置换补贴"),
            "LOAN": ("Interest subsidy", "金融贴息"),
            "LOYALTY": ("Returning customer", "老客户优惠"),
            "CAMPAIGN": ("Campaign", "活动优惠"),
        },
    ),
    _set(
        DELIVERY_CHECKS,
        "Delivery checklist",
        "交车检查项",
        {
            "EXTERIOR": ("Paint and body", "外观漆面"),
            "INTERIOR": ("Interior", "内饰"),
            "FUNCTIONS": ("Functions", "功能"),
            "DOCUMENTS": ("Documents", "随车文件"),
            "EXPLANATION": ("Explained to the customer", "操作讲解"),
        },
    ),
    _set(
        DELIVERY_DOCUMENTS,
        "Documents handed over",
        "交付文件",
        {
            "INVOICE": ("Vehicle invoice", "机动车销售统一发票"),
            "CONFORMITY": ("Certificate of conformity", "合格证"),
            "WARRANTY": ("Warranty voucher", "三包凭证"),
            "MANUAL": ("Owner's manual", "用户手册"),
            "KEYS": ("Keys", "钥匙"),
        },
    ),
)
