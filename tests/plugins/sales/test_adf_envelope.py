"""How lead documents arrive: broken prologs, odd encodings, mails."""

from __future__ import annotations

import base64
import quopri
from email.message import EmailMessage

import pytest

from plugins.sales.services.adf.document import AdfDocument
from plugins.sales.services.adf.errors import (
    AdfEmptyError,
    AdfError,
    AdfForbiddenDtdError,
    AdfMalformedError,
    AdfNotFoundError,
    AdfTooDeepError,
    AdfTooLargeError,
)
from plugins.sales.services.adf.markup import parse_element
from plugins.sales.services.adf.parsing import MAX_BYTES, parse_adf
from tests.plugins.sales.adf_samples import document, prospect

pytestmark = pytest.mark.once


def name_in(result: AdfDocument) -> str:
    (lead,) = result.readable
    return lead.customer.contact.name.display


@pytest.mark.parametrize(
    "prolog",
    [
        '<?xml version="1.0"?>\n<?adf version="1.0"?>\n',
        '<?ADF VERSION="1.0"?>\n<?xml version="1.0" encoding="UTF-8"?>\n',
        '<?adf version="1.0"?>',
        '<?ADF VERSION="1.0"?>',
        "",
        '\ufeff<?xml version="1.0"?>',
        '\r\n  \t<?xml version="1.0" encoding="utf-8"?>',
        '\ufeff \n<?xml version="1.0"?>\n<!-- sent by <adf> -->\n',
        "A new lead for you!\n\n",
        '<?xml version="1.0" encoding="no-such-encoding"?>',
        '<?xml version="1.0" encoding="UTF-16"?>',
    ],
)
def test_prolog_may_be_as_it_comes(prolog: str) -> None:
    assert name_in(parse_adf(document(prolog=prolog).encode())) == "李四"


def test_element_names_in_capitals_or_with_a_namespace_are_known() -> None:
    text = document().replace("<adf>", '<ADF xmlns="urn:example">').replace("</adf>", "</ADF>")
    text = text.replace("<customer>", "<Customer>").replace("</customer>", "</Customer>")
    assert name_in(parse_adf(text.encode())) == "李四"


@pytest.mark.parametrize(
    "encoding", ["utf-8", "utf-8-sig", "gb18030", "gbk", "utf-16", "utf-16-le", "utf-16-be", "utf-32"]
)
@pytest.mark.parametrize("declared", ["UTF-8", "GB2312", "GBK", "GB18030", "ISO-8859-1", "utf-16", "rot13", ""])
def test_encoding_is_found_whatever_is_declared(encoding: str, declared: str) -> None:
    prolog = f'<?xml version="1.0" encoding="{declared}"?>' if declared else ""
    assert name_in(parse_adf(document(prolog=prolog).encode(encoding))) == "李四"


@pytest.mark.parametrize(
    "content_type", ["application/x-adf+xml; charset=gb2312", 'text/xml; charset="UTF-8"', "text/plain"]
)
def test_charset_of_the_transport_is_a_hint_only(content_type: str) -> None:
    for encoding in ("utf-8", "gb18030"):
        assert name_in(parse_adf(document(prolog="").encode(encoding), content_type)) == "李四"


def test_western_letters_under_a_false_declaration_are_read() -> None:
    text = document().replace("李", "Gómez").replace("四", "José")
    assert name_in(parse_adf(text.encode("cp1252"))) == "José Gómez"
    # These bytes alone would be a Chinese character as well.
    assert name_in(parse_adf(text.replace("é", "e").encode("cp1252"))) == "Jose Gómez"


def test_one_broken_byte_does_not_cost_the_lead() -> None:
    result = parse_adf(
        document(prolog='<?xml version="1.0"?>').encode("utf-16").replace("白".encode("utf-16-le"), b"") + b"\0"
    )
    assert name_in(result) == "李四"
    assert result.warnings == ("some characters could not be read",)


def test_bare_ampersands_html_names_and_control_characters_are_mended() -> None:
    text = document().replace(
        "White if possible", "Fish & Chips &nbsp;caf&eacute;\x0b &#0;&lt;b&gt; <![CDATA[R&D <x>]]>"
    )
    result = parse_adf(text.encode())
    assert result.readable[0].wanted[0].comments == "Fish & Chips \xa0café <b> R&D <x>"
    assert result.warnings == ("broken markup was mended",)


def mail(text: str, *, encoding: str = "utf-8", cte: str = "quoted-printable", kind: str = "plain") -> bytes:
    message = EmailMessage()
    message["From"] = "portal@example.com"
    message["Subject"] = "新线索"
    message.set_content(text, charset=encoding, cte=cte, subtype=kind)
    return message.as_bytes()


