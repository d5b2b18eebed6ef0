"""Python of the service's types; that it works with the PyPI client is shown in tests/journeys."""

from __future__ import annotations

import ast

from chappe.dialects.servicestack.dtos import AUTHENTICATED, MESSAGE, REQUEST, RESPONSE, RESULT, SEND
from chappe.dialects.servicestack.types_python import python


def test_classes_in_the_package_s_manner() -> None:
    text = python(SEND, (MESSAGE, RESULT, RESPONSE, REQUEST, AUTHENTICATED))
    classes = {node.name: node for node in ast.parse(text).body if isinstance(node, ast.ClassDef)}
    assert list(classes) == ["SMPPMessage", "SMPPResponseMsg", "SMPPMsgResponse", "SendSMPPSmsRequest"]
    for line in (
        "    client_message_id: Optional[str] = None",
        "    api_message_id: Optional[str] = None",
        "    accepted: Optional[bool] = None",
        "    msg: Optional[SMPPMessage] = None",
        "    response_status: Optional[ResponseStatus] = None",
        "    messages: List[SMPPMessage] = field(default_factory=list)",
        "class SendSMPPSmsRequest(IReturn[SMPPMsgResponse], IPost):",
    ):
        assert line in text.splitlines()
