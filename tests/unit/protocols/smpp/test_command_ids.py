"""command_ids.py: the numbers of SMPP 3.4 §5.1.2.1."""

from chappe.protocols.smpp.command_ids import RESPONSE, UNANSWERED, Command

TABLE = """
80000000 generic_nack
00000001 bind_receiver
80000001 bind_receiver_resp
00000002 bind_transmitter
80000002 bind_transmitter_resp
00000003 query_sm
80000003 query_sm_resp
00000004 submit_sm
80000004 submit_sm_resp
00000005 deliver_sm
80000005 deliver_sm_resp
00000006 unbind
80000006 unbind_resp
00000007 replace_sm
80000007 replace_sm_resp
00000008 cancel_sm
80000008 cancel_sm_resp
00000009 bind_transceiver
80000009 bind_transceiver_resp
0000000B outbind
00000015 enquire_link
80000015 enquire_link_resp
00000021 submit_multi
80000021 submit_multi_resp
00000102 alert_notification
00000103 data_sm
80000103 data_sm_resp
"""


def test_the_numbers_are_those_of_the_specification() -> None:
    rows = [line.split() for line in TABLE.split("\n") if line]
    assert {name.upper(): int(number, 16) for number, name in rows} == {c.name: c.value for c in Command}


def test_every_request_but_the_unanswered_has_its_response() -> None:
    requests = {command for command in Command if command < RESPONSE}
    answered = {command for command in requests if command | RESPONSE in set(Command)}
    assert requests - answered == UNANSWERED == {0x0B, 0x102}
    assert {command - RESPONSE for command in Command if command > RESPONSE} == answered
