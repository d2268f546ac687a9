from __future__ import annotations

import subprocess
import sys
from importlib.metadata import entry_points
from pathlib import Path

import pytest

from core.errors import PluginError
from core.plugins.discovery import ROOT, available, candidates, refuse_shadowed_packages
from tests.core.plugins.conftest import Garage

pytestmark = pytest.mark.once


def refusal(garage: Garage, *names: str) -> PluginError:
    with pytest.raises(PluginError) as caught:
        garage.load(*names)
    return caught.value


def installed(place: Path, distribution: str, points: str) -> None:
    """Write what an installer leaves behind."""
    info = place / f"{distribution}-2.1.dist-info"
    info.mkdir()
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {distribution}\nVersion: 2.1\n")
    (info / "entry_points.txt").write_text(f"[forecourt.plugins]\n{points}\n")


def test_plugin_is_found_by_its_entry_point(garage: Garage, tmp_path: Path) -> None:
    site = Garage(tmp_path / "site")
    site.plugin("ep_insurance")
    installed(site.folder, "acme-insurance", "ep_insurance = ep_insurance.plugin")
    sys.path.insert(0, str(site.folder))
    assert {point.name for point in entry_points(group="forecourt.plugins")} >= {"ep_insurance"}
    loaded = garage.load("ep_insurance")
    assert loaded["ep_insurance"].origin == "entry point of acme-insurance 2.1"


def test_two_plugins_of_one_name_are_refused(garage: Garage, tmp_path: Path) -> None:
    site = Garage(tmp_path / "site")
    installed(site.folder, "acme-twice", "du_one = acme_twice.plugin")
    sys.path.insert(0, str(site.folder))
    garage.plugin("du_one")
    message = refusal(garage, "du_one").message
    assert "there are 2 plugins named du_one" in message
    assert "entry point of acme-twice 2.1" in message
    assert str(garage.folder / "du_one") in message


def test_malformed_entry_point_hurts_only_those_who_ask_for_it(garage: Garage, tmp_path: Path) -> None:
    site = Garage(tmp_path / "site")
    installed(site.folder, "acme-odd", "od_one = acme_odd:main")
    sys.path.insert(0, str(site.folder))
    garage.plugin("od_two")
    assert garage.load("od_two").names == ("od_two",)
    assert "not of the form <name> = <package>.plugin" in refusal(garage, "od_one").message


def test_folder_plugin_whose_name_is_taken_is_refused_with_both_paths(garage: Garage) -> None:
    import email

    garage.plugin("email")
    message = refusal(garage, "email").message
    assert str(garage.folder / "email") in message
    assert str(Path(str(email.__file__)).parent) in message


def test_available_lists_titles_and_problems_without_failing(garage: Garage) -> None:
    garage.plugin("av_good", version="1.4", title={"en": "Good", "zh-CN": "好"}, files={"models.py": "1 / 0\n"})
    garage.plugin("av_bad", wiring="1 / 0\n")
    listed = {one.name: one for one in available([garage.folder])}
    good, bad = listed["av_good"], listed["av_bad"]
    assert (good.version, good.title and good.title["zh-CN"], good.problem) == ("1.4", "好", "")
    assert "ZeroDivisionError" in bad.problem
    assert "av_good.models" not in sys.modules


def test_missing_plugin_folder_is_refused(tmp_path: Path) -> None:
    with pytest.raises(PluginError, match="there is no plugin folder"):
        candidates([tmp_path / "nowhere"])


def test_own_packages_are_ours() -> None:
    refuse_shadowed_packages()


def test_shadowed_package_is_refused_with_both_paths(tmp_path: Path) -> None:
    (tmp_path / "plugins").mkdir()
    (tmp_path / "plugins" / "__init__.py").write_text("")
    code = (
        "import sys\n"
        f"sys.path[:0] = [{str(tmp_path)!r}, {str(ROOT)!r}]\n"
        "from core.errors import PluginError\n"
        "from core.plugins.loader import load\n"
        "try:\n    load([])\nexcept PluginError as error:\n    print(error)\n"
    )
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=tmp_path)
    assert f"is {ROOT / 'plugins'}, but Python finds {tmp_path / 'plugins'}" in run.stdout
