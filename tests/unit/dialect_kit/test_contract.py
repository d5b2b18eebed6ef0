"""What an HTTP dialect is made of: plain values; a refusal of the dialect's own carries its answer."""

import dataclasses

import pytest

from chappe.dialect_kit.contract import BadRequest, Credentials, Dialect, Endpoint, SubmitAsk
from chappe.protocols.http.messages import HttpResponse


def test_a_bad_request_carries_the_dialects_answer() -> None:
    response = HttpResponse(400, b"Error: no text" + b"x" * 1_000)
    error = BadRequest(response)
    assert error.response is response
    assert str(error).startswith("400 b'Error: no text")
    assert len(str(error)) < 300


@pytest.mark.parametrize("kind", [Endpoint, Dialect])
def test_dialects_cannot_be_changed_once_made(kind: type) -> None:
    assert dataclasses.is_dataclass(kind)
    names = [field.name for field in dataclasses.fields(kind)]
    made = kind(**dict.fromkeys(names))
    for name in names:
        with pytest.raises(dataclasses.FrozenInstanceError):
            setattr(made, name, "other")


def test_messages_of_a_request_are_taken_one_by_one_unless_asked() -> None:
    assert not SubmitAsk(Credentials("u", "p"), ()).whole
