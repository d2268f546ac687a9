"""The demo dealership's text messages."""

from plugins.sms_marketing.demo.messages import write

__all__ = ["write"]
