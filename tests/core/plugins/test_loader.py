from __future__ import annotations

import sys
from typing import Any

import pytest

from core.errors import ConfigurationError, PluginError
from core.kernel import load_modules
from core.plugins.loader import LoadedModules
from core.services.settings import CoreSettings
from tests.core.plugins.conftest import Garage

pytestmark = pytest.mark.once


def refusal(garage: Garage, *names: str) -> PluginError:
    with pytest.raises(PluginError) as caught:
        garage.load(*names)
    return caught.value


def test_modules_come_in_the_order_of_their_requirements(garage: Garage) -> None:
    garage.plugin("aa_top", requires=["mm_middle"])
    garage.plugin("mm_middle", requires=["zz_base"])
    garage.plugin("zz_base")
    garage.plugin("bb_alone")
    expected = ("zz_base", "mm_middle", "aa_top", "bb_alone")
    assert garage.load("aa_top", "bb_alone", "mm_middle", "zz_base").names == expected
    assert garage.load("zz_base", "mm_middle", "bb_alone", "aa_top").names == expected


def test_convention_files_are_imported_and_absent_ones_left_out(garage: Garage) -> None:
    garage.plugin("cf_base", files={"models.py": "A = 1", "handlers.py": "B = 2", "services/deep.py": "C = 3"})
    loaded = garage.load("cf_base")["cf_base"]
    assert set(loaded.modules) == {"plugin", "models", "handlers"}
    assert loaded.modules["models"].A == 1
    assert loaded.package == "cf_base"
    assert loaded.origin == f"folder {garage.folder / 'cf_base'}"
    assert "cf_base.services.deep" not in sys.modules


def test_only_modules_that_are_on_are_imported(garage: Garage) -> None:
    garage.plugin("on_one")
    garage.plugin("on_two", wiring="raise RuntimeError('imported')")
    assert garage.load("on_one").names == ("on_one",)
    assert "on_two" not in sys.modules


def test_unknown_module_is_named_with_the_nearest(garage: Garage) -> None:
    garage.plugin("un_customers")
    error = refusal(garage, "un_custmers")
    assert error.message == "the module un_custmers is not installed: did you mean un_customers?"
    assert error.plugins == ("un_custmers",)


def test_missing_requirement_names_both_and_the_mend(garage: Garage) -> None:
    garage.plugin("mr_sales", requires=["mr_customers"])
    garage.plugin("mr_customers")
    error = refusal(garage, "mr_sales")
    assert error.message == (
        "mr_sales requires the module mr_customers, which is not on: switch mr_customers on, or mr_sales off"
    )
    garage.plugin("mr_lost", requires=["mr_custmers"])
    assert "which is not installed: did you mean mr_customers?" in refusal(garage, "mr_lost").message


def test_cycle_names_its_path(garage: Garage) -> None:
    garage.plugin("cy_a", requires=["cy_b"])
    garage.plugin("cy_b", requires=["cy_c"])
    garage.plugin("cy_c", requires=["cy_a"])
    error = refusal(garage, "cy_a", "cy_b", "cy_c")
    assert error.message.startswith("circular requirements: cy_a → cy_b → cy_c → cy_a;")
    assert set(error.plugins) == {"cy_a", "cy_b", "cy_c"}


def test_plugin_for_another_api_version_is_refused(garage: Garage) -> None:
    garage.plugin("av_old", api=">=0.1,<1", version="3.2")
    assert "av_old 3.2 is written for plugin API >=0.1,<1, and this is 1.0" in refusal(garage, "av_old").message


@pytest.mark.parametrize(
    ("name", "manifest", "expected"),
    [
        ("wm_a", {"api": "one"}, "api 'one' is no range of versions"),
        ("wm_b", {"version": "new"}, "version 'new' is no version"),
        ("wm_c", {"title": {"zh-CN": "车险"}}, "title has no text in 'en'"),
        ("wm_d", {"requires": "customers"}, "requires is the text 'customers': write a list"),
        ("wm_e", {"requires": ["x"], "optional": ["x"]}, "x is both in requires and in optional"),
        ("wm_f", {"requires": ["wm_f"]}, "it names itself"),
        ("wm_g", {"optional": ["Sales"]}, "'Sales' is no module name"),
    ],
)
def test_wrong_manifest_says_what_is_right(garage: Garage, name: str, manifest: dict[str, Any], expected: str) -> None:
    garage.plugin(name, **manifest)
    assert expected in refusal(garage, name).message


