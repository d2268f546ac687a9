import base64
import re
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.data.fields import ProtectedField, ProtectedKind
from core.errors import ValidationRefusal
from core.security.keys import KeyRing, key_text, new_key
from core.security.vault import SealedValueError, Vault

pytestmark = pytest.mark.once

_OLD, _NEW, _INDEX = new_key(), new_key(), new_key()
_STORE, _OTHER_STORE = UUID(int=101), UUID(int=102)


def _vault(current: str = "new", **sealing: bytes) -> Vault:
    return Vault(KeyRing(sealing or {"old": _OLD, "new": _NEW}, current, _INDEX))


def _place(row_id: UUID | None = None, store_id: UUID = _STORE) -> str:
    return f"customers_contact_point/value/{row_id or UUID(int=7)}/{store_id}"


_SAMPLES: list[tuple[ProtectedKind, str]] = [
    ("phone", "13800138000"),
    ("email", "zhang@example.com"),
    ("chat", "wx_zhangsan"),
    ("identity", "11010519491231002X"),
    ("address", "上海市浦东新区世纪大道1号"),
    ("plate", "沪A12345"),
    ("raw", "<?ADF?><name>张三</name>"),
    ("text", "secret of a provider"),
]


@pytest.mark.parametrize(("kind", "value"), _SAMPLES)
def test_sealed_value_opens_in_its_place_and_shows_no_plain_text(kind: ProtectedKind, value: str) -> None:
    vault = _vault()
    columns = vault.seal(ProtectedField(kind, search=True, last4=True), value, _place(), _STORE)
    assert set(columns) == {"sealed", "masked", "index", "last4"}
    sealed = columns["sealed"]
    assert sealed is not None
    assert vault.open(sealed, _place()) == vault.normalise(kind, value)
    dump = "\n".join(str(content) for content in columns.values())
    for form in (value, vault.normalise(kind, value), base64.b64encode(value.encode()).decode(), value.encode().hex()):
        assert form not in dump
    assert re.fullmatch(r"v1:new:[\w-]{16}:[\w-]*:[\w-]{22}", sealed, re.ASCII)
    assert re.fullmatch(r"[0-9a-f]{64}", columns["index"] or "")
    assert re.fullmatch(r"[0-9a-f]{64}", columns["last4"] or "")
    assert len(columns["masked"] or "") <= 120


def test_only_the_columns_of_the_field_are_filled() -> None:
    assert set(_vault().seal(ProtectedField("chat"), "wx_zhangsan", _place(), None)) == {"sealed", "masked"}
    empty = _vault().seal(ProtectedField("phone", search=True, null=True), None, _place(), _STORE)
    assert empty == {"sealed": None, "masked": None, "index": None}


def test_bad_value_is_refused_before_anything_is_sealed() -> None:
    with pytest.raises(ValidationRefusal):
        _vault().seal(ProtectedField("phone"), "12345", _place(), _STORE)


@pytest.mark.parametrize(
    "elsewhere",
    [
        _place(UUID(int=8)),
        _place(store_id=_OTHER_STORE),
        _place().replace("/value/", "/note/"),
        _place().replace("customers_", "sales_"),
    ],
)
def test_envelope_moved_to_another_place_does_not_open(elsewhere: str) -> None:
    sealed = _vault().seal_text("+8613800138000", _place())
    with pytest.raises(SealedValueError, match="changed, or sealed for another place"):
        _vault().open(sealed, elsewhere)


def test_every_changed_character_is_noticed() -> None:
    vault = _vault()
    sealed = vault.seal_text("+8613800138000", _place())
    for place, char in enumerate(sealed):
        if char == ":":
            continue
        # The last character of a part carries unused bits, which base64 ignores: change a high one.
        changed = sealed[:place] + ("A" if char not in "ABCD" else "z") + sealed[place + 1 :]
        with pytest.raises(SealedValueError) as refused:
            vault.open(changed, _place())
        assert "13800138000" not in str(refused.value)


@pytest.mark.parametrize(
    "sealed", ["", "plain", "v1:new:a:b", "v1:new:a:b:c:d", "v2:new:AAAA:AA:AAAA", "v1:new:§:ü:ö", "v1::::"]
)
def test_what_is_no_envelope_is_a_clear_error(sealed: str) -> None:
    with pytest.raises(SealedValueError, match=r"holds (no envelope|an envelope of an unknown form)"):
        _vault().open(sealed, _place())


