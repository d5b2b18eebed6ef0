"""TypeScript and JavaScript of the service's types; that they compile and send is shown in tests/journeys."""

from __future__ import annotations

from chappe.dialects.servicestack.dtos import MESSAGE, REQUEST, RESPONSE_STATUS, SEND
from chappe.dialects.servicestack.types_script import module, typescript


def test_typescript() -> None:
    text = typescript(SEND, (MESSAGE, RESPONSE_STATUS, REQUEST))
    for line in (
        "    public clientMessageId?: string;",
        "    public Errors?: ResponseError[];",
        "    public Meta?: { [index:string]: string; };",
        '// @Route("/communication/message/smpp/sms", "POST")',
        "export class SendSMPPSmsRequest implements IReturn<SMPPMsgResponse>, IPost",
        "    /** @description Messages to be Sent */",
        "    public Messages: SMPPMessage[] = [];",
        "    public getTypeName() { return 'SendSMPPSmsRequest'; }",
        "    public createResponse() { return new SMPPMsgResponse(); }",
    ):
        assert line in text.splitlines()


def test_a_module_as_the_source_document_has_it() -> None:
    lines = module(SEND, (MESSAGE, REQUEST)).splitlines()
    for line in (
        '"use strict";',
        "export class SMPPMessage {",
        "    /** @param {{channel?:string,to?:string,content?:string,clientMessageId?:string}} [init] */",
        "    constructor(init) { Object.assign(this, init) }",
        "    /** @type {string} */",
        "    channel;",
        "    /** @param {{Messages?:SMPPMessage[]}} [init] */",
        "    Messages = [];",
        "    getMethod() { return 'POST' }",
    ):
        assert line in lines