def test_plugin_without_manifest_or_with_another_name_is_refused(garage: Garage) -> None:
    garage.write("nm_none", "plugin.py", "x = 1\n")
    assert "has no `plugin = Manifest(...)`" in refusal(garage, "nm_none").message
    garage.plugin("nm_other").joinpath("plugin.py").write_text(
        "from forecourt import Manifest\nplugin = Manifest(name='else', version='1', api='>=1', title={'en': 'x'})\n"
    )
    assert "calls itself else" in refusal(garage, "nm_other").message


def test_misspelt_hook_is_named_with_the_right_name(garage: Garage) -> None:
    garage.plugin("mh_one", wiring="@hookimpl\ndef scheduled_job():\n    return []\n")
    message = refusal(garage, "mh_one").message
    assert "mh_one implements the hook scheduled_job" in message
    assert f"{garage.folder}/mh_one/plugin.py:3" in message
    assert message.endswith("did you mean scheduled_jobs?")


def test_hook_with_an_argument_that_nobody_passes_is_refused(garage: Garage) -> None:
    garage.plugin("ha_one", wiring="@hookimpl\ndef roles(scope):\n    return []\n")
    message = refusal(garage, "ha_one").message
    assert "a hook of the plugin ha_one does not fit" in message
    assert "{'scope'}" in message


def test_failing_import_shows_its_real_cause_and_line(garage: Garage) -> None:
    garage.plugin("im_one", files={"handlers.py": "import os\nfrom os import nothing_of_that_name\n"})
    error = refusal(garage, "im_one")
    assert "im_one.handlers of the plugin im_one can't be imported: ImportError: cannot import name" in error.message
    assert "nothing_of_that_name" in error.message
    assert error.message.endswith(f"({garage.folder}/im_one/handlers.py:2)")
    causes = []
    cause: BaseException | None = error
    while cause := cause.__cause__ if cause else None:
        causes.append(type(cause))
    assert causes[-1] is ImportError


def test_import_of_a_missing_package_is_not_taken_for_an_absent_file(garage: Garage) -> None:
    garage.plugin("ip_one", files={"jobs.py": "\n\nimport im_not_installed_anywhere\n"})
    message = refusal(garage, "ip_one").message
    assert "ModuleNotFoundError: No module named 'im_not_installed_anywhere'" in message
    assert f"{garage.folder}/ip_one/jobs.py:3" in message


def test_failure_below_a_convention_file_names_the_innermost_line(garage: Garage) -> None:
    garage.plugin(
        "in_one",
        files={"commands.py": "from in_one.services import deep\n", "services/deep.py": "x = 1\ny = x / 0\n"},
    )
    message = refusal(garage, "in_one").message
    assert "in_one.commands" in message
    assert f"ZeroDivisionError: division by zero ({garage.folder}/in_one/services/deep.py:2)" in message


def test_syntax_error_names_file_and_line(garage: Garage) -> None:
    garage.plugin("se_one", files={"types.py": "x = 1\nclass:\n"})
    message = refusal(garage, "se_one").message
    assert "SyntaxError" in message
    assert f"{garage.folder}/se_one/types.py:2" in message


SETTINGS = """
from typing import Literal
from pydantic import BaseModel

class Shop(BaseModel, extra="forbid"):
    hours: int = 24
    mode: Literal["soft", "hard"] = "soft"
"""


def test_settings_are_validated_by_the_plugin_s_model(garage: Garage) -> None:
    garage.plugin("st_one", settings="Shop", files={"settings.py": SETTINGS})
    default = garage.load("st_one")["st_one"].settings
    given = garage.load("st_one", settings={"st_one": {"hours": 48}})["st_one"].settings
    assert (default and default.model_dump()) == {"hours": 24, "mode": "soft"}
    assert (given and given.model_dump()) == {"hours": 48, "mode": "soft"}


