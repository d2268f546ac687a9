import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.data.fields import ProtectedKind
from core.errors import ValidationRefusal
from core.security.identity import card_check_digit, company_check_digit, is_card_number, is_company_code
from core.security.normalise import normalise
from core.security.phones import PhoneKind, normalise_phone, phone_kind

pytestmark = pytest.mark.once


@pytest.mark.parametrize(
    "written",
    [
        "138 0013 8000",
        "+86-13800138000",
        "008613800138000",
        "8613800138000",
        "１３８００１３８０００",
        "13800138000",
        "138-0013-8000",
        "138–0013–8000",
        "\u202a13800138000\u202c",
        "（＋８６）１３８００１３８０００",
        "tel:+86 138 0013 8000",
        "  13800138000\n",
    ],
)
def test_mobile_number_has_one_form_however_written(written: str) -> None:
    assert normalise_phone(written) == "+8613800138000"
    assert phone_kind("+8613800138000") is PhoneKind.MOBILE


@pytest.mark.parametrize(
    ("written", "e164", "kind"),
    [
        ("010-62345678", "+861062345678", PhoneKind.FIXED),
        ("010-62345678转801", "+861062345678", PhoneKind.FIXED),
        ("400-820-8820", "+864008208820", PhoneKind.SHARED),
        ("+44 7400 123456", "+447400123456", PhoneKind.MOBILE),
        ("+1 212 555 0123", "+12125550123", PhoneKind.MOBILE),
        ("800-820-8820", "+868008208820", PhoneKind.OTHER),
    ],
)
def test_numbers_of_other_kinds(written: str, e164: str, kind: PhoneKind) -> None:
    assert normalise_phone(written) == e164
    assert phone_kind(e164) is kind


@pytest.mark.parametrize(
    "written",
    ["12345", "", "abc", "1380013800", "13800138000 or later", "+999 123", "1" * 60, "１２３４５", "138*0138000"],
)
def test_no_phone_number_is_refused_without_repeating_it(written: str) -> None:
    with pytest.raises(ValidationRefusal) as refused:
        normalise_phone(written)
    assert refused.value.details == {"kind": "phone"}
    assert not written or written not in str(refused.value)


def test_region_decides_numbers_without_country_code() -> None:
    assert normalise_phone("0171 2345678", "DE") == "+491712345678"


@pytest.mark.parametrize(
    ("written", "normal"),
    [
        ("Wang@Example.COM", "wang@example.com"),
        (" ｗａｎｇ＠example.com ", "wang@example.com"),
        ("wang.li+car@mail.example.com.", "wang.li+car@mail.example.com"),
        ("王@例子.广告", "王@xn--fsqu00a.xn--4rr70v"),
    ],
)
def test_email_is_lower_case_with_ascii_domain(written: str, normal: str) -> None:
    assert normalise("email", written) == normal


@pytest.mark.parametrize(
    "written",
    [
        *("", "@", "a@", "@b.cn", "a b@c.cn", "a@b", "a@b..cn", "a@-b.cn", "a@@b.cn", "a<b>@c.cn"),
        *(f"{'a' * 65}@b.cn", f"a@{'b' * 64}.cn", f"a@{'.'.join(['b' * 60] * 5)}.cn", "a@b.cn\n\x00"),
    ],
)
def test_no_email_is_refused(written: str) -> None:
    with pytest.raises(ValidationRefusal, match="no e-mail address"):
        normalise("email", written)


def test_identity_card_and_company_code_vectors() -> None:
    assert is_card_number("11010519491231002X")
    assert is_company_code("91110000600037341L")
    assert normalise("identity", "110105 19491231 002x") == "11010519491231002X"
    assert normalise("identity", "91110000-600037341l") == "91110000600037341L"


@pytest.mark.parametrize(
    "number",
    [
        "110105194912310021",
        "11010519491331002X",
        "11010519490230002X",
        "91110000600037342L",
        "91110000600037341I",
        "1234",
    ],
)
def test_identity_number_with_wrong_check_digit_or_date_is_refused(number: str) -> None:
    assert not is_card_number(number)
    assert not is_company_code(number)
    with pytest.raises(ValidationRefusal):
        normalise("identity", number)


