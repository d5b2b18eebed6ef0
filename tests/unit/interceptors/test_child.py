"""The program of a script process, called in this one: what it keeps compiled, and what Jasmin's names mean."""

from __future__ import annotations

from typing import Any

import pytest

from chappe.interceptors.child import Message, Reject, Routable, Runner

GIVEN: dict[str, Any] = {
    "id": 1,
    "key": "k",
    "rule": "r",
    "code": "pass",
    "sender": "Acme",
    "destination": "31612345678",
    "text": "héllo",
    "tags": ["t"],
    "tlvs": [[5, "00ff"]],
    "direction": "mt",
    "account": "acme",
    "user": "me",
    "group": "g",
    "connector": "op",
    "network": "",
    "octets": "",
    "data_coding": 0,
    "at_ms": 0,
}


def test_a_script_that_does_nothing_gives_back_what_it_got() -> None:
    told = Runner().run(GIVEN)
    assert {name: told[name] for name in ("sender", "destination", "text", "tags", "tlvs", "result")} == {
        "sender": "Acme",
        "destination": "31612345678",
        "text": "héllo",
        "tags": ["t"],
        "tlvs": [[5, "00ff"]],
        "result": False,
    }


def test_a_script_is_sent_once_and_one_that_never_was_is_not_guessed() -> None:
    runner = Runner()
    runner.run({**GIVEN, "code": "message.text = 'x'"})
    assert runner.run({**GIVEN, "code": ""})["text"] == "x"
    with pytest.raises(LookupError):
        runner.run({**GIVEN, "key": "other", "code": ""})


def test_only_so_many_are_kept_and_the_one_used_last_stays() -> None:
    runner = Runner()
    for number in range(70):
        runner.run({**GIVEN, "key": str(number)})
        runner.run({**GIVEN, "key": "0"})
    with pytest.raises(LookupError):
        runner.run({**GIVEN, "key": "1", "code": ""})
    runner.run({**GIVEN, "key": "69", "code": ""})


def test_jasmins_parameters_are_octets_and_only_what_changes_in_them_counts() -> None:
    message = Message(GIVEN)
    routable = Routable(message)
    params = routable.pdu.params
    assert (params["source_addr"], params["short_message"]) == (b"Acme", "héllo".encode())
    message.text = "set directly"
    params["source_addr"] = b"Shop"
    params.write(message)
    assert (message.sender, message.text) == ("Shop", "set directly")


def test_binary_is_short_message_as_it_came() -> None:
    message = Message({**GIVEN, "text": None, "octets": "00ff"})
    assert Routable(message).pdu.params["short_message"] == b"\0\xff"


def test_rejecting_ends_a_script() -> None:
    with pytest.raises(Reject):
        Message(GIVEN).reject("no")
    told = Runner().run({**GIVEN, "code": "message.reject('no', 403)\nmessage.text = 'never'"})
    assert told == {"rejects": True, "reason": "no", "http_status": 403, "smpp_status": 0}
