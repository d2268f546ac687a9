"""The hook that text messages offer: plugins for providers implement it in their `plugin.py`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from forecourt import hookspec

if TYPE_CHECKING:
    from plugins.sms_marketing.services.providers import SmsProvider


class SmsHooks:
    """Hooks that the module calls."""

    @hookspec(firstresult=True)
    def sms_provider(self, kind: str) -> SmsProvider | None:
        """Return the provider of a kind; None for a kind of somebody else's. The first plugin that has it is asked.

        Args:
            kind: What an account calls its provider, such as `aliyun`.
        """
        raise NotImplementedError
