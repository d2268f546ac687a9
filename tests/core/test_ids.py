"""Global ids."""

from __future__ import annotations

import time
from base64 import urlsafe_b64encode
from uuid import RFC_4122, UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.errors import BadInputError
from core.ids import global_id, parse_global_id, parse_row_key, uuid7

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


def test_ids_made_one_after_the_other_are_in_that_order() -> None:
    begin = time.time_ns() // 1_000_000
    made = [uuid7() for _ in range(10_000)]
    end = time.time_ns() // 1_000_000
    assert sorted(made) == made
    assert len(set(made)) == len(made)
    assert {(one.version, one.variant) for one in made} == {(7, RFC_4122)}
    assert begin <= made[0].int >> 80 <= made[-1].int >> 80 <= end
