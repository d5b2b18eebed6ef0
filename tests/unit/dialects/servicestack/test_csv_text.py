"""Answers as rows."""

from __future__ import annotations

import csv
import io

from hypothesis import given
from hypothesis import strategies as st

from chappe.dialects.servicestack.csv_text import write_csv
from chappe.dialects.servicestack.dtos import AUTHENTICATED, RESPONSE


def test_the_rows_of_the_first_list() -> None:
    message = {"to": "1", "content": 'a "b", c'}
    values = {
        "messages": [
            {"apiMessageId": "i", "accepted": True, "to": "1", "msg": message},
            {"accepted": False, "error": "no"},
        ]
    }
    assert write_csv(RESPONSE, values) == (
        "apiMessageId,accepted,to,error,msg\r\n"
        'i,True,1,,"{to:1,content:""a """"b"""", c""}"\r\n'
        ",False,,no,\r\n"
    )
    assert write_csv(RESPONSE, {}) == "apiMessageId,accepted,to,error,msg\r\n"


def test_a_value_without_a_list_is_a_row() -> None:
    lines = write_csv(AUTHENTICATED, {"UserId": "u", "Roles": ["Client", "Admin"]}).split("\r\n")
    assert lines[0].startswith("UserId,SessionId,UserName,")
    assert lines[1] == 'u,,,,,,,,"[Client,Admin]",,,'


@given(st.text(max_size=30))
def test_texts_come_through(text: str) -> None:
    rows = list(
        csv.reader(
            io.StringIO(write_csv(RESPONSE, {"messages": [{"accepted": True, "to": text}]}), newline="")
        )
    )
    assert rows[1][2] == text
