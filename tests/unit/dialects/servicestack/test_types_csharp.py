"""C# of the service's types; that it compiles and is what .NET's serialiser expects is shown in tests/journeys."""

from __future__ import annotations

from chappe.dialects.servicestack.dtos import MESSAGE, REQUEST, RESPONSE, RESPONSE_STATUS, RESULT, SEND
from chappe.dialects.servicestack.types_csharp import csharp


def test_classes_in_the_namespace_that_xml_names() -> None:
    text = csharp(SEND, (MESSAGE, RESPONSE_STATUS, RESULT, RESPONSE, REQUEST))
    assert "class ResponseStatus" not in text
    for line in (
        "namespace digitaluapi.ServiceModel",
        "        public virtual bool accepted { get; set; }",
        "        public virtual List<SMPPResponseMsg> messages { get; set; }",
        "        public virtual ResponseStatus ResponseStatus { get; set; }",
        '    [Route("/communication/message/smpp/sms", "POST")]',
        "        : IReturn<SMPPMsgResponse>, IPost",
        "            Messages = new List<SMPPMessage>();",
        '        [ApiMember(Description="Messages to be Sent", IsRequired=true)]',
    ):
        assert line in text.splitlines()
    assert text.count("{") == text.count("}")