@pytest.mark.parametrize("cte", ["quoted-printable", "base64", "8bit"])
@pytest.mark.parametrize("encoding", ["utf-8", "gb18030"])
@pytest.mark.parametrize("content_type", [None, "message/rfc822"])
def test_document_in_the_text_of_a_mail_is_found(cte: str, encoding: str, content_type: str | None) -> None:
    raw = mail("You have a lead:\n\n" + document() + "\n-- \nRegards & thanks <portal>\n", encoding=encoding, cte=cte)
    assert name_in(parse_adf(raw, content_type)) == "李四"


def test_mail_from_a_mailbox_file_with_bare_line_feeds_is_read() -> None:
    raw = b"From portal Sat Nov 21 20:10:00 2026\nSubject: lead\n\n" + document().encode()
    assert name_in(parse_adf(raw)) == "李四"


def test_plain_part_beside_an_html_part_is_read_once() -> None:
    message = EmailMessage()
    message.set_content(document())
    message.add_alternative(f"<html><body><pre>{document()}</pre></body></html>", subtype="html")
    assert name_in(parse_adf(message.as_bytes())) == "李四"


def test_html_part_alone_is_read_escaped_or_not() -> None:
    shown = document().replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;").replace("\n", "<br>\n")
    shown = shown.replace("Demo Motors", "<b>Demo</b>&nbsp;Motors")
    for body in (
        f"<!DOCTYPE html><html><p>{shown}</p></html>",
        f"<!DOCTYPE html><html><body>{document()}</body></html>",
    ):
        result = parse_adf(mail(body, kind="html"))
        assert name_in(result) == "李四"
        assert result.readable[0].wanted[0].make == "Demo Motors"


def test_attachment_is_preferred_to_the_text() -> None:
    message = EmailMessage()
    message.set_content("See the attachment. <adf></adf>")
    message.add_attachment(document().encode(), maintype="application", subtype="x-adf+xml", filename="lead.xml")
    assert name_in(parse_adf(message.as_bytes())) == "李四"


def test_forwarded_mail_is_read_inside_and_quoted() -> None:
    inner = EmailMessage()
    inner.set_content(document())
    outer = EmailMessage()
    outer.set_content("FYI")
    outer.add_attachment(inner)
    assert name_in(parse_adf(outer.as_bytes())) == "李四"
    quoted = "FYI\n" + "".join(f"> {line}\n" for line in document().splitlines())
    assert name_in(parse_adf(mail(quoted))) == "李四"


def test_multipart_body_without_its_headers_is_read_by_the_content_type() -> None:
    body = b'--b\r\nContent-Disposition: form-data; name="lead"\r\n\r\n' + document().encode() + b"\r\n--b--\r\n"
    assert name_in(parse_adf(body, 'multipart/form-data; boundary="b"')) == "李四"


def test_broken_document_in_one_part_leaves_the_other() -> None:
    message = EmailMessage()
    message.set_content(document())
    message.add_attachment(b"<adf><prospect></adf>", maintype="text", subtype="xml", filename="lead.xml")
    assert name_in(parse_adf(message.as_bytes())) == "李四"


def test_two_prospects_and_two_documents_are_read_in_order() -> None:
    one = document(prospect("1"), prospect("2"))
    both = one + document(prospect("3"))
    assert [lead.ids[0].value for lead in parse_adf(one.encode()).readable] == ["1", "2"]
    assert [lead.ids[0].value for lead in parse_adf(both.encode()).readable] == ["1", "2", "3"]
    assert [lead.ids[0].value for lead in parse_adf(prospect("4").encode()).readable] == ["4"]


@pytest.mark.parametrize(
    "prolog",
    [
        '<!DOCTYPE adf SYSTEM "file:///etc/passwd">',
        '<?xml version="1.0"?><!DOCTYPE adf [<!ENTITY x SYSTEM "file:///etc/passwd">]>',
        '<!DOCTYPE adf [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]>',
        '<!doctype adf [<!ENTITY x "<adf>">]>',
        "<!-- <adf> --><!DOCTYPE adf [ ]>",
        '<?adf version="1.0"?>\n<!ENTITY x "y">',
        'Dear dealer\n<!DOCTYPE adf SYSTEM "http://example.com/x.dtd">',
        "\ufeff<!\nDOCTYPE adf>",
    ],
)
@pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "gb18030"])
def test_document_type_or_entity_is_refused(prolog: str, encoding: str) -> None:
    with pytest.raises(AdfForbiddenDtdError) as caught:
        parse_adf(document(prolog=prolog).encode(encoding))
    assert caught.value.code == "ADF_FORBIDDEN_DTD"
    assert caught.value.line is not None


def test_document_type_is_refused_in_a_mail_too() -> None:
    with pytest.raises(AdfForbiddenDtdError):
        parse_adf(mail(document(prolog='<!DOCTYPE adf [<!ENTITY x SYSTEM "file:///etc/passwd">]>'), cte="base64"))


def test_document_type_within_the_document_is_refused_or_broken() -> None:
    with pytest.raises(AdfError):
        parse_adf(b'<adf><!DOCTYPE adf [<!ENTITY x "y">]><prospect>&x;</prospect></adf>')


