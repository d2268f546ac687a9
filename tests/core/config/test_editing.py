from __future__ import annotations

import stat
from pathlib import Path

import pytest

from core.config.editing import set_modules
from core.config.reading import load_settings
from core.errors import ConfigurationError

pytestmark = pytest.mark.once

COMMENTED = """\
# our shop
[dealer]
currency = "CNY"   # money
modules = [
    "customers", # always
    "inventory",
    "sales",
]

[dealer.settings.sales]
hours = 48 # two days
"""


def test_modules_change_and_everything_else_stays(tmp_path: Path) -> None:
    file = tmp_path / "forecourt.toml"
    file.write_text(COMMENTED)
    file.chmod(0o640)
    set_modules(file, "main", ["customers", "sales", "aftersales"])
    text = file.read_text()
    assert load_settings(file, {}).dealers["main"].modules == ("customers", "sales", "aftersales")
    for kept in ("# our shop", "# money", "# always", "# two days", "hours = 48"):
        assert kept in text
    assert stat.S_IMODE(file.stat().st_mode) == 0o640
    assert [path.name for path in tmp_path.iterdir() if path.is_file()] == ["forecourt.toml"]


def test_same_modules_leave_every_byte(tmp_path: Path) -> None:
    file = tmp_path / "forecourt.toml"
    content = b"\xef\xbb\xbf" + COMMENTED.replace("\n", "\r\n").encode()
    file.write_bytes(content)
    set_modules(file, "main", ["customers", "inventory", "sales"])
    assert file.read_bytes() == content


def test_file_is_made_when_there_is_none(tmp_path: Path) -> None:
    file = tmp_path / "forecourt.toml"
    set_modules(file, "main", ["customers"])
    assert load_settings(file, {}).dealers["main"].modules == ("customers",)


def test_only_the_named_dealer_changes(tmp_path: Path) -> None:
    file = tmp_path / "forecourt.toml"
    file.write_text('[dealers.north]\npath_prefix = "/n"\n[dealers.south]\nmodules = ["sales"]\n')
    set_modules(file, "north", [])
    dealers = load_settings(file, {}).dealers
    assert (dealers["north"].modules, dealers["south"].modules) == ((), ("sales",))


def test_unknown_dealer_is_named_with_the_nearest(tmp_path: Path) -> None:
    file = tmp_path / "forecourt.toml"
    file.write_text("[dealers.north]\n")
    with pytest.raises(ConfigurationError, match=r"has no dealer nroth: did you mean north\?"):
        set_modules(file, "nroth", [])
    assert file.read_text() == "[dealers.north]\n"


def test_broken_file_is_left_alone(tmp_path: Path) -> None:
    file = tmp_path / "forecourt.toml"
    file.write_text("[dealer\n")
    with pytest.raises(ConfigurationError, match="can't be read"):
        set_modules(file, "main", [])
    assert file.read_text() == "[dealer\n"


@pytest.mark.parametrize("modules", ['modules = ["sales"]\n', ""])
def test_tables_in_any_order_are_edited(tmp_path: Path, modules: str) -> None:
    file = tmp_path / "forecourt.toml"
    file.write_text(
        f'[dealers.north]\nlocale = "en"\n{modules}[log]\nlevel = "info"\n'
        "[dealers.south]\nmodules = []\npath_prefix = '/s'\n[dealers.north.settings.sales]\nhours = 3\n"
    )
    set_modules(file, "north", ["customers"])
    north = load_settings(file, {}).dealers["north"]
    assert (north.modules, north.locale, north.settings["sales"]["hours"]) == (("customers",), "en", 3)