@pytest.mark.parametrize(
    ("table", "expected"),
    [
        ({"hours": "many"}, "dealer.settings.bs_one.hours is 'many'"),
        ({"hour": 1}, "dealer.settings.bs_one.hour is unknown: did you mean hours?"),
        ({"mode": "firm"}, "dealer.settings.bs_one.mode is 'firm': write 'soft' or 'hard'"),
    ],
)
def test_bad_settings_name_the_key(garage: Garage, table: dict[str, object], expected: str) -> None:
    garage.plugin("bs_one", settings="Shop", files={"settings.py": SETTINGS})
    with pytest.raises(PluginError) as caught:
        garage.load("bs_one", settings={"bs_one": table})
    assert expected in caught.value.message
    assert caught.value.plugins == ("bs_one",)
    assert isinstance(caught.value.__cause__, ConfigurationError)


def test_bad_settings_of_the_kernel_name_the_key() -> None:
    with pytest.raises(ConfigurationError, match=r"dealer\.settings\.core\.country is unknown"):
        load_modules([], settings={"core": {"country": "CN"}})
    loaded = load_modules([], settings={"core": {"look_ups_per_day": 5}})
    assert loaded["core"].settings == CoreSettings(look_ups_per_day=5)


def test_settings_for_a_module_without_any_are_refused(garage: Garage) -> None:
    garage.plugin("ns_one")
    with pytest.raises(PluginError, match="the module ns_one has no settings"):
        garage.load("ns_one", settings={"ns_one": {"a": 1}})


def test_undeclared_import_is_refused_with_its_line(garage: Garage) -> None:
    garage.plugin("ud_base", files={"api.py": ""})
    garage.plugin(
        "ud_top", files={"services/x.py": "import os\n\ndef f():\n    from ud_base import api\n    return api\n"}
    )
    message = refusal(garage, "ud_base", "ud_top").message
    assert f"{garage.folder}/ud_top/services/x.py:4 imports ud_base" in message
    assert 'add requires=["ud_base"]' in message


def test_private_file_of_a_required_plugin_is_refused(garage: Garage) -> None:
    garage.plugin("pv_base", files={"api.py": "", "services/x.py": ""})
    garage.plugin("pv_top", requires=["pv_base"], files={"models.py": "from pv_base import api, services\n"})
    message = refusal(garage, "pv_base", "pv_top").message
    assert "imports pv_base.services, which is not public: only api, events, types" in message
    assert "pv_base.api" not in message


def test_optional_module_may_be_imported_in_its_own_file_alone(garage: Garage) -> None:
    garage.plugin("op_base", files={"events.py": "X = 1\n"})
    text = "from op_base.events import X\n"
    garage.plugin("op_right", optional=["op_base"], files={"optional/op_base.py": text})
    assert set(garage.load("op_right")["op_right"].modules) == {"plugin"}
    assert "op_right.optional.op_base" not in sys.modules
    both = garage.load("op_right", "op_base")
    assert both["op_right"].modules["optional.op_base"].X == 1
    garage.plugin("op_wrong", optional=["op_base"], files={"handlers.py": text})
    assert "only optional/op_base.py may" in refusal(garage, "op_wrong", "op_base").message


def test_optional_file_for_a_module_that_is_not_listed_is_refused(garage: Garage) -> None:
    garage.plugin("ol_one", files={"optional/ol_other.py": ""})
    assert 'add optional=["ol_other"]' in refusal(garage, "ol_one").message


def test_hooks_of_a_plugin_can_be_implemented_by_others(garage: Garage) -> None:
    garage.plugin(
        "hk_base",
        files={
            "hooks.py": """
            from forecourt import hookspec
            class Hooks:
                @hookspec(firstresult=True)
                def score_lead(self, source): ...
            """
        },
        wiring="@hookimpl\ndef hook_specifications():\n    from hk_base.hooks import Hooks\n    return [Hooks]\n",
    )
    garage.plugin("hk_first", wiring="@hookimpl\ndef score_lead(source):\n    return len(source)\n")
    text = "from forecourt import hookimpl\n@hookimpl(tryfirst=True)\ndef score_lead():\n    return 99\n"
    garage.plugin("hk_second", optional=["hk_base"], files={"optional/hk_base.py": text})
    assert garage.load("hk_base", "hk_first").plugin_manager.hook.score_lead(source="web") == 3
    assert garage.load("hk_base", "hk_first", "hk_second").plugin_manager.hook.score_lead(source="web") == 99
    assert garage.load("hk_second").names == ("hk_second",)
    assert "implements the hook score_lead" in refusal(garage, "hk_first").message


