"""Table: the mandatory fields that several commands share, SMPP 3.4 §5.2, each with its kind and the
command_status that refuses it. A field of one command only stands with that command.
"""

from chappe.protocols.smpp.fields import COctet, CountedOctets, Field, Integer
from chappe.protocols.smpp.statuses import Status

OCTET = Integer(1)
ADDRESS = COctet(21)
LONG_ADDRESS = COctet(65)
MESSAGE_ID = COctet(65)
TIME = COctet(17)

SERVICE_TYPE = Field("service_type", COctet(6), Status.ESME_RINVSERTYP)
MESSAGE = Field("message_id", MESSAGE_ID, Status.ESME_RINVMSGID)
SOURCE_TON = Field("source_addr_ton", OCTET, Status.ESME_RINVSRCTON)
SOURCE_NPI = Field("source_addr_npi", OCTET, Status.ESME_RINVSRCNPI)
SOURCE = Field("source_addr", ADDRESS, Status.ESME_RINVSRCADR)
DEST_TON = Field("dest_addr_ton", OCTET, Status.ESME_RINVDSTTON)
DEST_NPI = Field("dest_addr_npi", OCTET, Status.ESME_RINVDSTNPI)
DEST = Field("destination_addr", ADDRESS, Status.ESME_RINVDSTADR)
ESM_CLASS = Field("esm_class", OCTET, Status.ESME_RINVESMCLASS)
SCHEDULE = Field("schedule_delivery_time", TIME, Status.ESME_RINVSCHED)
VALIDITY = Field("validity_period", TIME, Status.ESME_RINVEXPIRY)
REGISTERED = Field("registered_delivery", OCTET, Status.ESME_RINVREGDLVFLG)
# SMPP 3.4 has no status for data_coding nor for protocol_id.
DATA_CODING = Field("data_coding", OCTET, Status.ESME_RSYSERR)
PREDEFINED = Field("sm_default_msg_id", OCTET, Status.ESME_RINVDFTMSGID)
SHORT_MESSAGE = Field("short_message", CountedOctets(254), Status.ESME_RINVMSGLEN)
SYSTEM_ID = Field("system_id", COctet(16), Status.ESME_RINVSYSID)
# SMPP 3.4 §5.2.2 has 9 octets; SMSCs that issue longer passwords are common, and the PDU bears them.
PASSWORD = Field("password", COctet(65), Status.ESME_RINVPASWD)

FROM_ESM_CLASS = (
    ESM_CLASS,
    Field("protocol_id", OCTET, Status.ESME_RSYSERR),
    Field("priority_flag", OCTET, Status.ESME_RINVPRTFLG),
    SCHEDULE,
    VALIDITY,
    REGISTERED,
    Field("replace_if_present_flag", OCTET, Status.ESME_RINVREPFLAG),
    DATA_CODING,
    PREDEFINED,
    SHORT_MESSAGE,
)
