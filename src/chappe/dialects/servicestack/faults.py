"""An error of this wire as a value: status, code, message and field errors. Who writes it down is not known here."""

from __future__ import annotations

from typing import Any, Final

import msgspec

from chappe.protocols.http.messages import Headers

MOST_MESSAGES: Final = 1_000
"""What one call may hold, all its requests together."""

CHALLENGE: Final = (("WWW-Authenticate", 'Basic realm="/auth/basic"'),)


class FieldError(msgspec.Struct, frozen=True, gc=False):
    """What is wrong with one field, named by its path."""

    code: str
    field: str
    message: str


class Fault(msgspec.Struct, frozen=True, gc=False):
    """A `ResponseStatus` and the HTTP status that it comes with."""

    status: int
    code: str
    message: str
    errors: tuple[FieldError, ...] = ()
    meta: tuple[tuple[str, str], ...] = ()
    headers: Headers = ()

    def values(self) -> dict[str, Any]:
        """The ResponseStatus, members by their declared names. There is never a stack trace."""
        errors = [
            {
                "ErrorCode": each.code,
                "FieldName": each.field,
                "Message": each.message,
                "Meta": {"PropertyName": each.field},
            }
            for each in self.errors
        ]
        return {
            "ErrorCode": self.code,
            "Message": self.message,
            "Errors": errors or None,
            "Meta": dict(self.meta) or None,
        }


class Faulty(Exception):
    """Carries a Fault up to the place that answers the client."""

    def __init__(self, fault: Fault) -> None:
        super().__init__(fault.message)
        self.fault = fault


def unauthorized(message: str = "Not Authenticated", code: str = "Unauthorized") -> Faulty:
    """Nobody is known by what the client showed, or it showed nothing."""
    return Faulty(Fault(401, code, message, headers=CHALLENGE))


def not_empty(field: str) -> Fault:
    """A field that must hold something does not."""
    message = f"'{field}' must not be empty."
    return Fault(400, "NotEmpty", message, (FieldError("NotEmpty", field, message),))


def too_many(field: str, most: int, found: int) -> Fault:
    """A list that holds more than a call may."""
    message = f"'{field}' must not hold more than {most}, found {found}."
    return Fault(400, "LessThanOrEqual", message, (FieldError("LessThanOrEqual", field, message),))


def unreadable(kind: str, operation: str, why: str, field: str = "") -> Faulty:
    """A body that does not hold what it says."""
    message = f"Could not deserialize '{kind}' request using {operation}: {why}"
    code = "SerializationException"
    return Faulty(Fault(400, code, message, (FieldError(code, field, why),) if field else ()))


def not_found(path: str) -> Faulty:
    """No route leads there."""
    return Faulty(Fault(404, "NotFound", f"Request for resource not found: {path[:200]}"))
