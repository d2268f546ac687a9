"""Global ids."""

from __future__ import annotations

from base64 import urlsafe_b64encode
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.errors import BadInputError
from core.ids import global_id, parse_global_id, parse_row_key

BAD = ("", "x", "Qm9vaw", "é", global_id("Book", UUID(int=7))[:-2], urlsafe_b64encode(b"Book:" + b"z" * 36).decode())


@given(st.sampled_from(["Book", "Review", "FollowUpTask"]), st.uuids())
def test_row_key_is_the_row_id_as_text(type_name: str, row_id: object) -> None:
    text = urlsafe_b64encode(f"{type_name}:{row_id}".encode()).decode().rstrip("=")
    assert parse_row_key(text) == (type_name, str(row_id))
    # Whatever form the client has given it.
    for written in (str(row_id).upper(), str(row_id).replace("-", ""), f"{{{row_id}}}"):
        text = urlsafe_b64encode(f"{type_name}:{written}".encode()).decode()
        assert parse_row_key(text) == (type_name, str(row_id))


@pytest.mark.parametrize("text", BAD)
def test_what_is_no_id_is_refused(text: str) -> None:
    for parse in (parse_global_id, parse_row_key):
        with pytest.raises(BadInputError):
            parse(text)
