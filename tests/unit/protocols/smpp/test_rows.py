"""rows.py: the shared rows name fields that exist, once each."""

from chappe.protocols.smpp import rows
from chappe.protocols.smpp.commands import BODIES
from chappe.protocols.smpp.fields import Field
from chappe.protocols.smpp.statuses import Status

SHARED = [value for value in vars(rows).values() if isinstance(value, Field)]


def test_every_shared_row_is_used() -> None:
    used = [field for body in BODIES.values() for field in body.layout]
    assert [row.name for row in SHARED if row not in used] == []


def test_the_field_is_named_in_its_status_where_smpp_has_one() -> None:
    """B9: which status a bad field gives."""
    assert {row.name: Status(row.status).name for row in SHARED} == {
        "service_type": "ESME_RINVSERTYP",
        "message_id": "ESME_RINVMSGID",
        "source_addr_ton": "ESME_RINVSRCTON",
        "source_addr_npi": "ESME_RINVSRCNPI",
        "source_addr": "ESME_RINVSRCADR",
        "dest_addr_ton": "ESME_RINVDSTTON",
        "dest_addr_npi": "ESME_RINVDSTNPI",
        "destination_addr": "ESME_RINVDSTADR",
        "esm_class": "ESME_RINVESMCLASS",
        "schedule_delivery_time": "ESME_RINVSCHED",
        "validity_period": "ESME_RINVEXPIRY",
        "registered_delivery": "ESME_RINVREGDLVFLG",
        "data_coding": "ESME_RSYSERR",
        "sm_default_msg_id": "ESME_RINVDFTMSGID",
        "short_message": "ESME_RINVMSGLEN",
        "system_id": "ESME_RINVSYSID",
        "password": "ESME_RINVPASWD",
    }
