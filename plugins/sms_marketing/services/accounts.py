"""Which account a store's messages go through."""

from __future__ import annotations

import hashlib
import secrets
from uuid import UUID

from forecourt import ConflictRefusal, Scope, Store, settings
from plugins.sms_marketing.models.templates import SmsProviderAccount
from plugins.sms_marketing.services.providers import provider_of
from plugins.sms_marketing.settings import SmsSettings


async def account_for(scope: Scope, store_id: UUID) -> SmsProviderAccount:
    """Return the active account of a store that comes first; one of the kind that the settings name where it has none.

    Raises:
        NoProviderRefusal: No module that is on has the kind that the settings name.
    """
    found = await _first(store_id)
    if found is not None:
        return found
    rules = await settings(scope, SmsSettings, store_id=store_id)
    provider_of(scope, rules.provider)
    store = await Store.get(id=store_id)
    signature = (rules.signature or store.name).strip()[:16]
    account = SmsProviderAccount(
        store_id=store_id,
        code=rules.provider,
        kind=rules.provider,
        title=rules.provider,
        signature=signature if len(signature) > 1 else store.code.ljust(2, "-"),
    )
    if await SmsProviderAccount.filter(store_id=store_id, code=account.code, archived_at=None).exists():
        raise ConflictRefusal("all accounts of the store are switched off: switch one on")
    await account.save()
    return account


async def new_receipts_address(account: SmsProviderAccount) -> str:
    """Make a new address that the provider's receipts come to, and forget the one before.

    Returns:
        Its path, below the dealer's own address; it is shown this once.
    """
    secret = secrets.token_urlsafe(32)
    account.receipts_secret_hash = _hash(secret)
    await account.save()
    return f"/sms/receipts/{secret}"


async def account_by_secret(secret: str) -> SmsProviderAccount | None:
    """Return the account whose receipts come to an address with this last part."""
    return await SmsProviderAccount.filter(receipts_secret_hash=_hash(secret), archived_at=None).first()


async def _first(store_id: UUID) -> SmsProviderAccount | None:
    live = SmsProviderAccount.filter(store_id=store_id, active=True, archived_at=None)
    return await live.order_by("priority", "id").first()


def _hash(secret: str) -> str:
    # Without salt: the secret is random and long, and the account is found by it.
    return hashlib.sha256(secret.encode()).hexdigest()
