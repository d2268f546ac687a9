from typing import Any, ClassVar

import pytest
from pydantic import BaseModel, ConfigDict, Field, model_validator

from core.errors import ConfigurationError, ValidationRefusal
from core.services.settings import CoreSettings, check_store_may_set, check_value, effective

pytestmark = pytest.mark.once


class DemoSettings(BaseModel):
    model_config = ConfigDict(extra="forbid")
    per_store: ClassVar[frozenset[str]] = frozenset({"hours"})

    hours: int = Field(default=48, ge=1, le=240)
    warning_hours: int = 24
    colour: str = "blue"

    @model_validator(mode="after")
    def _warning_comes_first(self) -> "DemoSettings":
        if self.warning_hours > self.hours:
            raise ValueError("warning_hours must not be above hours")
        return self


@pytest.mark.parametrize(
    ("configured", "rows", "hours"),
    [
        ({}, [], 48),
        ({"hours": 72}, [], 72),
        ({"hours": 72}, [("hours", "", 96)], 96),
        ({"hours": 72}, [("hours", "a-store", 30), ("hours", "", 96)], 30),
        ({}, [("hours", "a-store", 30)], 30),
    ],
)
def test_store_wins_over_dealer_over_configuration_over_default(
    configured: dict[str, Any], rows: list[tuple[str, str, Any]], hours: int
) -> None:
    assert effective("demo", DemoSettings, configured, rows).hours == hours


def test_stored_key_that_the_model_dropped_is_passed_over() -> None:
    assert effective("demo", DemoSettings, {}, [("gone", "", 1)]).hours == 48


def test_values_that_break_a_rule_together_name_the_module() -> None:
    with pytest.raises(ConfigurationError, match=r"settings of demo: .*warning_hours"):
        effective("demo", DemoSettings, {"hours": 10}, [])


@pytest.mark.parametrize("value", [0, 241, "many", None])
def test_value_that_breaks_its_rule_is_refused_by_its_key(value: object) -> None:
    with pytest.raises(ValidationRefusal, match=r"setting demo\.hours") as refused:
        check_value("demo", DemoSettings, "hours", value, {})
    assert refused.value.path == ("value",)


def test_value_is_checked_beside_the_others() -> None:
    with pytest.raises(ValidationRefusal, match="warning_hours must not be above hours"):
        check_value("demo", DemoSettings, "hours", 12, {"warning_hours": 24})


def test_unknown_key_is_refused_and_the_known_are_named() -> None:
    with pytest.raises(ValidationRefusal, match="colour, hours, warning_hours"):
        check_value("demo", DemoSettings, "hour", 1, {})


def test_value_is_stored_as_the_model_reads_it() -> None:
    assert check_value("demo", DemoSettings, "hours", "60", {}) == 60


def test_setting_of_the_whole_dealer_is_not_for_one_store() -> None:
    check_store_may_set("demo", DemoSettings, "hours")
    check_store_may_set("core", CoreSettings, "look_ups_per_day")
    with pytest.raises(ValidationRefusal, match="whole dealer"):
        check_store_may_set("demo", DemoSettings, "colour")
