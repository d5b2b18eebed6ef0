"""pdu.py: the PDU as a value and where its message is."""

import pytest

from chappe.protocols.smpp.commands import (
    DataSm,
    DeliverSm,
    EnquireLink,
    GenericNack,
    ReplaceSm,
    SubmitMulti,
    SubmitSm,
    SubmitSmResp,
)
from chappe.protocols.smpp.pdu import Payload, Pdu, Source, payload
from chappe.protocols.smpp.tlvs import Tag

LONG = ((int(Tag.MESSAGE_PAYLOAD), b"long"),)
OTHER = ((0x1401, b"1\0"),)


@pytest.mark.parametrize(
    ("body", "tlvs", "octets", "source"),
    [
        (SubmitSm(short_message=b"hi"), (), b"hi", Source.SHORT_MESSAGE),
        (DeliverSm(short_message=b"hi"), OTHER, b"hi", Source.SHORT_MESSAGE),
        (SubmitMulti(short_message=b"hi"), (), b"hi", Source.SHORT_MESSAGE),
        (ReplaceSm(short_message=b"hi"), (), b"hi", Source.SHORT_MESSAGE),
        (SubmitSm(), LONG, b"long", Source.MESSAGE_PAYLOAD),
        (DataSm(), LONG, b"long", Source.MESSAGE_PAYLOAD),
        (SubmitSm(short_message=b"hi"), OTHER + LONG, b"long", Source.BOTH),
        (SubmitSm(), (), b"", Source.NOWHERE),
        (SubmitSm(), ((int(Tag.MESSAGE_PAYLOAD), b""),), b"", Source.MESSAGE_PAYLOAD),
        (EnquireLink(), (), b"", Source.NOWHERE),
    ],
)
def test_where_the_message_is(body, tlvs, octets, source) -> None:
    """E8."""
    assert payload(Pdu(body.command, 0, 1, body, tlvs)) == Payload(octets, source)


def test_the_first_tlv_of_a_tag() -> None:
    pdu = Pdu(4, 0, 1, SubmitSm(), ((0x1401, b"a"), (0x1401, b"b")))
    assert pdu.tlv(0x1401) == b"a"
    assert pdu.tlv(0x1402) is None


@pytest.mark.parametrize(
    ("body", "response"), [(SubmitSm(), False), (SubmitSmResp(), True), (GenericNack(), True)]
)
def test_what_is_a_response(body, response) -> None:
    assert Pdu(body.command, 0, 1, body).is_response is response


@pytest.mark.parametrize(
    "value", [Pdu(4, 0, 1, SubmitSm()), Payload(b"", Source.NOWHERE)], ids=["pdu", "payload"]
)
def test_values_do_not_change(value) -> None:
    for name in value.__struct_fields__:
        with pytest.raises(AttributeError):
            setattr(value, name, None)