@given(st.text("0123456789", min_size=17, max_size=17), st.integers(0, 16), st.integers(1, 9))
def test_card_check_digit_finds_every_single_wrong_digit(number: str, place: int, shift: int) -> None:
    wrong = str((int(number[place]) + shift) % 10)
    assert card_check_digit(number) != card_check_digit(number[:place] + wrong + number[place + 1 :])


@given(st.text("0123456789ABCDEFGHJKLMNPQRTUWXY", min_size=17, max_size=17), st.integers(0, 16), st.data())
def test_company_check_character_finds_every_single_wrong_character(code: str, place: int, data: st.DataObject) -> None:
    alphabet = "0123456789ABCDEFGHJKLMNPQRTUWXY".replace(code[place], "")
    wrong = data.draw(st.sampled_from(alphabet))
    assert company_check_digit(code) != company_check_digit(code[:place] + wrong + code[place + 1 :])


def test_passport_is_an_identity_number_without_check_digit() -> None:
    assert normalise("identity", "e 12345678") == "E12345678"


@pytest.mark.parametrize(
    ("written", "normal"),
    [
        ("沪a·12345", "沪A12345"),
        ("沪A D12345", "沪AD12345"),
        ("京Ａ１２３４警", "京A1234警"),
        ("粤Z1234港", "粤Z1234港"),
        ("m-xy 1234", "MXY1234"),
    ],
)
def test_plate_is_upper_case_without_separators(written: str, normal: str) -> None:
    assert normalise("plate", written) == normal


@pytest.mark.parametrize("written", ["", "·", "沪", "沪112345", "沪AI2345", "沪A123", "A!1234", "A" * 13])
def test_no_plate_is_refused(written: str) -> None:
    with pytest.raises(ValidationRefusal, match="no number plate"):
        normalise("plate", written)


def test_free_kinds_keep_their_case_and_their_limits() -> None:
    assert normalise("chat", " oUpF8uMuAJO_M2pxb1Q9zNjWeS6o ") == "oUpF8uMuAJO_M2pxb1Q9zNjWeS6o"
    assert normalise("address", "上海市  浦东新区\n世纪大道1号") == "上海市 浦东新区 世纪大道1号"
    assert normalise("raw", "  <?ADF?> \n") == "  <?ADF?> \n"
    assert normalise("text", "") == ""
    for kind, longest in (("chat", 128), ("address", 500)):
        for bad in ("  ", "x" * (longest + 1)):
            with pytest.raises(ValidationRefusal, match=f"1 to {longest} characters"):
                normalise(kind, bad)  # type: ignore[arg-type]  # the loop's str is one of the literals


_KINDS = st.sampled_from(["phone", "email", "chat", "identity", "address", "plate", "raw", "text"])
_PIECES = (
    st.text(max_size=30)
    | st.from_regex(r"\+?[0-9 \-]{5,16}", fullmatch=True)
    | st.from_regex(r"\S{1,8}@[a-z\w]{1,8}\.[a-z]{2,4}", fullmatch=True)
)


@given(_KINDS, _PIECES)
def test_normal_form_is_stable_and_anything_else_is_a_clear_refusal(kind: ProtectedKind, value: str) -> None:
    try:
        once = normalise(kind, value)
    except ValidationRefusal as refused:
        assert refused.details == {"kind": kind}  # noqa: PT017  # a refusal is one of two right answers
        return
    assert normalise(kind, once) == once


@given(st.from_regex(r"1[3-9][0-9]{9}", fullmatch=True), st.data())
def test_blanks_dashes_and_full_width_digits_make_no_difference(number: str, data: st.DataObject) -> None:
    plain: str | None
    try:
        plain = normalise_phone(number)
    except ValidationRefusal:
        return
    written = "".join(
        data.draw(st.sampled_from([digit, chr(ord(digit) + 0xFEE0)])) + data.draw(st.sampled_from(["", "", " ", "-"]))
        for digit in number
    )
    assert normalise_phone(written) == plain