def test_two_plugins_that_declare_one_hook_are_refused(garage: Garage) -> None:
    wiring = """
    class Hooks:
        @hookspec
        def rank(self): ...

    @hookimpl
    def hook_specifications():
        return [Hooks]
    """
    garage.plugin("th_a", wiring=wiring)
    garage.plugin("th_b", wiring=wiring)
    assert "th_a and th_b both declare the hook rank" in refusal(garage, "th_a", "th_b").message


def test_strict_tells_all_faults_at_once(garage: Garage) -> None:
    garage.plugin("al_a", api=">=2")
    garage.plugin("al_b", files={"jobs.py": "1 / 0\n"})
    garage.plugin("al_c", requires=["al_b"])
    error = refusal(garage, "al_a", "al_b", "al_c")
    assert error.message.startswith("2 plugins can't be loaded:\n  - ")
    assert error.plugins == ("al_a", "al_b")


def skipped(garage: Garage, *names: str) -> LoadedModules:
    return garage.load(*names, policy="skip")


def test_skip_leaves_out_the_plugin_and_its_dependents(garage: Garage) -> None:
    garage.plugin("sk_base", files={"models.py": "1 / 0\n"})
    garage.plugin("sk_mid", requires=["sk_base"], files={"models.py": "raise RuntimeError('imported')\n"})
    garage.plugin("sk_top", requires=["sk_mid"])
    garage.plugin("sk_other", optional=["sk_base"], files={"optional/sk_base.py": "raise RuntimeError('imported')\n"})
    loaded = skipped(garage, "sk_base", "sk_mid", "sk_top", "sk_other", "sk_absent")
    assert loaded.names == ("sk_other",)
    assert "ZeroDivisionError" in loaded.unavailable["sk_base"]
    assert loaded.unavailable["sk_mid"] == "sk_mid requires sk_base, which is unavailable"
    assert loaded.unavailable["sk_top"] == "sk_top requires sk_mid, which is unavailable"
    assert "not installed" in loaded.unavailable["sk_absent"]
    assert "sk_mid.models" not in sys.modules


def test_skip_unregisters_a_plugin_with_a_wrong_hook_and_what_needs_it(garage: Garage) -> None:
    garage.plugin("sh_bad", wiring="@hookimpl\ndef scheduled_job():\n    return []\n")
    garage.plugin("sh_top", requires=["sh_bad"], wiring="@hookimpl\ndef roles():\n    return ['top']\n")
    garage.plugin(
        "sh_good",
        optional=["sh_bad"],
        wiring="@hookimpl\ndef roles():\n    return ['good']\n",
        files={"optional/sh_bad.py": "from forecourt import hookimpl\n@hookimpl\ndef roles():\n    return 1\n"},
    )
    loaded = skipped(garage, "sh_bad", "sh_top", "sh_good")
    assert loaded.names == ("sh_good",)
    assert set(loaded["sh_good"].modules) == {"plugin"}
    assert loaded.plugin_manager.hook.roles() == [["good"]]
    assert set(loaded.unavailable) == {"sh_bad", "sh_top"}


def test_two_sets_of_modules_live_side_by_side(garage: Garage) -> None:
    garage.plugin("sb_a", wiring="@hookimpl\ndef roles():\n    return ['a']\n")
    garage.plugin("sb_b", wiring="@hookimpl\ndef roles():\n    yield 'b'\n")
    one, two = garage.load("sb_a"), garage.load("sb_a", "sb_b")
    assert [list(roles) for roles in one.plugin_manager.hook.roles()] == [["a"]]
    assert [list(roles) for roles in two.plugin_manager.hook.roles()] == [["b"], ["a"]]
    assert one["sb_a"].modules["plugin"] is two["sb_a"].modules["plugin"]
    assert ("sb_b" in one, "sb_b" in two) == (False, True)


def test_loaded_modules_can_serve_as_the_kernel_of_others(garage: Garage) -> None:
    garage.plugin("kn_core", wiring="@hookimpl\ndef roles():\n    return ['core']\n")
    garage.plugin("kn_one", wiring="@hookimpl\ndef roles():\n    return ['one']\n")
    loaded = garage.load("kn_one", kernel=garage.load("kn_core")["kn_core"])
    assert loaded.names == ("kn_core", "kn_one")
    assert loaded.plugin_manager.hook.roles() == [["one"], ["core"]]
