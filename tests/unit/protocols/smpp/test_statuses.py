"""statuses.py: the table of SMPP 3.4 §5.1.3, and that every 32-bit number has a kind, a name and a sentence."""

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from chappe.protocols.smpp.statuses import MEANINGS, VENDOR_STATUSES, Kind, Status, kind_of, name_of, text_of

# Typed from the specification's table; the kind is our reading.
TABLE = """
00 ESME_ROK ok
01 ESME_RINVMSGLEN permanent
02 ESME_RINVCMDLEN permanent
03 ESME_RINVCMDID permanent
04 ESME_RINVBNDSTS link
05 ESME_RALYBND link
06 ESME_RINVPRTFLG permanent
07 ESME_RINVREGDLVFLG permanent
08 ESME_RSYSERR temporary
0A ESME_RINVSRCADR permanent
0B ESME_RINVDSTADR permanent
0C ESME_RINVMSGID permanent
0D ESME_RBINDFAIL link
0E ESME_RINVPASWD link
0F ESME_RINVSYSID link
11 ESME_RCANCELFAIL permanent
13 ESME_RREPLACEFAIL permanent
14 ESME_RMSGQFUL throttle
15 ESME_RINVSERTYP permanent
33 ESME_RINVNUMDESTS permanent
34 ESME_RINVDLNAME permanent
40 ESME_RINVDESTFLAG permanent
42 ESME_RINVSUBREP permanent
43 ESME_RINVESMCLASS permanent
44 ESME_RCNTSUBDL permanent
45 ESME_RSUBMITFAIL temporary
48 ESME_RINVSRCTON permanent
49 ESME_RINVSRCNPI permanent
50 ESME_RINVDSTTON permanent
51 ESME_RINVDSTNPI permanent
53 ESME_RINVSYSTYP link
54 ESME_RINVREPFLAG permanent
55 ESME_RINVNUMMSGS permanent
58 ESME_RTHROTTLED throttle
61 ESME_RINVSCHED permanent
62 ESME_RINVEXPIRY permanent
63 ESME_RINVDFTMSGID permanent
64 ESME_RX_T_APPN temporary
65 ESME_RX_P_APPN permanent
66 ESME_RX_R_APPN permanent
67 ESME_RQUERYFAIL permanent
C0 ESME_RINVOPTPARSTREAM permanent
C1 ESME_ROPTPARNOTALLWD permanent
C2 ESME_RINVPARLEN permanent
C3 ESME_RMISSINGOPTPARAM permanent
C4 ESME_RINVOPTPARAMVAL permanent
FE ESME_RDELIVERYFAILURE temporary
FF ESME_RUNKNOWNERR unknown
"""
ROWS = [line.split() for line in TABLE.split("\n") if line]


@pytest.mark.parametrize(("number", "name", "kind"), ROWS, ids=[row[1] for row in ROWS])
def test_a_row_both_ways(number, name, kind) -> None:
    status = int(number, 16)
    assert name_of(status) == name
    assert Status[name] == status
    assert kind_of(status) is Kind(kind)


def test_no_row_is_missing_and_none_too_many() -> None:
    assert {int(row[0], 16) for row in ROWS} == set(Status) == set(MEANINGS)


def test_sentences_are_short_and_all_different() -> None:
    sentences = [text_of(status) for status in Status]
    assert len(set(sentences)) == len(sentences)
    assert all(sentence[0].islower() for sentence in sentences)
    assert all(len(sentence) < 60 and not sentence.endswith(".") for sentence in sentences)


@given(st.integers(0, 0xFFFFFFFF) | st.integers(0x100, 0x600))
def test_what_the_specification_does_not_define_is_unknown(status) -> None:
    assume(status not in MEANINGS)
    assert kind_of(status) is Kind.UNKNOWN
    assert name_of(status) == f"ESME_0x{status:08X}"
    assert ("vendor" in text_of(status)) == (0x400 <= status <= 0x4FF)


def test_vendors_have_their_own_range() -> None:
    assert (VENDOR_STATUSES[0], VENDOR_STATUSES[-1]) == (0x400, 0x4FF)
    assert name_of(0xABCD) == "ESME_0x0000ABCD"
