"""Settings of modules: a store's value over the dealer's over the configuration file's over the default.

A module's settings are an ordinary pydantic model, named in its manifest; each field has a default, so that a dealer
need not set anything. A class variable `per_store`, a set of keys, says which of them a store may set for itself; all
of them without it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any, TypeVar
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from core.errors import ConfigurationError, ValidationRefusal
from core.services.recent_reads import cached

if TYPE_CHECKING:
    from core.scope import Scope
    from core.services.models import Setting

S = TypeVar("S", bound=BaseModel)


class CoreSettings(BaseModel):
    """The kernel's own settings."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    look_ups_per_day: int = Field(default=200, ge=0)
    """How many protected values, such as telephone numbers, somebody may look up on a day."""


def effective(module: str, model: type[S], configured: Mapping[str, Any], rows: Iterable[tuple[str, str, Any]]) -> S:
    """Return a module's settings from the configuration file's table and the stored rows.

    Args:
        rows: Key, store key (empty for the dealer) and value; rows of keys that the model no longer has are skipped.

    Raises:
        ConfigurationError: The values together break a rule of the model.
    """
    values = dict(configured)
    # The dealer's rows have the empty store key, which sorts before any store's.
    ordered = sorted(rows, key=lambda row: row[1])
    values |= {key: value for key, _, value in ordered if key in model.model_fields}
    try:
        return model.model_validate(values)
    except ValidationError as error:
        raise ConfigurationError(f"settings of {module}: {_first(error)}") from None


def check_value(module: str, model: type[BaseModel], key: str, value: Any, others: Mapping[str, Any]) -> Any:
    """Return the value as it is stored (JSON), after checking it beside the present ones.

    Raises:
        ValidationRefusal: There is no such key, or the value breaks its rule; the message names the key.
    """
    if key not in model.model_fields:
        known = ", ".join(sorted(model.model_fields))
        raise ValidationRefusal(
            f"{module} has no such setting; it has {known}",
            path=("key",),
            rule="setting_unknown",
            module=module,
            allowed=known,
        )
    try:
        checked = model.model_validate({**others, key: value})
    except ValidationError as error:
        why = _first(error)
        raise ValidationRefusal(
            f"setting {module}.{key}: {why}", path=("value",), rule="setting_value", module=module, key=key, why=why
        ) from None
    return checked.model_dump(mode="json")[key]


def check_store_may_set(module: str, model: type[BaseModel], key: str) -> None:
    """Refuse a key that holds for the whole dealer.

    Raises:
        ValidationRefusal: The model's `per_store` doesn't name the key.
    """
    per_store = getattr(model, "per_store", None)
    if per_store is not None and key not in per_store:
        raise ValidationRefusal(
            f"setting {module}.{key} holds for the whole dealer; change it without a store",
            path=("store",),
            rule="setting_not_per_store",
            module=module,
            key=key,
        )


def _first(error: ValidationError) -> str:
    first = error.errors(include_input=False, include_url=False)[0]
    place = ".".join(str(part) for part in first["loc"])
    return f"{place}: {first['msg']}" if place else str(first["msg"])


async def settings(scope: Scope, model: type[S], *, store_id: UUID | None = None) -> S:
    """Return the settings in force in a store; the caller's store without it, the dealer's when he has none."""
    return await _in_force(scope, model, store_id or scope.caller.store_id)


async def change_setting(
    scope: Scope, model: type[BaseModel], key: str, value: Any, *, store_id: UUID | None = None
) -> Setting:
    """Set a key for the dealer, or for one store; needs a unit of work.

    Raises:
        ValidationRefusal: There is no such key, the value breaks its rule, or stores may not set it.
    """
    from core.services.models import Setting

    module = scope._dealer.kernel.settings_module(model)
    if store_id is not None:
        check_store_may_set(module, model, key)
    present = await _in_force(scope, model, store_id)
    checked = check_value(module, model, key, value, present.model_dump())
    row = await Setting.get_or_none(module=module, key=key, store_key=str(store_id or ""))
    if row is None:
        row = Setting(module=module, key=key, store_id=store_id)
    row.boxed = {"value": checked}
    row.archived_at = None
    await row.save()
    return row


async def reset_setting(scope: Scope, model: type[BaseModel], key: str, *, store_id: UUID | None = None) -> None:
    """Go back to what holds without the dealer's, or the store's, own value; without one it is a no-op."""
    from core.services.models import Setting

    module = scope._dealer.kernel.settings_module(model)
    row = await Setting.get_or_none(module=module, key=key, store_key=str(store_id or ""), archived_at=None)
    if row is not None:
        await row.archive()


async def _in_force(scope: Scope, model: type[S], store_id: UUID | None) -> S:
    from core.services.models import Setting

    module = scope._dealer.kernel.settings_module(model)

    async def read() -> S:
        keys = [""] if store_id is None else ["", str(store_id)]
        rows = await Setting.filter(module=module, store_key__in=keys, archived_at=None)
        stored = [(row.key, row.store_key, row.boxed["value"]) for row in rows]
        return effective(module, model, scope._dealer.config.settings.get(module, {}), stored)

    return await cached(scope, (Setting,), (module, store_id), read)