def test_parser_refuses_a_document_type_on_its_own() -> None:
    with pytest.raises(AdfForbiddenDtdError):
        parse_element("<!DOCTYPE adf><adf/>")
    with pytest.raises(AdfForbiddenDtdError):
        parse_element('<!DOCTYPE adf [<!ENTITY x "y">]><adf>&x;</adf>')


def test_text_that_looks_like_a_declaration_is_only_text() -> None:
    text = document().replace("White if possible", "<![CDATA[<!DOCTYPE adf>]]><!-- <!ENTITY -->")
    assert parse_adf(text.encode()).readable[0].wanted[0].comments == "<!DOCTYPE adf>"


@pytest.mark.parametrize("empty", [b"", b" \r\n\t ", b"\xef\xbb\xbf", b"\xff\xfe", b"<adf></adf>", b"<adf/>"])
def test_empty_document_is_a_clear_error(empty: bytes) -> None:
    with pytest.raises(AdfEmptyError) as caught:
        parse_adf(empty)
    assert caught.value.code == "ADF_EMPTY"


@pytest.mark.parametrize(
    "garbage",
    [
        b"hello",
        b"\x00\x01\x02\xff\xfe",
        b'{"lead": 1}',
        b"%PDF-1.7 binary",
        b"<html><body>Bad gateway</body></html>",
        b"<adfx><prospect_/></adfx>",
        b"Subject: hello\r\n\r\nno lead here",
        b"<!-- never closed <adf>",
    ],
)
def test_garbage_is_no_adf(garbage: bytes) -> None:
    with pytest.raises(AdfNotFoundError) as caught:
        parse_adf(garbage)
    assert caught.value.code == "ADF_NOT_ADF"


def test_broken_markup_is_reported_with_its_place() -> None:
    with pytest.raises(AdfMalformedError) as caught:
        parse_adf(b"hello\n<adf>\n  <prospect><customer></prospect>\n</adf>")
    assert (caught.value.code, caught.value.line, caught.value.column) == ("ADF_MALFORMED", 3, 25)
    assert "line 3, column 25" in caught.value.message


def test_error_does_not_repeat_what_was_sent() -> None:
    with pytest.raises(AdfError) as caught:
        parse_adf(b"<adf><prospect><customer><name>13800138000</customer></prospect></adf>")
    assert "13800138000" not in str(caught.value)


def test_too_large_document_is_refused() -> None:
    with pytest.raises(AdfTooLargeError):
        parse_adf(b"<adf>" + b" " * MAX_BYTES + b"</adf>")


def test_too_many_prospects_or_documents_are_refused() -> None:
    with pytest.raises(AdfTooLargeError):
        parse_adf(b"<adf>" + b"<prospect/>" * 501 + b"</adf>")
    with pytest.raises(AdfTooLargeError):
        parse_adf(b"<adf>" + b"<prospect><a></prospect>" * 501 + b"</adf>")
    with pytest.raises(AdfTooLargeError):
        parse_adf(b"<adf></adf>" * 51)


@pytest.mark.parametrize("depth", [33, 20_000])
def test_too_deep_document_is_refused(depth: int) -> None:
    with pytest.raises(AdfTooDeepError):
        parse_adf(b"<adf>" + b"<a>" * depth + b"</a>" * depth + b"</adf>")


def test_mail_within_mail_without_end_is_refused() -> None:
    raw = b""
    for number in range(30):
        raw += b'Content-Type: multipart/mixed; boundary="b%d"\r\n\r\n--b%d\r\n' % (number, number)
    with pytest.raises(AdfTooDeepError):
        parse_adf(raw + b"\r\n" + document().encode())


@pytest.mark.parametrize(
    "hostile",
    [
        b"<!--" * 250_000,
        b"<adf>" + b"<!--" * 250_000,
        b"<adf>" + b"<![CDATA[" * 110_000,
        b"<adf>" + b"&" * 1_000_000,
        b"<?" * 500_000,
        b"<adf " * 200_000,
        b"<!" * 500_000,
        b">" * 1_000_000,
        b"Content-Type: text/html\r\n\r\n&lt;adf" + b"<" * 1_000_000,
        b"Subject: x\r\n\r\n" + b"\n" * 1_000_000,
    ],
    ids=lambda hostile: repr(hostile[:14]),
)
def test_hostile_megabyte_is_answered_quickly(hostile: bytes) -> None:
    # Not timed here: what is quadratic on these takes minutes and runs into the limit of the whole run.
    with pytest.raises(AdfError):
        parse_adf(hostile)


def test_transfer_encodings_of_other_makers_are_read() -> None:
    raw = document().encode("gb18030")
    for cte, body in (("BASE64", base64.encodebytes(raw)), ("Quoted-Printable", quopri.encodestring(raw))):
        head = f"Content-Type: TEXT/PLAIN; charset=gb2312\r\nContent-Transfer-Encoding: {cte}\r\n\r\n".encode()
        assert name_in(parse_adf(head + body)) == "李四"
