"""commands.py: every body against the tables of SMPP 3.4 §4, typed anew here."""

import pytest

from chappe.protocols.smpp.command_ids import RESPONSE, Command
from chappe.protocols.smpp.commands import BODIES, Body
from chappe.protocols.smpp.destinations import Destinations, Unsuccessful
from chappe.protocols.smpp.fields import COctet, CountedOctets, Integer

SHORT_MESSAGE = """service_type 6, source_addr_ton i1, source_addr_npi i1, source_addr 21, dest_addr_ton i1,
 dest_addr_npi i1, destination_addr 21, esm_class i1, protocol_id i1, priority_flag i1, schedule_delivery_time 17,
 validity_period 17, registered_delivery i1, replace_if_present_flag i1, data_coding i1, sm_default_msg_id i1,
 short_message 0-254"""
BIND = """system_id 16, password 65, system_type 13, interface_version i1, addr_ton i1, addr_npi i1, address_range 41"""

# A number is the longest C-octet string with its NUL, i the octets of an integer.
LAYOUTS = {
    "bind_transmitter": BIND,
    "bind_receiver": BIND,
    "bind_transceiver": BIND,
    "bind_transmitter_resp": "system_id 16",
    "bind_receiver_resp": "system_id 16",
    "bind_transceiver_resp": "system_id 16",
    "outbind": "system_id 16, password 65",
    "unbind": "",
    "unbind_resp": "",
    "generic_nack": "",
    "submit_sm": SHORT_MESSAGE,
    "submit_sm_resp": "message_id 65",
    "submit_multi": """service_type 6, source_addr_ton i1, source_addr_npi i1, source_addr 21, dest_address many,
 esm_class i1, protocol_id i1, priority_flag i1, schedule_delivery_time 17, validity_period 17,
 registered_delivery i1, replace_if_present_flag i1, data_coding i1, sm_default_msg_id i1, short_message 0-254""",
    "submit_multi_resp": "message_id 65, unsuccess_sme many",
    "deliver_sm": SHORT_MESSAGE,
    "deliver_sm_resp": "message_id 65",
    "data_sm": """service_type 6, source_addr_ton i1, source_addr_npi i1, source_addr 65, dest_addr_ton i1,
 dest_addr_npi i1, destination_addr 65, esm_class i1, registered_delivery i1, data_coding i1""",
    "data_sm_resp": "message_id 65",
    "query_sm": "message_id 65, source_addr_ton i1, source_addr_npi i1, source_addr 21",
    "query_sm_resp": "message_id 65, final_date 17, message_state i1, error_code i1",
    "cancel_sm": """service_type 6, message_id 65, source_addr_ton i1, source_addr_npi i1, source_addr 21,
 dest_addr_ton i1, dest_addr_npi i1, destination_addr 21""",
    "cancel_sm_resp": "",
    "replace_sm": """message_id 65, source_addr_ton i1, source_addr_npi i1, source_addr 21,
 schedule_delivery_time 17, validity_period 17, registered_delivery i1, sm_default_msg_id i1, short_message 0-254""",
    "replace_sm_resp": "",
    "enquire_link": "",
    "enquire_link_resp": "",
    "alert_notification": """source_addr_ton i1, source_addr_npi i1, source_addr 65, esme_addr_ton i1,
 esme_addr_npi i1, esme_addr 65""",
}


def spelled(body: type[Body]) -> list[str]:
    words = []
    for field in body.layout:
        match field.kind:
            case Integer(octets):
                size = f"i{octets}"
            case COctet(maximum):
                size = str(maximum)
            case CountedOctets(maximum):
                size = f"0-{maximum}"
            case Destinations() | Unsuccessful():
                size = "many"
            case other:
                raise AssertionError(other)
        words.append(f"{field.name} {size}")
    return words


@pytest.mark.parametrize("name", LAYOUTS)
def test_the_layout_is_that_of_the_specification(name) -> None:
    expected = [" ".join(part.split()) for part in LAYOUTS[name].split(",") if part.strip()]
    assert spelled(BODIES[Command[name.upper()]]) == expected


def test_every_command_has_one_body_and_its_own_name() -> None:
    assert set(BODIES) == set(Command)
    assert {name.upper() for name in LAYOUTS} == {command.name for command in Command}
    for command, body in BODIES.items():
        assert body.command == command
        assert body.__name__.lower() == Command(command).name.lower().replace("_", "")


@pytest.mark.parametrize("body", BODIES.values(), ids=lambda body: body.__name__)
def test_the_layout_names_the_fields_in_their_order(body) -> None:
    assert tuple(field.name for field in body.layout) == body.__struct_fields__


@pytest.mark.parametrize("body", BODIES.values(), ids=lambda body: body.__name__)
def test_defaults_are_empty_and_values_frozen(body) -> None:
    value = body()
    for name in body.__struct_fields__:
        assert not getattr(value, name) or (name, getattr(value, name)) == ("interface_version", 0x34)
        with pytest.raises(AttributeError):
            setattr(value, name, 1)


def test_which_responses_lose_their_body_when_they_refuse() -> None:
    """SMPP 3.4 §4.1.2, §4.1.4, §4.1.6 and §4.4.2 say so, and no other clause does."""
    assert {Command(c).name for c, body in BODIES.items() if body.omitted_on_error} == {
        "BIND_TRANSMITTER_RESP",
        "BIND_RECEIVER_RESP",
        "BIND_TRANSCEIVER_RESP",
        "SUBMIT_SM_RESP",
    }
    assert all(command > RESPONSE for command, body in BODIES.items() if body.omitted_on_error)