def test_rotation_opens_old_envelopes_seals_with_the_new_key_and_ends_without_the_old() -> None:
    before = _vault("old", old=_OLD)
    sealed = before.seal_text("+8613800138000", _place())
    both = _vault()
    assert both.open(sealed, _place()) == "+8613800138000"
    assert both.key_id(sealed) == "old"
    resealed = both.reseal(sealed, _place())
    assert resealed is not None
    assert both.key_id(resealed) == "new"
    assert both.reseal(resealed, _place()) is None
    after = _vault("new", new=_NEW)
    assert after.open(resealed, _place()) == "+8613800138000"
    with pytest.raises(SealedValueError, match="key 'old', which is not in the configuration"):
        after.open(sealed, _place())


def test_reseal_refuses_a_moved_envelope() -> None:
    sealed = _vault("old").seal_text("x", _place())
    with pytest.raises(SealedValueError):
        _vault().reseal(sealed, _place(UUID(int=9)))


def test_rotation_leaves_blind_indexes_as_they_are() -> None:
    assert _vault("old").blind_index("phone", _STORE, "+8613800138000") == _vault().blind_index(
        "phone", _STORE, "+8613800138000"
    )


def test_blind_index_differs_by_store_domain_value_and_key() -> None:
    vault = _vault()
    other_key = Vault(KeyRing({"new": _NEW}, "new", new_key()))
    value = "+8613800138000"
    indexes = [
        vault.blind_index("phone", _STORE, value),
        vault.blind_index("phone", _OTHER_STORE, value),
        vault.blind_index("phone", None, value),
        vault.blind_index("fax", _STORE, value),
        vault.blind_index("phone", _STORE, "+8613800138001"),
        vault.last4_index("phone", _STORE, value),
        other_key.blind_index("phone", _STORE, value),
    ]
    assert len(set(indexes)) == len(indexes)


def test_last_four_are_found_from_the_whole_or_the_four_alone() -> None:
    vault = _vault()
    whole = vault.last4_index("identity", _STORE, "11010519491231002X")
    assert vault.last4_index("identity", _STORE, "002x") == whole
    assert vault.last4_index("identity", _STORE, "００２Ｘ") == whole


@pytest.mark.parametrize(
    ("kind", "value", "masked"),
    [
        ("phone", "+8613800138000", "138****8000"),
        ("phone", "+861062345678", "010****5678"),
        ("phone", "+12125550123", "+1 212****0123"),
        ("phone", "+4548484848", "+45 48****48"),
        ("phone", "+2904123", "+290 4****"),
        ("email", "zhang@example.com", "z***@example.com"),
        ("identity", "11010519491231002X", "1101**********002X"),
        ("identity", "E12345678", "E****"),
        ("plate", "沪A12345", "沪A****"),
        ("plate", "A1", "A****"),
        ("chat", "wx_zhangsan", "wx****"),
        ("chat", "ab", "****"),
        ("address", "上海市浦东新区世纪大道100号甲", "上海市浦东****"),
        ("address", "村", "****"),
        ("raw", "anything", "****"),
        ("text", "anything", "****"),
    ],
)
def test_masks(kind: ProtectedKind, value: str, masked: str) -> None:
    assert _vault().mask(kind, value) == masked


def test_long_domain_fits_the_masked_column() -> None:
    address = "a@" + ".".join(["b" * 60] * 3) + ".cn"
    assert len(_vault().mask("email", address)) <= 120


@given(st.text(st.characters(exclude_categories=["Cs"])), st.text(st.characters(exclude_categories=["Cs"])))
def test_any_text_comes_back_and_no_two_envelopes_are_equal(plain: str, place: str) -> None:
    vault = _vault()
    first, second = vault.seal_text(plain, place), vault.seal_text(plain, place)
    assert first != second
    assert vault.open(first, place) == vault.open(second, place) == plain


def test_vault_shows_no_keys() -> None:
    shown = repr(_vault()) + str(_vault())
    assert shown == "Vault(KeyRing(current='new', ids=['old', 'new']))" * 2
    for key in (_OLD, _NEW, _INDEX):
        assert key_text(key) not in shown
        assert repr(key) not in shown
