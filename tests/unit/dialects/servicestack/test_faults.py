"""Errors as values."""

from __future__ import annotations

from chappe.dialects.servicestack.faults import (
    CHALLENGE,
    Fault,
    FieldError,
    not_empty,
    not_found,
    unauthorized,
    unreadable,
)


def test_a_response_status_never_has_a_stack_trace() -> None:
    fault = Fault(400, "A", "b", (FieldError("C", "Messages[0].to", "d"),), (("k", "v"),))
    values = fault.values()
    assert "StackTrace" not in values
    assert values["Errors"] == [
        {
            "ErrorCode": "C",
            "FieldName": "Messages[0].to",
            "Message": "d",
            "Meta": {"PropertyName": "Messages[0].to"},
        }
    ]
    assert values["Meta"] == {"k": "v"}
    assert Fault(404, "A", "b").values() == {"ErrorCode": "A", "Message": "b", "Errors": None, "Meta": None}


def test_the_usual_ones() -> None:
    assert unauthorized().fault == Fault(401, "Unauthorized", "Not Authenticated", headers=CHALLENGE)
    assert not_empty("Messages").errors == (
        FieldError("NotEmpty", "Messages", "'Messages' must not be empty."),
    )
    fault = unreadable("application/json", "Op", "why", "f").fault
    assert fault.message == "Could not deserialize 'application/json' request using Op: why"
    assert fault.errors == (FieldError("SerializationException", "f", "why"),)
    assert unreadable("x", "Op", "why").fault.errors == ()
    assert len(not_found("/" + "x" * 9_000).fault.message) < 300
