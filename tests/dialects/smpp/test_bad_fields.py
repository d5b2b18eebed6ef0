"""Every field of every request with what it cannot hold, and every request cut short: a status that names the fault,
nothing kept, and the session goes on. Octets are laid out here, not by our own encoder."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, Final

import pytest

from chappe.protocols.smpp.codec import encode_body
from chappe.protocols.smpp.command_ids import Command
from chappe.protocols.smpp.commands import EnquireLink
from chappe.protocols.smpp.statuses import Status
from dialects.smpp.core_under_test import House
from dialects.smpp.esme import PASSWORD, Raw

Layout = Mapping[str, tuple[bytes, Status]]
"""The mandatory fields of a request in their order: good octets, and the status that refuses the field."""

S: Final = Status
PING: Final = encode_body(EnquireLink(), 77)
_SOURCE = {
    "source_addr_ton": (b"\5", S.ESME_RINVSRCTON),
    "source_addr_npi": (b"\0", S.ESME_RINVSRCNPI),
    "source_addr": (b"Shop\0", S.ESME_RINVSRCADR),
}
_DESTINATION = {
    "dest_addr_ton": (b"\1", S.ESME_RINVDSTTON),
    "dest_addr_npi": (b"\1", S.ESME_RINVDSTNPI),
    "destination_addr": (b"31612345678\0", S.ESME_RINVDSTADR),
}
_SERVICE = {"service_type": (b"\0", S.ESME_RINVSERTYP)}
_TIMES = {
    "schedule_delivery_time": (b"\0", S.ESME_RINVSCHED),
    "validity_period": (b"000000010000000R\0", S.ESME_RINVEXPIRY),
}
_REGISTERED = {"registered_delivery": (b"\1", S.ESME_RINVREGDLVFLG)}
_TEXT = {"short_message": (b"\2hi", S.ESME_RINVMSGLEN)}
_FROM_ESM_CLASS = {
    "esm_class": (b"\0", S.ESME_RINVESMCLASS),
    "protocol_id": (b"\0", S.ESME_RSYSERR),
    "priority_flag": (b"\0", S.ESME_RINVPRTFLG),
    **_TIMES,
    **_REGISTERED,
    "replace_if_present_flag": (b"\0", S.ESME_RINVREPFLAG),
    "data_coding": (b"\0", S.ESME_RSYSERR),
    "sm_default_msg_id": (b"\0", S.ESME_RINVDFTMSGID),
    **_TEXT,
}
_ID = {"message_id": (b"0" * 32 + b"\0", S.ESME_RINVMSGID)}
_BIND = {
    "system_id": (b"acme\0", S.ESME_RINVSYSID),
    "password": (PASSWORD.encode() + b"\0", S.ESME_RINVPASWD),
    "system_type": (b"\0", S.ESME_RINVSYSTYP),
    "interface_version": (b"\x34", S.ESME_RSYSERR),
    "addr_ton": (b"\0", S.ESME_RSYSERR),
    "addr_npi": (b"\0", S.ESME_RSYSERR),
    "address_range": (b"\0", S.ESME_RSYSERR),
}
LAYOUTS: Mapping[Command, Layout] = MappingProxyType(
    {
        Command.SUBMIT_SM: {**_SERVICE, **_SOURCE, **_DESTINATION, **_FROM_ESM_CLASS},
        Command.DATA_SM: {
            **_SERVICE,
            **_SOURCE,
            **_DESTINATION,
            "esm_class": (b"\0", S.ESME_RINVESMCLASS),
            **_REGISTERED,
            "data_coding": (b"\0", S.ESME_RSYSERR),
        },
        Command.SUBMIT_MULTI: {
            **_SERVICE,
            **_SOURCE,
            "number_of_dests": (b"\1", S.ESME_RINVNUMDESTS),
            "dest_flag": (b"\1", S.ESME_RINVNUMDESTS),
            "dest_ton_npi": (b"\1\1", S.ESME_RINVNUMDESTS),
            "destination_addr": (b"31612345678\0", S.ESME_RINVDSTADR),
            **_FROM_ESM_CLASS,
        },
        Command.QUERY_SM: {**_ID, **_SOURCE},
        Command.CANCEL_SM: {**_SERVICE, **_ID, **_SOURCE, **_DESTINATION},
        Command.REPLACE_SM: {
            **_ID,
            **_SOURCE,
            **_TIMES,
            **_REGISTERED,
            "sm_default_msg_id": (b"\0", S.ESME_RINVDFTMSGID),
            **_TEXT,
        },
        Command.BIND_TRANSMITTER: _BIND,
        Command.BIND_RECEIVER: _BIND,
        Command.BIND_TRANSCEIVER: _BIND,
    }
)
BINDS: Final = (Command.BIND_TRANSMITTER, Command.BIND_RECEIVER, Command.BIND_TRANSCEIVER)
LONG: Final = 0x80000000


def frame(command: int, body: bytes, sequence: int = 5, status: int = 0) -> bytes:
    head = (16 + len(body), command, status, sequence)
    return b"".join(each.to_bytes(4, "big") for each in head) + body


def body_of(command: Command, rest: bytes = b"", **changed: bytes) -> bytes:
    layout = LAYOUTS[command]
    assert changed.keys() <= layout.keys()
    return b"".join(changed.get(name, octets) for name, (octets, _) in layout.items()) + rest


async def refused(house: House, octets: bytes, command: int, status: int, *, bound: bool = True) -> None:
    """What is said is answered so, under its own number; nothing is kept, and the session serves on."""
    raw = await house.raw()
    if bound:
        await raw.bind()
    answer = await raw.ask(octets)
    assert (answer.command, answer.sequence) == (command | LONG, 5)
    assert Status(answer.status) is Status(status)
    assert await house.all_stored() == []
    assert house.store.batches == []
    assert (await raw.ask(PING)).sequence == 77
    await serves(raw, bound=bound)


async def serves(raw: Raw, *, bound: bool) -> None:
    if not bound:
        await raw.bind(sequence=8)
    answer = await raw.ask(frame(Command.SUBMIT_SM, body_of(Command.SUBMIT_SM), 9))
    assert (answer.status, answer.sequence) == (0, 9)


# ---------------------------------------------------------------- one field at a time

ID: Final = b"1" * 65 + b"\0"
TIME_FAULTS: Final = (
    *(b"x\0", b"1\0", b"00000000000000R\0", b"0000000100000000R\0", b"000000010000000r\0", b"000000010000000 \0"),
    *(b"261301000000000+\0", b"260230000000000+\0", b"260101240000000+\0", b"260101000000049+\0", b"\xb2" * 15 + b"R\0"),
)  # fmt: skip
ADDRESS_FAULTS: Final = (
    b"1" * 21 + b"\0",
    b"1" * 500 + b"\0",
    b"31 612\0",
    b"31612\x01\0",
    b"\xb2\xb3\0",
    b"\xff\0",
    b"+\0",
    b"++31\0",
)

_MESSAGE_FAULTS: Final[Mapping[str, tuple[bytes, ...]]] = MappingProxyType(
    {
        "service_type": (b"TOOLONG\0", b"6chars\0"),
        "source_addr_ton": (b"\7", b"\x80", b"\xff"),
        "source_addr_npi": (b"\x13", b"\xff"),
        "source_addr": (
            b"Twelve chars\0",
            b"1" * 21 + b"\0",
            b"Caf\xe9\0",
            b"a\tb\0",
            b"\x7f\0",
            b"x" * 300 + b"\0",
        ),
        "dest_addr_ton": (b"\7", b"\xff"),
        "dest_addr_npi": (b"\x13", b"\xff"),
        "destination_addr": (b"\0", b"Fred\0", b"' OR 1\0", *ADDRESS_FAULTS),
        "esm_class": (b"\x04", b"\x0c", b"\x14", b"\x18", b"\x20", b"\x3c", b"\xbf", b"\x40", b"\xff"),
        "priority_flag": (b"\4", b"\xff"),
        "schedule_delivery_time": (*TIME_FAULTS, b"990101000000000+\0", b"990000000000000R\0"),
        "validity_period": (*TIME_FAULTS, b"200101000000000+\0"),
        "registered_delivery": (b"\x20", b"\x80", b"\xff"),
        "replace_if_present_flag": (b"\2", b"\xff"),
        "short_message": (b"\xff" + b"x" * 255, b"\3hi", b"\xfehi", b""),
    }
)
FAULTS: Mapping[Command, Mapping[str, tuple[bytes, ...]]] = MappingProxyType(
    {
        Command.SUBMIT_SM: _MESSAGE_FAULTS,
        Command.SUBMIT_MULTI: {
            **{name: _MESSAGE_FAULTS[name] for name in _MESSAGE_FAULTS if not name.startswith("dest")},
            "number_of_dests": (b"\0", b"\xff"),
            "destination_addr": (b"\0", b"Fred\0", *ADDRESS_FAULTS),
        },
        Command.DATA_SM: {
            **{name: _MESSAGE_FAULTS[name] for name in LAYOUTS[Command.DATA_SM] if name in _MESSAGE_FAULTS},
            "source_addr": (b"Twelve chars\0", b"1" * 65 + b"\0", b"x" * 300 + b"\0"),
            "destination_addr": (b"\0", b"Fred\0", b"1" * 21 + b"\0", b"1" * 65 + b"\0"),
        },
        Command.QUERY_SM: {"message_id": (b"\0", b"x\0", b"\xff\0", ID), "source_addr": (b"1" * 21 + b"\0",)},
        Command.CANCEL_SM: {
            "service_type": (b"TOOLONG\0",),
            "message_id": (b"\0", b"x\0", b"' OR 1=1\0", ID),
            "source_addr": (b"1" * 21 + b"\0",),
            "destination_addr": (b"1" * 21 + b"\0",),
        },
        Command.REPLACE_SM: {
            "message_id": (b"\0", b"x\0", ID),
            "source_addr": (b"1" * 21 + b"\0",),
            "schedule_delivery_time": (b"0" * 17 + b"\0",),
            "validity_period": (b"0" * 17 + b"\0",),
            "short_message": (b"\xff" + b"x" * 255, b"\3hi", b""),
        },
    }
)


def each_fault() -> list[Any]:
    return [
        pytest.param(
            command, name, octets, id=f"{command.name.lower()}-{name}-{octets[:12].hex()}{len(octets)}"
        )
        for command, fields in FAULTS.items()
        for name, values in fields.items()
        for octets in values
    ]


@pytest.mark.parametrize(("command", "name", "octets"), each_fault())
async def test_a_field_that_holds_what_it_cannot(
    house: House, command: Command, name: str, octets: bytes
) -> None:
    said = frame(command, body_of(command, **{name: octets}))
    await refused(house, said, command, LAYOUTS[command][name][1])


@pytest.mark.parametrize("command", FAULTS)
async def test_without_a_fault_it_would_have_passed(house: House, command: Command) -> None:
    """Else the table above would show nothing."""
    raw = await house.raw()
    await raw.bind()
    answer = await raw.ask(frame(command, body_of(command)))
    about = command in (Command.QUERY_SM, Command.CANCEL_SM, Command.REPLACE_SM)
    assert answer.status == (Status.ESME_RINVMSGID if about else 0)
    assert len(await house.all_stored()) == (not about)


@pytest.mark.parametrize("octet", [0, 1, 0x7F, 0x80, 0xFF])
@pytest.mark.parametrize("name", ["protocol_id", "data_coding", "sm_default_msg_id"])
async def test_octets_that_only_the_network_can_judge_pass(house: House, name: str, octet: int) -> None:
    raw = await house.raw()
    await raw.bind()
    answer = await raw.ask(frame(Command.SUBMIT_SM, body_of(Command.SUBMIT_SM, **{name: bytes((octet,))})))
    assert answer.status == 0
    (stored,) = await house.all_stored()
    message = stored.message
    kept = {"data_coding": message.data_coding, "protocol_id": message.options.protocol_id}
    assert kept.get(name, message.options.sm_default_msg_id) == octet


@pytest.mark.parametrize(
    ("name", "octets", "status"),
    [
        ("system_id", b"x" * 16 + b"\0", Status.ESME_RINVSYSID),
        ("system_id", b"x" * 200 + b"\0", Status.ESME_RINVSYSID),
        ("password", b"x" * 65 + b"\0", Status.ESME_RINVPASWD),
        ("system_type", b"x" * 13 + b"\0", Status.ESME_RINVSYSTYP),
        ("address_range", b"x" * 41 + b"\0", Status.ESME_RSYSERR),
    ],
)
@pytest.mark.parametrize("command", BINDS)
async def test_a_bind_that_cannot_be_read_may_be_said_better(
    house: House, command: Command, name: str, octets: bytes, status: Status
) -> None:
    said = frame(command, body_of(command, **{name: octets}))
    await refused(house, said, command, status, bound=False)
    assert house.hashed == 1


@pytest.mark.parametrize(
    ("name", "octets", "status"),
    [
        ("system_id", b"\0", Status.ESME_RINVPASWD),
        ("system_id", b"ACME\0", Status.ESME_RINVPASWD),
        ("system_id", b"acme \0", Status.ESME_RINVPASWD),
        ("system_id", b"\xff\xfe\0", Status.ESME_RINVPASWD),
        ("system_id", b"off\0", Status.ESME_RINVPASWD),
        ("system_id", b"far\0", Status.ESME_RBINDFAIL),
        ("system_id", b"unbindable\0", Status.ESME_RBINDFAIL),
        ("password", b"\0", Status.ESME_RINVPASWD),
        ("password", b"SECRET\0", Status.ESME_RINVPASWD),
        ("password", b"x" * 64 + b"\0", Status.ESME_RINVPASWD),
    ],
)
@pytest.mark.parametrize("command", BINDS)
async def test_a_bind_that_may_not_be_ends_the_connection(
    house: House, command: Command, name: str, octets: bytes, status: Status
) -> None:
    raw = await house.raw()
    answer = await raw.ask(frame(command, body_of(command, **{name: octets})))
    assert (answer.command, answer.status, answer.sequence) == (command | LONG, status, 5)
    assert await raw.rest() == b""


# ---------------------------------------------------------------- cut, and too long


@pytest.mark.parametrize("command", FAULTS)
async def test_cut_anywhere_the_status_names_the_field(house: House, command: Command) -> None:
    raw = await house.raw()
    await raw.bind()
    body = body_of(command)
    owners = [name for name, (octets, _) in LAYOUTS[command].items() for _ in octets]
    for kept, name in enumerate(owners):
        answer = await raw.ask(frame(command, body[:kept], 100 + kept))
        found = (answer.command, Status(answer.status), answer.sequence)
        assert found == (command | LONG, LAYOUTS[command][name][1], 100 + kept), (kept, name)
    assert (await raw.ask(PING)).sequence == 77
    assert await house.all_stored() == []


@pytest.mark.parametrize("command", BINDS)
async def test_a_bind_cut_anywhere_may_be_said_whole(house: House, command: Command) -> None:
    raw = await house.raw()
    body = body_of(command)
    owners = [name for name, (octets, _) in _BIND.items() for _ in octets]
    for kept, name in enumerate(owners):
        answer = await raw.ask(frame(command, body[:kept], 100 + kept))
        assert (answer.command, Status(answer.status)) == (command | LONG, _BIND[name][1]), (kept, name)
    assert house.hashed == 0
    assert (await raw.ask(frame(command, body))).status == 0


async def test_who_is_not_bound_may_not_say_much(house: House) -> None:
    raw = await house.raw()
    answer = await raw.ask(frame(Command.BIND_TRANSCEIVER, b"x" * 5_000))
    assert (answer.command, answer.status) == (Command.GENERIC_NACK, Status.ESME_RINVCMDLEN)
    assert await raw.rest() == b""


@pytest.mark.parametrize(
    ("rest", "status"),
    [
        (b"\0", Status.ESME_RINVOPTPARSTREAM),
        (b"\x14", Status.ESME_RINVOPTPARSTREAM),
        (b"\x14\0\0", Status.ESME_RINVOPTPARSTREAM),
        (b"\x14\0\0\1", Status.ESME_RINVOPTPARSTREAM),
        (b"\x14\0\xff\xffx", Status.ESME_RINVOPTPARSTREAM),
        (b"hello", Status.ESME_RINVOPTPARSTREAM),
        (b"\x14\0\0\1x\x14\1\0\5x", Status.ESME_RINVOPTPARSTREAM),
        # user_message_reference has two octets, SMPP 3.4 §5.3.2.17; sar_total_segments one, §5.3.2.23.
        (b"\x02\x04\0\1x", Status.ESME_RINVPARLEN),
        (b"\x02\x0e\0\2xx", Status.ESME_RINVPARLEN),
        (b"\x02\x0e\0\0", Status.ESME_RINVPARLEN),
        # message_payload beside short_message, SMPP 3.4 §5.3.2.32.
        (b"\x04\x24\0\2hi", Status.ESME_RINVMSGLEN),
    ],
)
async def test_what_follows_is_no_parameter(house: House, rest: bytes, status: Status) -> None:
    said = frame(Command.SUBMIT_SM, body_of(Command.SUBMIT_SM, rest))
    await refused(house, said, Command.SUBMIT_SM, status)


@pytest.mark.parametrize("command", [Command.ENQUIRE_LINK, Command.UNBIND])
async def test_a_body_where_none_belongs(house: House, command: Command) -> None:
    await refused(house, frame(command, b"abc"), command, Status.ESME_RINVOPTPARSTREAM)


@pytest.mark.parametrize("count", [1, 2, 254])
async def test_of_many_destinations_each_bad_one_is_named(house: House, count: int) -> None:
    """All of them are bad: nothing is accepted, and the response says so of each."""
    one = b"\1\1\1Fred\0"
    head = body_of(Command.SUBMIT_MULTI)[:8]
    tail = b"".join(octets for octets, _ in _FROM_ESM_CLASS.values())
    raw = await house.raw()
    await raw.bind()
    answer = await raw.ask(frame(Command.SUBMIT_MULTI, head + bytes((count,)) + one * count + tail))
    assert answer.status == Status.ESME_RINVDSTADR
    body: Any = answer.body
    assert [(each.destination_addr, each.error_status_code) for each in body.unsuccess_sme] == [
        ("Fred", Status.ESME_RINVDSTADR)
    ] * count
    assert await house.all_stored() == []


@pytest.mark.parametrize(
    ("flag", "rest", "status"),
    [
        (b"\0", b"\1\1316\0", Status.ESME_RINVDESTFLAG),
        (b"\3", b"\1\1316\0", Status.ESME_RINVDESTFLAG),
        (b"\2", b"friends\0", Status.ESME_RINVDLNAME),
        (b"\2", b"x" * 21 + b"\0", Status.ESME_RINVDLNAME),
        (b"\2", b"x" * 9, Status.ESME_RINVDLNAME),
    ],
)
async def test_what_is_no_destination_at_all(house: House, flag: bytes, rest: bytes, status: Status) -> None:
    head = body_of(Command.SUBMIT_MULTI)[:8]
    tail = b"".join(octets for octets, _ in _FROM_ESM_CLASS.values()) if rest.endswith(b"\0") else b""
    await refused(
        house, frame(Command.SUBMIT_MULTI, head + b"\1" + flag + rest + tail), Command.SUBMIT_MULTI, status
    )
